import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constraintHolds, nameMatches } from '../../src/golang/build-constraint.ts';
import type { BuildContext } from '../../src/golang/build-constraint.ts';
import { headerHash, readHeader } from '../../src/golang/go-header.ts';

const source = `// Copyright

//go:build linux && amd64

/* Package
main */
package main // the program

import "fmt"
import (
	"os"; _ "embed"
	. "strings" // all of it
	x \`example.com/x\`
)

//go:embed static/*
var files string

func main() { fmt.Println(os.Args, "import \\"no\\"") }
`;

describe('readHeader', () => {
  test('finds constraint, package clause and the end of the imports', () => {
    const header = readHeader(source);
    expect(header.package).toBe('main');
    expect(header.directives).toEqual(['//go:build linux && amd64']);
    expect(source.slice(0, header.end)).toMatch(/example\.com\/x`\n\)$/);
  });

  test('is not misled by words in comments and strings', () => {
    expect(readHeader('/*\npackage a\n*/ package b; import "c"').package).toBe('b');
    expect(readHeader('// package a\n').package).toBeUndefined();
    expect(readHeader('\uFEFFpackage ä\n').package).toBe('ä');
    expect(readHeader('package a\nvar importer = 1').end).toBe('package a'.length);
  });

  test('an import that the text ends in did not end behind it', () => {
    expect(readHeader('package a;import').end).toBe('package a;import'.length);
  });

  test('ends on any text', () => {
    assert(
      property(
        array(
          constantFrom(
            'package a',
            'import',
            '(',
            ')',
            '"',
            '`',
            '/*',
            '*/',
            '//',
            '\n',
            ' x ',
            ';',
            '\0',
            'ä',
          ),
        ),
        (parts) => {
          const text = parts.join('');
          const { end } = readHeader(text);
          expect(end).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(text.length);
          expect(headerHash(text)).toHaveLength(22);
        },
      ),
    );
  });
});

describe('headerHash', () => {
  test.each([
    ['a body', source.replace('os.Args', 'os.Args[0]'), true],
    ['a comment below the imports', source.replace('func main', '// new\nfunc main'), true],
    ['an import', source.replace('"os"', '"io"'), false],
    ['a constraint', source.replace('amd64', 'arm64'), false],
    ['the package', source.replace('package main', 'package other'), false],
    ['an embed pattern', source.replace('static/*', 'static/a'), false],
    ['a second embed pattern', `${source}\n//go:embed more\nvar more string\n`, false],
    ['an import more', source.replace('import "fmt"', 'import "fmt"\nimport "C"'), false],
  ])('stays or not when this changes: %s', (_, text, same) => {
    expect(headerHash(text) === headerHash(source)).toBe(same);
  });
});

const context: BuildContext = { architecture: 'arm64', cgo: 'off', tags: ['prod'], goVersion: '1.22.3' };

test.each([
  ['x.go', true],
  ['linux.go', true],
  ['x_linux.go', true],
  ['x_windows.go', false],
  ['x_arm64.go', true],
  ['x_amd64.go', false],
  ['x_linux_arm64.go', true],
  ['x_windows_arm64.go', false],
  ['x_linux_test.go', false],
  ['x_other_arm64.go', true],
  ['x_unix.go', true],
  ['_x.go', false],
  ['.x.go', false],
])('the name %s belongs to the build: %s', (name, expected) => {
  expect(nameMatches(name, context)).toBe(expected);
});

test.each([
  ['//go:build linux', true],
  ['//go:build !linux', false],
  ['//go:build unix && (amd64 || arm64) && !cgo', true],
  ['//go:build ignore', false],
  ['//go:build prod', true],
  ['//go:build go1.22', true],
  ['//go:build go1.23', false],
  ['//go:build !(a || prod)', false],
  ['// +build windows linux,arm64', true],
  ['// +build !linux', false],
  ['// +build windows', false],
])('%s holds: %s', (line, expected) => {
  expect(constraintHolds([line], context)).toBe(expected);
});

test('every +build line must hold, and a go:build line replaces them', () => {
  expect(constraintHolds(['// +build linux', '// +build amd64'], context)).toBe(false);
  expect(constraintHolds(['//go:build linux', '// +build amd64'], context)).toBe(true);
  expect(constraintHolds([], context)).toBe(true);
});
