package handler

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"example.com/gin-api/internal/model"
	"example.com/gin-api/internal/repository"
	"example.com/gin-api/internal/service"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

func router(catalogue Catalogue) *gin.Engine {
	engine := gin.New()
	NewBooks(catalogue).Register(engine.Group("/api"))
	return engine
}

func realCatalogue() Catalogue { return service.NewBooks(repository.NewMemory(), time.Now) }

func do(t *testing.T, engine http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	engine.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body)))
	return recorder
}

func decode[T any](t *testing.T, recorder *httptest.ResponseRecorder) (value T) {
	t.Helper()
	if err := json.Unmarshal(recorder.Body.Bytes(), &value); err != nil {
		t.Fatalf("%v in %s", err, recorder.Body)
	}
	return value
}

func TestLifeOfABook(t *testing.T) {
	engine := router(realCatalogue())
	made := do(t, engine, "POST", "/api/books", `{"title":"Walden","author":"Thoreau","year":1845}`)
	if made.Code != http.StatusCreated {
		t.Fatalf("POST: %d %s", made.Code, made.Body)
	}
	book := decode[model.Book](t, made)
	path := made.Header().Get("Location")
	if path != "/api/books/"+book.ID {
		t.Errorf("Location = %q", path)
	}
	if got := decode[model.Book](t, do(t, engine, "GET", path, "")); got != book {
		t.Errorf("GET gave %+v, POST gave %+v", got, book)
	}
	changed := do(t, engine, "PUT", path, `{"title":"Walden","author":"Thoreau","year":1854}`)
	if got := decode[model.Book](t, changed); changed.Code != http.StatusOK || got.Year != 1854 {
		t.Errorf("PUT: %d %+v", changed.Code, got)
	}
	if list := decode[page](t, do(t, engine, "GET", "/api/books?limit=1", "")); list.Total != 1 || list.Items[0].Year != 1854 {
		t.Errorf("list = %+v", list)
	}
	if gone := do(t, engine, "DELETE", path, ""); gone.Code != http.StatusNoContent || gone.Body.Len() != 0 {
		t.Errorf("DELETE: %d %q", gone.Code, gone.Body)
	}
	if missing := do(t, engine, "GET", path, ""); missing.Code != http.StatusNotFound {
		t.Errorf("GET after DELETE: %d", missing.Code)
	}
}

func TestEmptyListIsAnArray(t *testing.T) {
	if body := do(t, router(realCatalogue()), "GET", "/api/books", "").Body.String(); !strings.Contains(body, `"items":[]`) {
		t.Errorf("body = %s", body)
	}
}

func TestClientErrors(t *testing.T) {
	engine := router(realCatalogue())
	for name, c := range map[string]struct {
		method, path, body string
		want               int
	}{
		"not JSON":        {"POST", "/api/books", "title=x", 400},
		"empty":           {"POST", "/api/books", "", 400},
		"misspelt field":  {"POST", "/api/books", `{"titel":"x"}`, 400},
		"two values":      {"POST", "/api/books", `{"title":"x","author":"y","year":1}{}`, 400},
		"wrong type":      {"POST", "/api/books", `{"year":"1845"}`, 400},
		"invalid":         {"POST", "/api/books", `{"title":"","author":"y","year":1}`, 422},
		"page too long":   {"GET", "/api/books?limit=101", "", 400},
		"negative offset": {"GET", "/api/books?offset=-1", "", 400},
		"unknown book":    {"PUT", "/api/books/x", `{"title":"x","author":"y","year":1}`, 404},
	} {
		t.Run(name, func(t *testing.T) {
			got := do(t, engine, c.method, c.path, c.body)
			if got.Code != c.want {
				t.Fatalf("status %d, want %d: %s", got.Code, c.want, got.Body)
			}
			if kind := got.Header().Get("Content-Type"); kind != "application/problem+json" {
				t.Errorf("Content-Type = %q", kind)
			}
			if problem := decode[Problem](t, got); problem.Status != c.want || problem.Title == "" {
				t.Errorf("problem = %+v", problem)
			}
		})
	}
}

// broken is a catalogue whose every call fails with the same error.
type broken struct {
	Catalogue
	err error
}

func (b broken) Get(context.Context, string) (model.Book, error) { return model.Book{}, b.err }

func TestServerErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{context.DeadlineExceeded, http.StatusServiceUnavailable},
		{service.ErrExists, http.StatusConflict},
		{errors.New("password=hunter2 refused"), http.StatusInternalServerError},
	} {
		got := do(t, router(broken{err: c.err}), "GET", "/api/books/x", "")
		if got.Code != c.want {
			t.Errorf("%v: status %d, want %d", c.err, got.Code, c.want)
		}
		if strings.Contains(got.Body.String(), "hunter2") {
			t.Errorf("an internal error reached the client: %s", got.Body)
		}
	}
}

func TestReadinessFollowsTheService(t *testing.T) {
	engine := gin.New()
	var health Health
	health.Register(engine)
	for _, ready := range []bool{false, true, false} {
		health.SetReady(ready)
		want := http.StatusServiceUnavailable
		if ready {
			want = http.StatusOK
		}
		if got := do(t, engine, "GET", "/readyz", ""); got.Code != want {
			t.Errorf("ready %v: /readyz gave %d", ready, got.Code)
		}
		if got := do(t, engine, "GET", "/livez", ""); got.Code != http.StatusOK {
			t.Errorf("ready %v: /livez gave %d", ready, got.Code)
		}
	}
}
