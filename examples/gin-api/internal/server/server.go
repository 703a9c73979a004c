// Package server is the life of the process: routes, listening, readiness, and an orderly end.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"example.com/gin-api/internal/config"
	"example.com/gin-api/internal/handler"
)

// Server serves the API until it is told to stop.
type Server struct {
	cfg    config.Config
	log    *slog.Logger
	http   *http.Server
	health *handler.Health
}

// New returns a server that does not listen yet.
func New(cfg config.Config, log *slog.Logger, books handler.Catalogue) *Server {
	health := new(handler.Health)
	return &Server{
		cfg:    cfg,
		log:    log,
		health: health,
		http: &http.Server{
			Handler:           routes(cfg, log, health, books),
			ReadHeaderTimeout: cfg.ReadHeaderTimeout,
			ReadTimeout:       cfg.RequestTimeout,
			// The handler's own deadline comes first, so that the client gets an answer.
			WriteTimeout: cfg.RequestTimeout + time.Second,
			IdleTimeout:  cfg.IdleTimeout,
			ErrorLog:     slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		},
	}
}

// Run listens and serves until ctx ends, then stops in order; see Serve.
func (s *Server) Run(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.Addr)
	if err != nil {
		return err
	}
	return s.Serve(ctx, listener)
}

// Serve serves until ctx ends. Then it reports that it is not ready, goes on for ShutdownDelay so that load balancers see
// it, takes no new connections, and gives requests under way ShutdownTimeout to finish. Nil means that all of them did.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	s.log.Info("starting", startAttributes(s.cfg, listener.Addr())...)
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(listener) }()
	s.health.SetReady(true)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.health.SetReady(false)
	s.log.Info("stopping", "delay", s.cfg.ShutdownDelay.String(), "deadline", s.cfg.ShutdownTimeout.String())
	select {
	case err := <-failed:
		return err
	case <-time.After(s.cfg.ShutdownDelay):
	}

	// ctx has ended; the end has a deadline of its own.
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.ShutdownTimeout)
	defer cancel()
	if err := s.http.Shutdown(drain); err != nil {
		return errors.Join(fmt.Errorf("requests were cut off after %s: %w", s.cfg.ShutdownTimeout, err), s.http.Close())
	}
	s.log.Info("stopped")
	return nil
}
