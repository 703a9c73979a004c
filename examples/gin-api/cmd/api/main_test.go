package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestUnknownCommandIsRefused(t *testing.T) {
	err := run(context.Background(), []string{"sing"}, noEnv, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "sing") {
		t.Fatalf("err = %v, want it to name the command", err)
	}
}

func TestVersionNamesTheGoRelease(t *testing.T) {
	var out bytes.Buffer
	if err := run(context.Background(), []string{"version"}, noEnv, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "go1.") {
		t.Errorf("version printed %q, without the Go release", out.String())
	}
}

// The whole process as a container runtime meets it: start, ready, SIGTERM, a clean end.
func TestServeEndsCleanlyOnSIGTERM(t *testing.T) {
	addr := freeAddr(t)
	env := map[string]string{"APP_ENV": "production", "HTTP_ADDR": addr, "SHUTDOWN_DELAY": "10ms"}
	lookup := func(name string) (string, bool) { value, ok := env[name]; return value, ok }

	var out bytes.Buffer
	done := make(chan error, 1)
	go func() { done <- run(t.Context(), nil, lookup, &out) }()
	waitReady(t, "http://"+addr+"/readyz")
	if err := run(t.Context(), []string{"healthcheck"}, lookup, &bytes.Buffer{}); err != nil {
		t.Errorf("healthcheck of a ready service: %v", err)
	}

	if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatalf("run returned %v, want a clean end", err)
	}
	if err := run(t.Context(), []string{"healthcheck"}, lookup, &bytes.Buffer{}); err == nil {
		t.Error("healthcheck of a stopped service succeeded")
	}
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("log line is not JSON: %s", line)
		}
	}
}

func noEnv(string) (string, bool) { return "", false }

func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func waitReady(t *testing.T, url string) {
	t.Helper()
	for {
		if response, err := http.Get(url); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the service never became ready")
		case <-time.After(10 * time.Millisecond):
		}
	}
}
