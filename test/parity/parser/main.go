// Reads Dockerfiles, one a line in base64, with BuildKit's own parser, and prints what it read of each as a line of JSON, in the
// shape that test/full/dockerfile-parser.test.ts makes of Coracle's tree. The tests compile it in the module of
// test/components/buildkit.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

type file struct {
	Error  string `json:"error"`
	Escape string `json:"escape"`
	Syntax string `json:"syntax"`
	Nodes  []node `json:"nodes"`
}

type node struct {
	Line     string   `json:"line"`
	Keyword  string   `json:"keyword"`
	Flags    []string `json:"flags"`
	Heredocs []any    `json:"heredocs"`
	Error    string   `json:"error"`
	View     any      `json:"view"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		text, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(line)))
		if err != nil {
			panic(err)
		}
		if err := encoder.Encode(read(text)); err != nil {
			panic(err)
		}
	}
}

func read(text []byte) file {
	syntax, _, _, _ := parser.DetectSyntax(text)
	result, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return file{Error: err.Error(), Syntax: syntax}
	}
	read := file{Escape: string(result.EscapeToken), Syntax: syntax, Nodes: []node{}}
	for _, child := range result.AST.Children {
		one := node{Line: child.Original, Keyword: child.Value, Flags: child.Flags, Heredocs: []any{}}
		if one.Flags == nil {
			one.Flags = []string{}
		}
		for _, h := range child.Heredocs {
			one.Heredocs = append(one.Heredocs, []any{h.Name, h.Content, h.Expand, h.Chomp, h.FileDescriptor})
		}
		typed, err := instructions.ParseInstruction(child)
		if run, ok := typed.(*instructions.RunCommand); ok && err == nil {
			// Mounts are only looked at when their variables are replaced.
			err = run.Expand(func(word string) (string, error) { return word, nil })
		}
		if err != nil {
			one.Error = err.Error()
		} else {
			one.View = view(typed)
		}
		read.Nodes = append(read.Nodes, one)
	}
	return read
}

func view(typed any) any {
	switch c := typed.(type) {
	case *instructions.Stage:
		return []any{c.BaseName, c.Name, c.Platform}
	case *instructions.ArgCommand:
		list := []any{}
		for _, arg := range c.Args {
			list = append(list, []any{arg.Key, arg.Value})
		}
		return list
	case *instructions.EnvCommand:
		return pairs(c.Env)
	case *instructions.LabelCommand:
		return pairs(c.Labels)
	case *instructions.RunCommand:
		mounts := []any{}
		for _, m := range instructions.GetMounts(c) {
			mounts = append(mounts, []any{m.Type, m.From, m.Source, m.Target, m.ReadOnly, m.CacheID, m.CacheSharing, m.Required})
		}
		return []any{command(c.ShellDependantCmdLine), mounts, instructions.GetNetwork(c), instructions.GetSecurity(c)}
	case *instructions.CmdCommand:
		return command(c.ShellDependantCmdLine)
	case *instructions.EntrypointCommand:
		return command(c.ShellDependantCmdLine)
	case *instructions.CopyCommand:
		return []any{sources(c.SourcesAndDest), c.From, c.Chown, c.Chmod, c.Link, c.Parents, list(c.ExcludePatterns)}
	case *instructions.AddCommand:
		return []any{sources(c.SourcesAndDest), c.Chown, c.Chmod, c.Link, c.Checksum, c.KeepGitDir, c.Unpack, list(c.ExcludePatterns)}
	case *instructions.ExposeCommand:
		return list(c.Ports)
	case *instructions.VolumeCommand:
		return list(c.Volumes)
	case *instructions.ShellCommand:
		return list(c.Shell)
	case *instructions.HealthCheckCommand:
		h := c.Health
		return []any{h.Test, nanoseconds(h.Interval), nanoseconds(h.Timeout), nanoseconds(h.StartPeriod), nanoseconds(h.StartInterval), h.Retries}
	case *instructions.OnbuildCommand:
		return c.Expression
	case *instructions.UserCommand:
		return c.User
	case *instructions.WorkdirCommand:
		return c.Path
	case *instructions.StopSignalCommand:
		return c.Signal
	case *instructions.MaintainerCommand:
		return c.Maintainer
	}
	return fmt.Sprintf("%T", typed)
}

func command(c instructions.ShellDependantCmdLine) any {
	line := list(c.CmdLine)
	if c.PrependShell && len(line) == 0 {
		line = []string{""}
	}
	return []any{c.PrependShell, line}
}

func sources(s instructions.SourcesAndDest) any {
	contents := []any{}
	for _, c := range s.SourceContents {
		contents = append(contents, []any{c.Path, c.Data, c.Expand})
	}
	return []any{list(s.SourcePaths), contents, s.DestPath}
}

func pairs(all instructions.KeyValuePairs) any {
	list := []any{}
	for _, pair := range all {
		list = append(list, []any{pair.Key, pair.Value})
	}
	return list
}

func list(words []string) []string {
	if words == nil {
		return []string{}
	}
	return words
}

func nanoseconds(d time.Duration) string {
	return fmt.Sprint(d.Nanoseconds())
}
