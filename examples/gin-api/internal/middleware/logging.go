package middleware

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

// Log writes one line per request. Routes in quiet (probes, metrics) are logged only at debug level while they succeed.
func Log(log *slog.Logger, quiet ...string) gin.HandlerFunc {
	silent := make(map[string]bool, len(quiet))
	for _, route := range quiet {
		silent[route] = true
	}
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		status := c.Writer.Status()
		level := slog.LevelInfo
		switch {
		case status >= http.StatusInternalServerError:
			level = slog.LevelError
		case silent[c.FullPath()]:
			level = slog.LevelDebug
		}
		attributes := []slog.Attr{
			slog.String("request_id", ID(c.Request.Context())),
			slog.String("method", c.Request.Method),
			slog.String("route", c.FullPath()),
			slog.String("path", c.Request.URL.Path),
			slog.Int("status", status),
			slog.Int("bytes", max(c.Writer.Size(), 0)),
			slog.Float64("duration_ms", float64(time.Since(start).Microseconds())/1000),
			slog.String("client", c.ClientIP()),
		}
		if err := c.Errors.Last(); err != nil {
			attributes = append(attributes, slog.String("error", err.Error()))
		}
		log.LogAttrs(c.Request.Context(), level, "request", attributes...)
	}
}

// Recover turns a panic into a 500, with the stack in the log.
func Recover(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if value == http.ErrAbortHandler { //nolint:errorlint // net/http asks for this very value
				panic(value)
			}
			log.LogAttrs(c.Request.Context(), slog.LevelError, "panic",
				slog.String("request_id", ID(c.Request.Context())),
				slog.Any("value", value),
				slog.String("stack", string(debug.Stack())))
			if c.Writer.Written() {
				// Half an answer is out: cut the connection, so that nobody takes it for a whole one.
				panic(http.ErrAbortHandler)
			}
			c.AbortWithStatus(http.StatusInternalServerError)
		}()
		c.Next()
	}
}
