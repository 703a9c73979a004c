import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cached } from '../../components/cache.ts';
import { goCommand } from '../../components/go.ts';
import { findFunctionTable } from './tables.ts';

/** Small, but with what a ledger looks for: types, an interface, a generic function, an embedded file, a map, a closure. */
const source = `package main

import _ "embed"

//go:embed note.txt
var note []byte

type named struct{ name string; parts map[string]int }

func (n *named) Name() string { return n.name }

type namer interface{ Name() string }

func largest[T int | string](values ...T) (found T) {
	for _, value := range values {
		if value > found {
			found = value
		}
	}
	return found
}

func main() {
	all := []namer{&named{"a", nil}, &named{string(note), map[string]int{"x": 1}}}
	for _, one := range all {
		defer func() { println(one.Name(), largest(1, 2), largest("a", one.Name())) }()
	}
}
`;

/** A small program for processors of Linux, with debug data and symbols or without, compiled once. @returns files */
export async function fuzzSubjects(
  processors: readonly string[],
  links: readonly ('stripped' | 'symbols')[],
): Promise<readonly string[]> {
  const files: string[] = [];
  for (const processor of processors)
    for (const link of links) {
      const directory = await cached(`fuzz-subject-1-${processor}-${link}`, async (fresh) => {
        mkdirSync(path.join(fresh, 'src'));
        for (const [name, text] of Object.entries({
          'go.mod': 'module example.com/fuzz\n\ngo 1.22\n',
          'main.go': source,
          'note.txt': 'a note that is embedded\n',
        }))
          writeFileSync(path.join(fresh, 'src', name), text);
        const flags = ['-trimpath', '-buildvcs=false', ...(link === 'stripped' ? ['-ldflags=-s -w'] : [])];
        await goCommand(['build', ...flags, '-o', path.join(fresh, 'program'), '.'], {
          cwd: path.join(fresh, 'src'),
          env: { CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off', GOOS: 'linux', GOARCH: processor },
        });
      });
      files.push(path.join(directory, 'program'));
    }
  return files;
}

/** The same programs with the count in the header of the function table lowered to a hundred, so that they are read in a tenth of the time. */
export function withFewerFunctions(directory: string, files: readonly string[]): readonly string[] {
  return files.map((file, index) => {
    const bytes = readFileSync(file);
    const { header, numbers } = findFunctionTable(bytes);
    bytes.fill(0, header + 8, header + (numbers.wide ? 16 : 12));
    const count = header + 8 + (bytes[5] === 1 ? 0 : numbers.wide ? 7 : 3);
    bytes[count] = 100;
    const fewer = path.join(directory, `fewer-${index}`);
    writeFileSync(fewer, bytes);
    return fewer;
  });
}
