// Package middleware holds what happens around every request.
package middleware

import (
	"context"
	"crypto/rand"
	"regexp"

	"github.com/gin-gonic/gin"
)

// Header carries the id of a request, in and out.
const Header = "X-Request-ID"

// A client's id goes into logs: only harmless characters, and not many.
var wellFormed = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

type idKey struct{}

// RequestID takes over the client's request id if it is well-formed, else makes one.
func RequestID() gin.HandlerFunc {
	return func(c *gin.Context) {
		id := c.GetHeader(Header)
		if !wellFormed.MatchString(id) {
			id = rand.Text()
		}
		c.Header(Header, id)
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), idKey{}, id))
		c.Next()
	}
}

// ID returns the request's id, or "".
func ID(ctx context.Context) string {
	id, _ := ctx.Value(idKey{}).(string)
	return id
}
