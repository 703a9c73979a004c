import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cached } from '../../components/cache.ts';
import { goCommand } from '../../components/go.ts';

/** Texts of the program, each of which stands once in its file. */
export const texts = {
  code: 'a text that only the code of the package inner refers to',
  data: 'a text that only the data of the package inner refers to',
  both: 'a text that the code of both packages refers to, kept once by the linker',
  embedded: 'the first embedded file, a line of it\n'.repeat(40),
  table: 'first bytes of a table of the package inner',
  lower: 'first bytes of a variable that inner defines and both use',
  inlined: 'first bytes of a variable of inner that only inlined code uses',
  given: 'first bytes of a variable of main that is given to an inlined method',
  field: 'FieldOfAnInnerType',
  tag: 'a-tag-of-an-inner-type',
} as const;

const files: Readonly<Record<string, string>> = {
  'go.mod': 'module example.com/data\n\ngo 1.21\n',
  'files/first.txt': texts.embedded,
  'files/deep/second.txt': 'the second',
  'main.go': `package main

import (
	"embed"
	"fmt"
	"os"

	"example.com/data/inner"
)

//go:embed files
var files embed.FS

var given = inner.Box{${bytesOf(texts.given)}}

func main() {
	inner.Use(len(os.Args))
	content, err := files.ReadFile(os.Args[0])
	fmt.Println(string(content), err, inner.Lower[len(os.Args)])
	fmt.Println(inner.Peek(len(os.Args)), given.Take(len(os.Args)))
	if len(os.Args) > 5 {
		os.Stdout.WriteString(${JSON.stringify(texts.both)})
	}
}
`,
  'inner/inner.go': `package inner

import (
	"fmt"
	"os"
)

type Part struct {
	${texts.field} map[string]*Part \`json:"${texts.tag}"\`
}

var words = []string{"one", ${JSON.stringify(texts.data)}, "three"}

var table = [4096]byte{${bytesOf(texts.table)}}

var inlined = [512]byte{${bytesOf(texts.inlined)}}

func Peek(n int) byte {
	inlined[n]++
	return inlined[n]
}

type Box [512]byte

func (box *Box) Take(n int) byte {
	box[n]++
	return box[n]
}

var Lower = [512]byte{${bytesOf(texts.lower)}}

//go:noinline
func Use(n int) {
	words[n%3] += words[(n+1)%3]
	table[n]++
	Lower[n] += table[n+1]
	os.Stdout.WriteString(${JSON.stringify(texts.code)})
	fmt.Println(words[n%2], Part{})
	if n > 5 {
		os.Stdout.WriteString(${JSON.stringify(texts.both)})
	}
}
`,
};

function bytesOf(text: string): string {
  return [...Buffer.from(text)].join(', ');
}

/** With C in it, and so linked by C's linker, to shared libraries. */
const filesOfC = {
  ...files,
  'c.go': `package main

// #include <stdlib.h>
// struct { const char *name; long number; } numbers[] = { { "one", 1 }, { "two", 2 } };
import "C"

func init() { C.srandom(C.uint(C.numbers[1].number)) }
`,
};

/** A small stripped program whose data is known. @param cgo with C code. @returns its path */
export async function dataProgram(cgo = false): Promise<string> {
  const sources = cgo ? filesOfC : files;
  const key = createHash('sha256').update(JSON.stringify(sources)).digest('hex').slice(0, 16);
  const directory = await cached(`ledger-data-${key}`, async (fresh) => {
    for (const [name, content] of Object.entries(sources)) {
      const file = path.join(fresh, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    await goCommand(
      ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', path.join(fresh, 'program'), '.'],
      {
        cwd: fresh,
        env: { CGO_ENABLED: cgo ? '1' : '0', GOFLAGS: '', GOWORK: 'off', GOARCH: '' },
      },
    );
  });
  return path.join(directory, 'program');
}
