// Package repository keeps books. Memory is the one implementation here; a database would be another, with the same methods.
package repository

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"example.com/gin-api/internal/model"
	"example.com/gin-api/internal/service"
)

// Memory keeps books in the process. It is safe for concurrent use.
type Memory struct {
	mu    sync.RWMutex
	books map[string]model.Book
}

var _ service.Repository = (*Memory)(nil)

// NewMemory returns an empty repository.
func NewMemory() *Memory { return &Memory{books: make(map[string]model.Book)} }

// List returns a page of books, oldest first, and how many there are in all.
func (m *Memory) List(ctx context.Context, offset, limit int) ([]model.Book, int, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	m.mu.RLock()
	all := make([]model.Book, 0, len(m.books))
	for _, book := range m.books {
		all = append(all, book)
	}
	m.mu.RUnlock()
	slices.SortFunc(all, func(a, b model.Book) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	from := min(offset, len(all))
	return all[from : from+min(limit, len(all)-from)], len(all), nil
}

// Get returns one book, or service.ErrNotFound.
func (m *Memory) Get(ctx context.Context, id string) (model.Book, error) {
	if err := ctx.Err(); err != nil {
		return model.Book{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	book, ok := m.books[id]
	if !ok {
		return model.Book{}, service.ErrNotFound
	}
	return book, nil
}

// Insert adds a book whose ID is new.
func (m *Memory) Insert(ctx context.Context, book model.Book) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.books[book.ID]; ok {
		return service.ErrExists
	}
	m.books[book.ID] = book
	return nil
}

// Update applies change to a book while no one else can.
func (m *Memory) Update(ctx context.Context, id string, change func(*model.Book)) (model.Book, error) {
	if err := ctx.Err(); err != nil {
		return model.Book{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	book, ok := m.books[id]
	if !ok {
		return model.Book{}, service.ErrNotFound
	}
	change(&book)
	m.books[id] = book
	return book, nil
}

// Delete removes a book, or returns service.ErrNotFound.
func (m *Memory) Delete(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.books[id]; !ok {
		return service.ErrNotFound
	}
	delete(m.books, id)
	return nil
}
