// Package service holds what the catalogue does, apart from how it is asked (HTTP) and where it is kept (a repository).
package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"example.com/gin-api/internal/model"
)

// What a repository answers.
var (
	ErrNotFound = errors.New("no such book")
	ErrExists   = errors.New("the book exists")
)

// Repository keeps books.
type Repository interface {
	List(ctx context.Context, offset, limit int) (page []model.Book, total int, err error)
	Get(ctx context.Context, id string) (model.Book, error)
	Insert(ctx context.Context, book model.Book) error
	Update(ctx context.Context, id string, change func(*model.Book)) (model.Book, error)
	Delete(ctx context.Context, id string) error
}

// Books is the catalogue.
type Books struct {
	repository Repository
	now        func() time.Time
}

// NewBooks returns the catalogue kept in repository; now tells the time.
func NewBooks(repository Repository, now func() time.Time) *Books {
	return &Books{repository: repository, now: now}
}

// List returns a page of books and how many there are in all.
func (s *Books) List(ctx context.Context, offset, limit int) ([]model.Book, int, error) {
	return s.repository.List(ctx, offset, limit)
}

// Get returns one book, or ErrNotFound.
func (s *Books) Get(ctx context.Context, id string) (model.Book, error) {
	return s.repository.Get(ctx, id)
}

// Create checks the input and adds a book.
func (s *Books) Create(ctx context.Context, input model.BookInput) (model.Book, error) {
	input = input.Normalize()
	if err := input.Validate(); err != nil {
		return model.Book{}, err
	}
	now := s.now().UTC()
	book := model.Book{ID: rand.Text(), Title: input.Title, Author: input.Author, Year: input.Year, CreatedAt: now, UpdatedAt: now}
	if err := s.repository.Insert(ctx, book); err != nil {
		return model.Book{}, fmt.Errorf("insert: %w", err)
	}
	return book, nil
}

// Replace checks the input and sets a book's fields to it.
func (s *Books) Replace(ctx context.Context, id string, input model.BookInput) (model.Book, error) {
	input = input.Normalize()
	if err := input.Validate(); err != nil {
		return model.Book{}, err
	}
	return s.repository.Update(ctx, id, func(book *model.Book) {
		book.Title, book.Author, book.Year = input.Title, input.Author, input.Year
		book.UpdatedAt = s.now().UTC()
	})
}

// Delete removes a book, or returns ErrNotFound.
func (s *Books) Delete(ctx context.Context, id string) error {
	return s.repository.Delete(ctx, id)
}
