package server

import (
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"example.com/gin-api/internal/config"
	"example.com/gin-api/internal/handler"
	"example.com/gin-api/internal/middleware"
	"example.com/gin-api/internal/web"
)

// routes is the map of the service: every path, and what happens around it.
func routes(cfg config.Config, log *slog.Logger, health *handler.Health, books handler.Catalogue) http.Handler {
	if cfg.Environment != "development" {
		gin.SetMode(gin.ReleaseMode)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(),
	)

	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	// Nobody's X-Forwarded-For is believed until a deployment says whose.
	_ = engine.SetTrustedProxies(nil)
	engine.Use(
		middleware.RequestID(),
		middleware.Log(log, "/livez", "/readyz", "/metrics"),
		middleware.Metrics(registry),
		middleware.Recover(log),
	)
	engine.NoRoute(problem(http.StatusNotFound))
	engine.NoMethod(problem(http.StatusMethodNotAllowed))

	health.Register(engine)
	engine.GET("/metrics", gin.WrapH(promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry})))
	web.Register(engine)
	handler.NewBooks(books).Register(engine.Group("/api/v1",
		middleware.Timeout(cfg.RequestTimeout),
		middleware.BodyLimit(cfg.MaxBodyBytes),
	))
	return engine
}

func problem(status int) gin.HandlerFunc {
	return func(c *gin.Context) {
		handler.WriteProblem(c, handler.Problem{Title: http.StatusText(status), Status: status})
	}
}
