package repository

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/gin-api/internal/model"
	"example.com/gin-api/internal/service"
)

func filled(t *testing.T, n int) *Memory {
	t.Helper()
	m := NewMemory()
	for i := range n {
		book := model.Book{ID: fmt.Sprint(i), Title: fmt.Sprint("book ", i), CreatedAt: time.Unix(int64(i), 0)}
		if err := m.Insert(t.Context(), book); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestListPages(t *testing.T) {
	m := filled(t, 5)
	for _, c := range []struct{ offset, limit, want int }{{0, 2, 2}, {4, 2, 1}, {5, 2, 0}, {99, 2, 0}, {0, 99, 5}} {
		page, total, err := m.List(t.Context(), c.offset, c.limit)
		if err != nil || len(page) != c.want || total != 5 {
			t.Errorf("List(%d, %d) gave %d of %d, %v; want %d of 5", c.offset, c.limit, len(page), total, err, c.want)
		}
	}
	page, _, _ := m.List(t.Context(), 1, 2)
	if page[0].ID != "1" || page[1].ID != "2" {
		t.Errorf("order is %s, %s; want oldest first", page[0].ID, page[1].ID)
	}
}

func TestInsertTwiceIsRefused(t *testing.T) {
	m := filled(t, 1)
	if err := m.Insert(t.Context(), model.Book{ID: "0"}); !errors.Is(err, service.ErrExists) {
		t.Errorf("err = %v, want ErrExists", err)
	}
}

func TestCancelledContextStopsEverything(t *testing.T) {
	m := filled(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, list := m.List(ctx, 0, 1)
	_, get := m.Get(ctx, "0")
	_, update := m.Update(ctx, "0", func(*model.Book) {})
	for name, err := range map[string]error{
		"List": list, "Get": get, "Update": update, "Insert": m.Insert(ctx, model.Book{ID: "1"}), "Delete": m.Delete(ctx, "0"),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}

func TestUpdatesDoNotGetLost(t *testing.T) {
	m := filled(t, 1)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if _, err := m.Update(t.Context(), "0", func(b *model.Book) { b.Year++ }); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if book, _ := m.Get(t.Context(), "0"); book.Year != 50 {
		t.Errorf("Year = %d after 50 updates", book.Year)
	}
}
