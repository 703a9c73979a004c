// Command api serves the book catalogue over HTTP.
//
//	api               serve until SIGINT or SIGTERM
//	api healthcheck   exit 0 if the service on this machine is ready, for containers that have no shell
//	api version       print what this binary was built from
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/gin-api/internal/config"
	"example.com/gin-api/internal/repository"
	"example.com/gin-api/internal/server"
	"example.com/gin-api/internal/service"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.LookupEnv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "api:", err)
		os.Exit(1)
	}
}

// run is main with everything it touches passed in, so that tests can call it.
func run(ctx context.Context, args []string, lookup config.Lookup, out io.Writer) error {
	cfg, err := config.Load(lookup)
	if err != nil {
		return err
	}
	command := "serve"
	if len(args) > 0 {
		command = args[0]
	}
	switch command {
	case "serve":
		return serve(ctx, cfg, out)
	case "healthcheck":
		return server.Check(ctx, cfg.Addr)
	case "version":
		_, err := fmt.Fprintln(out, server.ReadBuild())
		return err
	default:
		return fmt.Errorf("unknown command %q; there are serve, healthcheck and version", command)
	}
}

// serve puts the parts together: repository, service, server. This is the only place that knows all of them.
func serve(ctx context.Context, cfg config.Config, out io.Writer) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	// After the first signal the default behaviour is back: a second one ends the process at once.
	context.AfterFunc(ctx, stop)

	log := cfg.Logger(out)
	slog.SetDefault(log)

	books := service.NewBooks(repository.NewMemory(), time.Now)
	return server.New(cfg, log, books).Run(ctx)
}
