// Package web serves the pages that are embedded in the binary.
package web

import (
	"embed"
	"net/http"

	"github.com/gin-gonic/gin"
)

//go:embed index.html static
var files embed.FS

// Register adds the index page and its static files.
func Register(group gin.IRoutes) {
	group.GET("/", func(c *gin.Context) {
		c.Header("Content-Security-Policy", "default-src 'self'")
		http.ServeFileFS(c.Writer, c.Request, files, "index.html")
	})
	// One level, by name: there is nothing to list.
	group.GET("/static/:file", func(c *gin.Context) {
		c.Header("Cache-Control", "public, max-age=3600")
		http.ServeFileFS(c.Writer, c.Request, files, "static/"+c.Param("file"))
	})
}
