package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/gin-api/internal/config"
	"example.com/gin-api/internal/model"
	"example.com/gin-api/internal/repository"
	"example.com/gin-api/internal/service"
)

func settings() config.Config {
	return config.Config{
		Environment: "test", Addr: "127.0.0.1:0", LogFormat: "json", ReadHeaderTimeout: time.Minute, RequestTimeout: time.Minute,
		IdleTimeout: time.Minute, MaxBodyBytes: 1 << 10, ShutdownTimeout: time.Minute,
	}
}

// slow is a catalogue whose Get says that it has begun and then waits until it is told to end.
type slow struct {
	*service.Books
	begun, end chan struct{}
}

func (s slow) Get(context.Context, string) (model.Book, error) {
	close(s.begun)
	<-s.end
	return model.Book{ID: "slow"}, nil
}

type running struct {
	url  string
	stop context.CancelFunc
	done chan error
	slow slow
}

func start(t *testing.T, cfg config.Config) running {
	t.Helper()
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	r := running{
		url:  "http://" + listener.Addr().String(),
		stop: stop,
		done: make(chan error, 1),
		slow: slow{service.NewBooks(repository.NewMemory(), time.Now), make(chan struct{}), make(chan struct{})},
	}
	go func() { r.done <- New(cfg, slog.New(slog.DiscardHandler), r.slow).Serve(ctx, listener) }()
	return r
}

// get may run in any goroutine: it reports a failure, and gives status 0.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, string(body)
}

func TestEveryRoute(t *testing.T) {
	s := start(t, settings())
	defer s.stop()
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/":                 {200, "<h1>Books</h1>"},
		"/static/style.css": {200, "color-scheme"},
		"/static/":          {404, ""},
		"/static/..":        {400, ""},
		"/livez":            {200, "alive"},
		"/readyz":           {200, "ready"},
		"/metrics":          {200, "go_goroutines"},
		"/api/v1/books":     {200, `"total":0`},
		"/nothing":          {404, "Not Found"},
	} {
		if status, body := get(t, s.url+path); status != want.status || !strings.Contains(body, want.text) {
			t.Errorf("GET %s: %d %.200s", path, status, body)
		}
	}
	response, err := http.Post(s.url+"/livez", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST /livez: %d", response.StatusCode)
	}
	if _, metrics := get(t, s.url+"/metrics"); !strings.Contains(metrics, `http_requests_total{method="GET",route="/api/v1/books",status="200"} 1`) {
		t.Errorf("the request was not counted:\n%s", metrics)
	}
}

func TestTooLargeABodyIs413(t *testing.T) {
	s := start(t, settings())
	defer s.stop()
	response, err := http.Post(s.url+"/api/v1/books", "application/json", strings.NewReader(`{"title":"`+strings.Repeat("x", 2<<10)+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", response.StatusCode)
	}
}

// The order of a graceful end: not ready while still serving, then drained, then a clean return.
func TestShutdownTellsFirstThenDrains(t *testing.T) {
	cfg := settings()
	cfg.ShutdownDelay = time.Second
	s := start(t, cfg)
	answered := make(chan string, 1)
	go func() {
		_, body := get(t, s.url+"/api/v1/books/slow")
		answered <- body
	}()
	<-s.slow.begun
	s.stop()
	for {
		status, _ := get(t, s.url+"/readyz")
		if status == http.StatusServiceUnavailable {
			break
		}
		if status != http.StatusOK {
			t.Fatalf("/readyz gave %d; the service stopped before it said that it would", status)
		}
	}
	if status, _ := get(t, s.url+"/livez"); status != http.StatusOK {
		t.Errorf("/livez gave %d while stopping", status)
	}
	close(s.slow.end)
	if body := <-answered; !strings.Contains(body, "slow") {
		t.Errorf("the request under way got %q", body)
	}
	if err := <-s.done; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

func TestShutdownHasADeadline(t *testing.T) {
	cfg := settings()
	cfg.ShutdownTimeout = 10 * time.Millisecond
	s := start(t, cfg)
	defer close(s.slow.end)
	go func() {
		if response, err := http.Get(s.url + "/api/v1/books/slow"); err == nil {
			response.Body.Close()
		}
	}()
	<-s.slow.begun
	s.stop()
	if err := <-s.done; err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("Serve returned %v, want an error that says requests were cut off", err)
	}
}

func TestAddressInUseIsAnError(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	cfg := settings()
	cfg.Addr = listener.Addr().String()
	if err := New(cfg, slog.New(slog.DiscardHandler), slow{}).Run(t.Context()); err == nil {
		t.Error("no error")
	}
}

func TestStartTellsTheLimits(t *testing.T) {
	var out bytes.Buffer
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(settings(), slog.New(slog.NewJSONHandler(&out, nil)), slow{}).Serve(ctx, listener); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"gomaxprocs":`, `"gomemlimit":"`, `"go":"go1.`, `"environment":"test"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in %s", want, out.String())
		}
	}
}

func TestCheckAsksTheServiceOnThisMachine(t *testing.T) {
	s := start(t, settings())
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.url, "http://"))
	if err := Check(t.Context(), "127.0.0.1:"+port); err != nil {
		t.Error(err)
	}
	s.stop()
	<-s.done
	if err := Check(t.Context(), "127.0.0.1:"+port); err == nil {
		t.Error("no error from a stopped service")
	}
}
