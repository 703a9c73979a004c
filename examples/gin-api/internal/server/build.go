package server

import (
	"fmt"
	"math"
	"net"
	"runtime"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"

	"example.com/gin-api/internal/config"
)

// Build is what the binary says about its making.
type Build struct{ Version, Revision, Go string }

// ReadBuild reads the build information that the go command put into the binary.
func ReadBuild() Build {
	build := Build{Version: "(devel)", Revision: "unknown", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return build
	}
	if info.Main.Version != "" {
		build.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			build.Revision = setting.Value
		}
	}
	return build
}

func (b Build) String() string { return fmt.Sprintf("%s (%s, %s)", b.Version, b.Revision, b.Go) }

func buildInfo() prometheus.Collector {
	build := ReadBuild()
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "build_info",
		Help:        "What is running; the value is always 1.",
		ConstLabels: prometheus.Labels{"version": build.Version, "revision": build.Revision, "goversion": build.Go},
	})
	gauge.Set(1)
	return gauge
}

// startAttributes are the facts that one asks for first when something is wrong: what runs, where, and within which limits.
// Go reads the CPU limit of the cgroup and GOMAXPROCS by itself, and GOMEMLIMIT from the environment.
func startAttributes(cfg config.Config, addr net.Addr) []any {
	build := ReadBuild()
	limit := "none"
	if bytes := debug.SetMemoryLimit(-1); bytes != math.MaxInt64 {
		limit = fmt.Sprint(bytes)
	}
	return []any{
		"environment", cfg.Environment,
		"addr", addr.String(),
		"version", build.Version,
		"revision", build.Revision,
		"go", build.Go,
		"gomaxprocs", runtime.GOMAXPROCS(0),
		"gomemlimit", limit,
	}
}
