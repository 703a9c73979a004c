package handler

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"example.com/gin-api/internal/model"
	"example.com/gin-api/internal/service"
)

// Problem is an error as clients see it (RFC 9457).
type Problem struct {
	Title  string            `json:"title"`
	Status int               `json:"status"`
	Detail string            `json:"detail,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
}

// badRequest marks an error that is the client's.
type badRequest struct{ error }

func (e badRequest) Unwrap() error { return e.error }

// fail answers with the problem that err is. What only operators should know goes to the log (through c.Error), not out.
func fail(c *gin.Context, err error) {
	_ = c.Error(err)
	problem := classify(err)
	problem.Title = http.StatusText(problem.Status)
	WriteProblem(c, problem)
}

// WriteProblem answers with problem and stops the chain.
func WriteProblem(c *gin.Context, problem Problem) {
	c.Header("Content-Type", "application/problem+json")
	c.AbortWithStatusJSON(problem.Status, problem)
}

func classify(err error) Problem {
	var (
		invalid model.InvalidError
		tooBig  *http.MaxBytesError
		client  badRequest
	)
	switch {
	case errors.As(err, &invalid):
		return Problem{Status: http.StatusUnprocessableEntity, Fields: invalid.Fields}
	case errors.As(err, &tooBig):
		return Problem{Status: http.StatusRequestEntityTooLarge}
	case errors.As(err, &client):
		return Problem{Status: http.StatusBadRequest, Detail: err.Error()}
	case errors.Is(err, service.ErrNotFound):
		return Problem{Status: http.StatusNotFound, Detail: err.Error()}
	case errors.Is(err, service.ErrExists):
		return Problem{Status: http.StatusConflict, Detail: err.Error()}
	case errors.Is(err, context.DeadlineExceeded):
		return Problem{Status: http.StatusServiceUnavailable, Detail: "the request took too long"}
	case errors.Is(err, context.Canceled):
		return Problem{Status: statusClientClosed}
	default:
		return Problem{Status: http.StatusInternalServerError}
	}
}

// statusClientClosed tells in logs and metrics that the client went away; nobody reads the answer.
const statusClientClosed = 499
