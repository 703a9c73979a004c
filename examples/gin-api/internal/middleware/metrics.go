package middleware

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts and times requests by method, route and status.
func Metrics(registry prometheus.Registerer) gin.HandlerFunc {
	labels := []string{"method", "route", "status"}
	total := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "http_requests_total", Help: "Requests answered.",
	}, labels)
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_request_duration_seconds", Help: "Time to answer a request.", Buckets: prometheus.DefBuckets,
	}, labels)
	inFlight := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "http_requests_in_flight", Help: "Requests being answered now.",
	})
	registry.MustRegister(total, duration, inFlight)
	return func(c *gin.Context) {
		start := time.Now()
		inFlight.Inc()
		defer inFlight.Dec()
		c.Next()
		values := []string{method(c.Request.Method), route(c), strconv.Itoa(c.Writer.Status())}
		total.WithLabelValues(values...).Inc()
		duration.WithLabelValues(values...).Observe(time.Since(start).Seconds())
	}
}

// Labels take values from a fixed set only: paths and methods that clients invent would fill the memory.
func route(c *gin.Context) string {
	if path := c.FullPath(); path != "" {
		return path
	}
	return "unmatched"
}

func method(name string) string {
	switch name {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return name
	default:
		return "other"
	}
}
