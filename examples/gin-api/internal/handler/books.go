// Package handler turns HTTP into calls of the service and its answers into HTTP. It holds no rules of its own.
package handler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"example.com/gin-api/internal/model"
)

// Catalogue is what the handlers need of the service.
type Catalogue interface {
	List(ctx context.Context, offset, limit int) ([]model.Book, int, error)
	Get(ctx context.Context, id string) (model.Book, error)
	Create(ctx context.Context, input model.BookInput) (model.Book, error)
	Replace(ctx context.Context, id string, input model.BookInput) (model.Book, error)
	Delete(ctx context.Context, id string) error
}

// Books answers /books.
type Books struct{ catalogue Catalogue }

// NewBooks returns the handlers of catalogue.
func NewBooks(catalogue Catalogue) *Books { return &Books{catalogue: catalogue} }

// Register adds the routes to group.
func (h *Books) Register(group gin.IRoutes) {
	group.GET("/books", h.list)
	group.POST("/books", h.create)
	group.GET("/books/:id", h.get)
	group.PUT("/books/:id", h.replace)
	group.DELETE("/books/:id", h.delete)
}

const (
	defaultPage = 20
	maxPage     = 100
)

type page struct {
	Items []model.Book `json:"items"`
	Total int          `json:"total"`
}

func (h *Books) list(c *gin.Context) {
	offset, err := number(c, "offset", 0, 0, 1<<31-1)
	if err != nil {
		fail(c, err)
		return
	}
	limit, err := number(c, "limit", defaultPage, 1, maxPage)
	if err != nil {
		fail(c, err)
		return
	}
	items, total, err := h.catalogue.List(c.Request.Context(), offset, limit)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, page{Items: items, Total: total})
}

func (h *Books) get(c *gin.Context) {
	book, err := h.catalogue.Get(c.Request.Context(), c.Param("id"))
	answer(c, http.StatusOK, book, err)
}

func (h *Books) create(c *gin.Context) {
	input, err := readInput(c)
	if err != nil {
		fail(c, err)
		return
	}
	book, err := h.catalogue.Create(c.Request.Context(), input)
	if err == nil {
		c.Header("Location", c.FullPath()+"/"+book.ID)
	}
	answer(c, http.StatusCreated, book, err)
}

func (h *Books) replace(c *gin.Context) {
	input, err := readInput(c)
	if err != nil {
		fail(c, err)
		return
	}
	book, err := h.catalogue.Replace(c.Request.Context(), c.Param("id"), input)
	answer(c, http.StatusOK, book, err)
}

func (h *Books) delete(c *gin.Context) {
	if err := h.catalogue.Delete(c.Request.Context(), c.Param("id")); err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

func answer(c *gin.Context, status int, book model.Book, err error) {
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(status, book)
}

// readInput decodes one JSON object with known fields only; a misspelt field is an error, not a silent default.
func readInput(c *gin.Context) (input model.BookInput, err error) {
	decoder := json.NewDecoder(c.Request.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&input); err != nil {
		return input, badRequest{fmt.Errorf("body: %w", err)}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return input, badRequest{errors.New("body: more than one JSON value")}
	}
	return input, nil
}

func number(c *gin.Context, name string, missing, least, most int) (int, error) {
	text, ok := c.GetQuery(name)
	if !ok {
		return missing, nil
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < least || value > most {
		return 0, badRequest{fmt.Errorf("%s: %q is not a number from %d to %d", name, text, least, most)}
	}
	return value, nil
}
