package handler

import (
	"net/http"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

// Health answers the probes. Alive means: do not restart me. Ready means: send me requests.
type Health struct{ ready atomic.Bool }

// SetReady changes what the readiness probe answers.
func (h *Health) SetReady(ready bool) { h.ready.Store(ready) }

// Register adds /livez and /readyz.
func (h *Health) Register(group gin.IRoutes) {
	group.GET("/livez", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "alive"}) })
	group.GET("/readyz", func(c *gin.Context) {
		if !h.ready.Load() {
			c.JSON(http.StatusServiceUnavailable, gin.H{"status": "not ready"})
			return
		}
		c.JSON(http.StatusOK, gin.H{"status": "ready"})
	})
}
