// Command cgo-words counts the words of what it is sent, in C.
package main

// #include <stdlib.h>
// #include "words.h"
import "C"

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"unsafe"
)

const largest = 1 << 20

func count(text string) int {
	c := C.CString(text)
	defer C.free(unsafe.Pointer(c))
	return int(C.words_count(c))
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	http.HandleFunc("POST /count", func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largest))
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		fmt.Fprintln(w, count(string(text)))
	})
	log.Fatal(http.ListenAndServe(":"+port, nil))
}
