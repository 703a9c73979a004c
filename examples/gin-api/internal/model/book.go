// Package model holds the nouns of the service and their own rules. It knows neither HTTP nor storage.
package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Book is one entry of the catalogue.
type Book struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Author    string    `json:"author"`
	Year      int       `json:"year"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// BookInput is what a client may say about a book.
type BookInput struct {
	Title  string `json:"title"`
	Author string `json:"author"`
	Year   int    `json:"year"`
}

// Limits of a book's fields.
const (
	MaxText = 200
	MinYear = 1
	MaxYear = 9999
)

// Normalize returns the input without surrounding space.
func (in BookInput) Normalize() BookInput {
	in.Title = strings.TrimSpace(in.Title)
	in.Author = strings.TrimSpace(in.Author)
	return in
}

// Validate returns an InvalidError that names every field that is wrong, or nil.
func (in BookInput) Validate() error {
	fields := make(map[string]string)
	for name, text := range map[string]string{"title": in.Title, "author": in.Author} {
		switch {
		case text == "":
			fields[name] = "is required"
		case utf8.RuneCountInString(text) > MaxText:
			fields[name] = fmt.Sprintf("is longer than %d characters", MaxText)
		}
	}
	if in.Year < MinYear || in.Year > MaxYear {
		fields["year"] = fmt.Sprintf("is not between %d and %d", MinYear, MaxYear)
	}
	if len(fields) > 0 {
		return InvalidError{Fields: fields}
	}
	return nil
}

// InvalidError says what is wrong with each field.
type InvalidError struct{ Fields map[string]string }

func (e InvalidError) Error() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		parts = append(parts, name+" "+e.Fields[name])
	}
	return strings.Join(parts, "; ")
}
