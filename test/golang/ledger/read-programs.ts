import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cached } from '../../components/cache.ts';
import { goCommand } from '../../components/go.ts';

const files = {
  'go.mod': 'module example.com/small\n\ngo 1.21\n',
  'main.go': `package main

import (
	"fmt"
	"os"
	"sort"

	"example.com/small/dotted.v2"
)

type pair struct{ key, value string }

func main() {
	pairs := []pair{{"a", "b"}, {"c", os.Args[0]}}
	sort.Slice(pairs, func(i, j int) bool { return pairs[i].key < pairs[j].key })
	fmt.Println(pairs, dotted.Generic(len(os.Args)), dotted.Inlined(len(os.Args)))
}
`,
  'dotted.v2/dotted.go': `package dotted

//go:noinline
func Generic[T int | string](one T) []T { return []T{one, one} }

func Inlined(one int) int { return one*one + 41 }
`,
  'cgo/main.go': `package main

// static int twice(int x) { return x * 2; }
import "C"

func main() { println(C.twice(21)) }
`,
} as const;

/** A small program of two packages, built once; `settings`: Go's environment, `flags` of go build. @returns its path */
export async function smallProgram(
  name: string,
  settings: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
  main = '.',
): Promise<string> {
  const directory = await cached(`ledger-small-1-${name}`, async (fresh) => {
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(fresh, file)), { recursive: true });
      writeFileSync(path.join(fresh, file), content);
    }
    await goCommand(['build', '-trimpath', ...flags, '-o', path.join(fresh, 'program'), main], {
      cwd: fresh,
      env: { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', ...settings },
    });
  });
  return path.join(directory, 'program');
}
