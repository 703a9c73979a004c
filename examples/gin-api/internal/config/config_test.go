package config

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func from(values map[string]string) Lookup {
	return func(name string) (string, bool) {
		value, ok := values[name]
		return value, ok
	}
}

func TestEachLayerGoesOverTheOneBefore(t *testing.T) {
	base, err := Load(from(map[string]string{"APP_ENV": "staging"}))
	if err != nil {
		t.Fatal(err)
	}
	if base.Addr != ":8080" {
		t.Errorf("Addr = %q, want the base's :8080", base.Addr)
	}
	if base.LogLevel != slog.LevelDebug {
		t.Errorf("LogLevel = %v, want the overlay's debug", base.LogLevel)
	}
	set, err := Load(from(map[string]string{"APP_ENV": "staging", "LOG_LEVEL": "warn", "SHUTDOWN_DELAY": "7s"}))
	if err != nil {
		t.Fatal(err)
	}
	if set.LogLevel != slog.LevelWarn || set.ShutdownDelay != 7*time.Second {
		t.Errorf("got %v and %v, want the environment's warn and 7s", set.LogLevel, set.ShutdownDelay)
	}
}

func TestEveryEnvironmentIsSound(t *testing.T) {
	for _, name := range []string{"development", "staging", "production"} {
		cfg, err := Load(from(map[string]string{"APP_ENV": name}))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if cfg.Environment != name {
			t.Errorf("Environment = %q, want %q", cfg.Environment, name)
		}
	}
}

func TestUnsetMeansDevelopment(t *testing.T) {
	cfg, err := Load(from(nil))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Environment != "development" || cfg.LogFormat != "text" {
		t.Errorf("got %q with %q logs", cfg.Environment, cfg.LogFormat)
	}
}

func TestUnknownEnvironmentIsRefused(t *testing.T) {
	for _, name := range []string{"prod", "base", "../base"} {
		if _, err := Load(from(map[string]string{"APP_ENV": name})); err == nil || !strings.Contains(err.Error(), "production") {
			t.Errorf("APP_ENV=%s: err = %v, want one that lists the environments", name, err)
		}
	}
}

func TestErrorNamesEveryBadSetting(t *testing.T) {
	bad := map[string]string{
		"HTTP_ADDR": "8080", "LOG_LEVEL": "loud", "LOG_FORMAT": "xml", "REQUEST_TIMEOUT": "0s",
		"MAX_BODY_BYTES": "-1", "SHUTDOWN_DELAY": "-1s", "SHUTDOWN_TIMEOUT": "soon",
	}
	_, err := Load(from(bad))
	if err == nil {
		t.Fatal("no error")
	}
	for name := range bad {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s:\n%v", name, err)
		}
	}
}

func TestProductionLogsJSON(t *testing.T) {
	cfg, err := Load(from(map[string]string{"APP_ENV": "production"}))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cfg.Logger(&out).Debug("hidden")
	cfg.Logger(&out).Info("shown", "answer", 42)
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	if line["msg"] != "shown" || line["answer"] != float64(42) {
		t.Errorf("line = %v", line)
	}
}
