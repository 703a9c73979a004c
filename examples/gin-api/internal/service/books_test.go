package service_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/gin-api/internal/model"
	"example.com/gin-api/internal/repository"
	"example.com/gin-api/internal/service"
)

var valid = model.BookInput{Title: "Small Is Beautiful", Author: "E. F. Schumacher", Year: 1973}

// catalogue returns an empty catalogue and the clock that it reads.
func catalogue() (*service.Books, *time.Time) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return service.NewBooks(repository.NewMemory(), func() time.Time { return now }), &now
}

func TestCreateThenGet(t *testing.T) {
	books, now := catalogue()
	input := valid
	input.Title = "  " + input.Title + "\n"
	made, err := books.Create(t.Context(), input)
	if err != nil {
		t.Fatal(err)
	}
	got, err := books.Get(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got != made || got.Title != valid.Title || !got.CreatedAt.Equal(*now) {
		t.Errorf("got %+v", got)
	}
}

func TestIDsDiffer(t *testing.T) {
	books, _ := catalogue()
	a, _ := books.Create(t.Context(), valid)
	b, _ := books.Create(t.Context(), valid)
	if a.ID == "" || a.ID == b.ID {
		t.Errorf("ids %q and %q", a.ID, b.ID)
	}
}

func TestReplaceKeepsTheTimeOfCreation(t *testing.T) {
	books, now := catalogue()
	made, _ := books.Create(t.Context(), valid)
	*now = now.Add(time.Hour)
	changed := valid
	changed.Year = 1989
	got, err := books.Replace(t.Context(), made.ID, changed)
	if err != nil {
		t.Fatal(err)
	}
	if got.Year != 1989 || !got.CreatedAt.Equal(made.CreatedAt) || !got.UpdatedAt.Equal(*now) {
		t.Errorf("got %+v", got)
	}
}

func TestInvalidInputChangesNothing(t *testing.T) {
	books, _ := catalogue()
	made, _ := books.Create(t.Context(), valid)
	bad := model.BookInput{Title: " ", Author: strings.Repeat("é", model.MaxText+1), Year: 0}

	_, err := books.Create(t.Context(), bad)
	var invalid model.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Fields) != 3 {
		t.Fatalf("Create: err = %v, want title, author and year", err)
	}
	if _, err := books.Replace(t.Context(), made.ID, bad); !errors.As(err, &invalid) {
		t.Errorf("Replace: err = %v", err)
	}
	page, total, _ := books.List(t.Context(), 0, 10)
	if total != 1 || page[0] != made {
		t.Errorf("the catalogue changed: %+v", page)
	}
}

func TestLongestTextIsAllowed(t *testing.T) {
	books, _ := catalogue()
	input := valid
	input.Author = strings.Repeat("é", model.MaxText)
	if _, err := books.Create(t.Context(), input); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	books, _ := catalogue()
	_, get := books.Get(t.Context(), "nothing")
	_, replace := books.Replace(t.Context(), "nothing", valid)
	for name, err := range map[string]error{"Get": get, "Replace": replace, "Delete": books.Delete(t.Context(), "nothing")} {
		if !errors.Is(err, service.ErrNotFound) {
			t.Errorf("%s: err = %v, want ErrNotFound", name, err)
		}
	}
}
