package config

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed env/*.env
var files embed.FS

// overlay reads env/<name>.env: lines of NAME=value, comments and blank lines.
func overlay(name string) (map[string]string, error) {
	text, err := files.ReadFile("env/" + name + ".env")
	if err != nil {
		return nil, err
	}
	values := make(map[string]string)
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("%s.env:%d: no '=' in %q", name, number, line)
		}
		values[key] = value
	}
	return values, nil
}

// names lists the environments there are, for an error message.
func names() string {
	entries, err := files.ReadDir("env")
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, entry := range entries {
		if name := strings.TrimSuffix(entry.Name(), ".env"); name != "base" {
			all = append(all, name)
		}
	}
	return "there are " + strings.Join(all, ", ")
}
