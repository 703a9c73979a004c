package middleware

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	m.Run()
}

func send(engine http.Handler, request *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	engine.ServeHTTP(recorder, request)
	return recorder
}

func TestRequestIDIsTakenOnlyWhenWellFormed(t *testing.T) {
	engine := gin.New()
	engine.Use(RequestID())
	engine.GET("/", func(c *gin.Context) { c.String(http.StatusOK, ID(c.Request.Context())) })
	for given, keep := range map[string]bool{
		"abc-123_x.Y": true, "": false, "a b": false, "line\nbreak": false, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false,
	} {
		request := httptest.NewRequest("GET", "/", nil)
		request.Header.Set(Header, given)
		got := send(engine, request)
		id := got.Header().Get(Header)
		if id != got.Body.String() || id == "" {
			t.Errorf("%q: header %q, context %q", given, id, got.Body)
		}
		if (id == given) != keep {
			t.Errorf("%q became %q", given, id)
		}
	}
}

func TestLogLineHasWhatOneNeeds(t *testing.T) {
	var out bytes.Buffer
	engine := gin.New()
	engine.Use(RequestID(), Log(slog.New(slog.NewJSONHandler(&out, nil)), "/livez"))
	engine.GET("/books/:id", func(c *gin.Context) {
		_ = c.Error(errors.New("the cause"))
		c.Status(http.StatusTeapot)
	})
	engine.GET("/livez", func(c *gin.Context) {})
	request := httptest.NewRequest("GET", "/books/7", nil)
	request.Header.Set(Header, "my-id")
	send(engine, request)
	send(engine, httptest.NewRequest("GET", "/livez", nil))

	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v (one line expected) in %s", err, out.String())
	}
	for key, want := range map[string]any{
		"request_id": "my-id", "method": "GET", "route": "/books/:id", "path": "/books/7", "status": float64(418), "error": "the cause",
	} {
		if line[key] != want {
			t.Errorf("%s = %v, want %v", key, line[key], want)
		}
	}
}

func TestPanicIsA500AndInTheLog(t *testing.T) {
	var out bytes.Buffer
	engine := gin.New()
	engine.Use(RequestID(), Recover(slog.New(slog.NewJSONHandler(&out, nil))))
	engine.GET("/", func(*gin.Context) { panic("boom") })
	if got := send(engine, httptest.NewRequest("GET", "/", nil)); got.Code != http.StatusInternalServerError {
		t.Errorf("status %d", got.Code)
	}
	if log := out.String(); !strings.Contains(log, "boom") || !strings.Contains(log, "middleware_test.go") {
		t.Errorf("no value or no stack in the log: %s", log)
	}
}

func TestPanicAfterHalfAnAnswerCutsTheConnection(t *testing.T) {
	engine := gin.New()
	engine.Use(Recover(slog.New(slog.DiscardHandler)))
	engine.GET("/", func(c *gin.Context) {
		c.String(http.StatusOK, "half")
		c.Writer.Flush()
		panic("boom")
	})
	server := httptest.NewServer(engine)
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("the client took %q for a whole answer", body)
	}
}

func TestTimeoutReachesTheHandler(t *testing.T) {
	engine := gin.New()
	engine.Use(Timeout(time.Millisecond))
	engine.GET("/", func(c *gin.Context) {
		<-c.Request.Context().Done()
		c.Status(http.StatusServiceUnavailable)
	})
	if got := send(engine, httptest.NewRequest("GET", "/", nil)); got.Code != http.StatusServiceUnavailable {
		t.Errorf("status %d", got.Code)
	}
}

func TestBodyLimit(t *testing.T) {
	engine := gin.New()
	engine.Use(BodyLimit(4))
	engine.POST("/", func(c *gin.Context) {
		_, err := io.ReadAll(c.Request.Body)
		var tooBig *http.MaxBytesError
		c.String(http.StatusOK, "%v", errors.As(err, &tooBig))
	})
	for body, want := range map[string]string{"1234": "false", "12345": "true"} {
		if got := send(engine, httptest.NewRequest("POST", "/", strings.NewReader(body))); got.Body.String() != want {
			t.Errorf("%q: too big = %s", body, got.Body)
		}
	}
}

func TestMetricLabelsComeFromAFixedSet(t *testing.T) {
	registry := prometheus.NewRegistry()
	engine := gin.New()
	engine.Use(Metrics(registry))
	engine.GET("/books/:id", func(c *gin.Context) {})
	for _, request := range []*http.Request{
		httptest.NewRequest("GET", "/books/1", nil), httptest.NewRequest("GET", "/books/2", nil),
		httptest.NewRequest("GET", "/wp-login.php", nil), httptest.NewRequest("BREW", "/pot", nil),
	} {
		send(engine, request)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		if family.GetName() != "http_requests_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			key := ""
			for _, label := range metric.GetLabel() {
				key += label.GetValue() + " "
			}
			got[strings.TrimSpace(key)] = metric.GetCounter().GetValue()
		}
	}
	want := map[string]float64{"GET /books/:id 200": 2, "GET unmatched 404": 1, "other unmatched 404": 1}
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s = %v, want %v", key, got[key], value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("series %v", got)
	}
}
