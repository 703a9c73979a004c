// Service is what tests deploy: a web server that is told by its environment how to behave, well or badly.
//
//	VERSION      what it says that it is, in each answer's X-Version
//	LISTEN, PORT where it listens; port 8080 unless told
//	REFUSE       it says this and ends at once, with exit code 3
//	NEVER_READY  /healthz always answers 503
//	READY_AFTER  seconds until /healthz answers 200
//	CRASH_AFTER  seconds until it ends by itself, with exit code 4
//	ERRORS       percent of the answers at / that are 500: exactly, evenly spread
//	SLOW         milliseconds that each answer at / takes
//	IGNORE_TERM  it does not end when it is asked to
//	LOG          log each request
package main

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	version  = os.Getenv("VERSION")
	started  = time.Now()
	answered atomic.Int64
	failed   atomic.Int64
	posts    atomic.Int64
)

func main() {
	if said := os.Getenv("REFUSE"); said != "" {
		say("error", said)
		os.Exit(3)
	}
	if seconds := number("CRASH_AFTER"); seconds > 0 {
		time.AfterFunc(time.Duration(seconds*float64(time.Second)), func() {
			say("error", "crashing, as told")
			os.Exit(4)
		})
	}
	listener, err := net.Listen("tcp", address())
	if err != nil {
		say("error", err.Error())
		os.Exit(1)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", root)
	mux.HandleFunc("/healthz", health)
	mux.HandleFunc("/slow", slow)
	mux.HandleFunc("/count", count)
	mux.HandleFunc("/env", env)
	mux.HandleFunc("/ws", echo)
	mux.HandleFunc("/metrics", metrics)
	server := &http.Server{Handler: stamped(mux)}
	go serve(server, listener)
	say("info", "listening on "+listener.Addr().String())
	waitForTheEnd(server)
}

func serve(server *http.Server, listener net.Listener) {
	if err := server.Serve(listener); err != http.ErrServerClosed {
		say("error", err.Error())
		os.Exit(1)
	}
}

// waitForTheEnd lets requests finish that are being answered, as a good service does.
func waitForTheEnd(server *http.Server) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	for got := range signals {
		say("info", "got "+got.String())
		if os.Getenv("IGNORE_TERM") != "" {
			continue
		}
		limit, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		server.Shutdown(limit)
		say("info", "ended well")
		return
	}
}

func address() string {
	if listen := os.Getenv("LISTEN"); listen != "" {
		return listen
	}
	if port := os.Getenv("PORT"); port != "" {
		return ":" + port
	}
	return ":8080"
}

func stamped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Version", version)
		if os.Getenv("LOG") != "" {
			say("info", r.Method+" "+r.URL.Path)
		}
		next.ServeHTTP(w, r)
	})
}

func root(w http.ResponseWriter, r *http.Request) {
	if wait := number("SLOW"); wait > 0 {
		time.Sleep(time.Duration(wait * float64(time.Millisecond)))
	}
	n := answered.Add(1)
	share := number("ERRORS") / 100
	if int64(float64(n)*share) > int64(float64(n-1)*share) {
		failed.Add(1)
		say("error", "failing, as told")
		http.Error(w, "failing, as told", http.StatusInternalServerError)
		return
	}
	host, _ := os.Hostname()
	answer(w, map[string]any{"version": version, "host": host, "requests": n})
}

func health(w http.ResponseWriter, r *http.Request) {
	ready := os.Getenv("NEVER_READY") == "" && time.Since(started).Seconds() >= number("READY_AFTER")
	if !ready {
		http.Error(w, "not ready yet", http.StatusServiceUnavailable)
		return
	}
	io.WriteString(w, "ok\n")
}

// slow takes five seconds, half of them after its first byte.
func slow(w http.ResponseWriter, r *http.Request) {
	time.Sleep(2500 * time.Millisecond)
	io.WriteString(w, version)
	w.(http.Flusher).Flush()
	time.Sleep(2500 * time.Millisecond)
	io.WriteString(w, " done\n")
}

// count tells how often it was posted to, so that one request that was sent twice is seen.
func count(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		io.Copy(io.Discard, r.Body)
		posts.Add(1)
	}
	answer(w, map[string]any{"version": version, "posts": posts.Load()})
}

func env(w http.ResponseWriter, r *http.Request) {
	answer(w, os.Environ())
}

func metrics(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "service_requests_total{version=%q} %d\n", version, answered.Load())
	fmt.Fprintf(w, "service_failures_total{version=%q} %d\n", version, failed.Load())
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}

// echo is a websocket (RFC 6455) that sends each short text back, behind the version.
func echo(w http.ResponseWriter, r *http.Request) {
	hash := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	connection, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer connection.Close()
	fmt.Fprintf(buffered, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
	fmt.Fprintf(buffered, "X-Version: %s\r\n", version)
	fmt.Fprintf(buffered, "Sec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(hash[:]))
	buffered.Flush()
	for {
		text, err := frame(buffered.Reader)
		if err != nil {
			return
		}
		said := version + ":" + text
		buffered.Write([]byte{0x81, byte(len(said))})
		buffered.WriteString(said)
		buffered.Flush()
	}
}

// frame reads one short masked text frame. Anything else ends the connection.
func frame(reader *bufio.Reader) (string, error) {
	head := make([]byte, 6)
	if _, err := io.ReadFull(reader, head); err != nil {
		return "", err
	}
	length := int(head[1] & 0x7f)
	if head[0] != 0x81 || length > 100 {
		return "", io.EOF
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(reader, text); err != nil {
		return "", err
	}
	for i := range text {
		text[i] ^= head[2+i%4]
	}
	return string(text), nil
}

func number(name string) float64 {
	value, _ := strconv.ParseFloat(os.Getenv(name), 64)
	return value
}

func say(level, message string) {
	line, _ := json.Marshal(map[string]any{
		"time": time.Now().UTC().Format(time.RFC3339Nano), "level": level, "msg": message, "version": version,
	})
	os.Stdout.Write(append(line, '\n'))
}
