// Package config reads the service's settings: the embedded defaults, the overlay of the environment named by APP_ENV, and
// the process's environment, each over the one before.
package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"strconv"
	"time"
)

// Config holds every setting, checked.
type Config struct {
	Environment       string
	Addr              string
	LogLevel          slog.Level
	LogFormat         string
	ReadHeaderTimeout time.Duration
	// RequestTimeout is how long one request may take.
	RequestTimeout time.Duration
	IdleTimeout    time.Duration
	MaxBodyBytes   int64
	// ShutdownDelay is how long the service goes on serving after it has reported that it is no longer ready.
	ShutdownDelay time.Duration
	// ShutdownTimeout is how long requests under way may take to finish after that.
	ShutdownTimeout time.Duration
}

// Lookup finds an environment variable, as os.LookupEnv does.
type Lookup func(name string) (string, bool)

// Load reads and checks the settings. The error names every setting that is wrong, not only the first.
func Load(lookup Lookup) (Config, error) {
	environment, ok := lookup("APP_ENV")
	if !ok || environment == "" {
		environment = "development"
	}
	values, err := overlay("base")
	if err != nil {
		return Config{}, err
	}
	over, err := overlay(environment)
	if err != nil || environment == "base" {
		return Config{}, fmt.Errorf("APP_ENV: there is no environment %q (%s)", environment, names())
	}
	maps.Copy(values, over)
	for name := range values {
		if value, ok := lookup(name); ok && value != "" {
			values[name] = value
		}
	}
	return parse(environment, values)
}

func parse(environment string, values map[string]string) (Config, error) {
	r := reader{values: values}
	cfg := Config{
		Environment:       environment,
		Addr:              r.addr("HTTP_ADDR"),
		LogLevel:          r.level("LOG_LEVEL"),
		LogFormat:         r.oneOf("LOG_FORMAT", "json", "text"),
		ReadHeaderTimeout: r.duration("READ_HEADER_TIMEOUT", time.Millisecond),
		RequestTimeout:    r.duration("REQUEST_TIMEOUT", time.Millisecond),
		IdleTimeout:       r.duration("IDLE_TIMEOUT", time.Millisecond),
		MaxBodyBytes:      r.positive("MAX_BODY_BYTES"),
		ShutdownDelay:     r.duration("SHUTDOWN_DELAY", 0),
		ShutdownTimeout:   r.duration("SHUTDOWN_TIMEOUT", time.Millisecond),
	}
	return cfg, errors.Join(r.errs...)
}

// Logger makes the logger that these settings ask for.
func (c Config) Logger(out io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "text" {
		return slog.New(slog.NewTextHandler(out, options))
	}
	return slog.New(slog.NewJSONHandler(out, options))
}

// reader turns texts into values and collects what is wrong with them.
type reader struct {
	values map[string]string
	errs   []error
}

func (r *reader) fail(name string, want string) {
	r.errs = append(r.errs, fmt.Errorf("%s: %q is not %s", name, r.values[name], want))
}

func (r *reader) addr(name string) string {
	if _, port, err := net.SplitHostPort(r.values[name]); err != nil || port == "" {
		r.fail(name, "an address like :8080 or 127.0.0.1:8080")
	}
	return r.values[name]
}

func (r *reader) level(name string) (level slog.Level) {
	if err := level.UnmarshalText([]byte(r.values[name])); err != nil {
		r.fail(name, "debug, info, warn or error")
	}
	return level
}

func (r *reader) oneOf(name string, allowed ...string) string {
	for _, value := range allowed {
		if r.values[name] == value {
			return value
		}
	}
	r.fail(name, fmt.Sprintf("one of %v", allowed))
	return ""
}

func (r *reader) duration(name string, least time.Duration) time.Duration {
	value, err := time.ParseDuration(r.values[name])
	if err != nil || value < least {
		r.fail(name, "a duration like 10s of at least "+least.String())
	}
	return value
}

func (r *reader) positive(name string) int64 {
	value, err := strconv.ParseInt(r.values[name], 10, 64)
	if err != nil || value <= 0 {
		r.fail(name, "a number above zero")
	}
	return value
}
