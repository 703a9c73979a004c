// Command cross-hello says over HTTP what it was built for, and where.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"runtime"
)

var builtOn = "unknown"

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	http.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "%s/%s, built on %s\n", runtime.GOOS, runtime.GOARCH, builtOn)
	})
	log.Fatal(http.ListenAndServe(":"+port, nil))
}
