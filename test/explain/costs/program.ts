import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { goMod, hostGo, writeFiles } from '../../golang/go-project.ts';

/** A go.mod for the Go that is here, so that none is fetched. */
export function goModHere(module: string, rest = ''): string {
  return goMod(module, rest).replace(/^go .*$/m, `go ${hostGo().version}`);
}

const replaced = ['dup', 'dup/v2', 'page', 'extra'];

/**
 * A program of a few modules, all in folders: one in two major versions, one that looks methods up by name through text/template, and
 * one that only a build tag asks for.
 */
export function writeProgram(directory: string, config: string): string {
  const app = path.join(directory, 'app');
  mkdirSync(app, { recursive: true });
  const folders = replaced.map((name) => [name, name.replace('/', '-')] as const);
  for (const [name, folder] of folders)
    writeFiles(path.join(directory, folder), { 'go.mod': goModHere(`example.com/${name}`, requires[name]) });
  writeFiles(directory, sources);
  const require = folders.map(
    ([name]) => `require example.com/${name} ${name.endsWith('v2') ? 'v2' : 'v1'}.0.0`,
  );
  const replace = folders.map(([name, folder]) => `replace example.com/${name} => ../${folder}`);
  writeFiles(app, {
    'go.mod': goModHere('example.com/app', `\n${[...require, ...replace].join('\n')}\n`),
    'coracle.yaml': config,
  });
  return app;
}

/** page needs dup too. */
const requires: Readonly<Record<string, string>> = { page: '\nrequire example.com/dup v1.0.0\n' };

const sources = {
  'dup/dup.go': `package dup

var Words = [...]string{${words('one', 400)}}

func Word(at int) string { return Words[at%len(Words)] }
`,
  'dup-v2/dup.go': `package dup

var Words = [...]string{${words('two', 900)}}

func Word(at int) string { return Words[at%len(Words)] }
`,
  'page/page.go': `package page

import (
	"os"
	"text/template"

	"example.com/dup"
)

func Write(name string) error {
	page := template.Must(template.New("page").Parse("Hello {{.}}\\n"))
	return page.Execute(os.Stdout, name+dup.Word(len(name)))
}
`,
  'extra/extra.go': `package extra

import "encoding/hex"

func Say(text string) { println(hex.EncodeToString([]byte(text))) }
`,
  'app/main.go': `package main

import (
	"os"

	"example.com/dup/v2"
	"example.com/page"
)

// page.Write is named here, and again in "page.Write".
func main() {
	if err := page.Write(dup.Word(len(os.Args))); err != nil {
		println(dup.Word(1), dup.Word(2))
	}
}
`,
  'app/extra.go': `//go:build extra

package main

import "example.com/extra"

func init() { extra.Say("page.Write") }
`,
};

function words(stem: string, count: number): string {
  return Array.from({ length: count }, (_, index) => JSON.stringify(`${stem} word number ${index}`)).join(
    ', ',
  );
}
