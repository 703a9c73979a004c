import { expect, test } from 'vitest';
import { codeOnly, importNames, usesOf } from '../../../src/explain/costs/uses.ts';

const source = `package main

import "os"

// import "fmt"
import (
	"fmt" /* import other "fmt" */
	str "strings"
	_ "embed"
)

/* fmt.Println */
const text = \`fmt.Println // no comment\`

func main() {
	fmt.Println("fmt.Sprint", '"', str.ToUpper(text)) // fmt.Print
	my.fmt.Print()
	fmt.
		Fprint(os.Stdout)
}
`;
const code = codeOnly(source);

test('imports are found under the name the file gives them', () => {
  expect(importNames(code, 'fmt', 'fmt')).toEqual(['fmt']);
  expect(importNames(code, 'strings', 'strings')).toEqual(['str']);
  expect(importNames(code, 'embed', 'embed')).toEqual(['_']);
  expect(importNames(code, 'os', 'os')).toEqual(['os']);
  expect(importNames(code, 'io', 'io')).toEqual([]);
  expect(importNames(codeOnly('package a\nimport . "math/rand/v2"\n'), 'math/rand/v2', 'rand')).toEqual([
    '.',
  ]);
});

test('uses are those in code, not in comments, strings or fields of other things', () => {
  expect(usesOf(code, 'fmt')).toEqual([
    { name: 'Println', line: 16 },
    { name: 'Fprint', line: 18 },
  ]);
  expect(usesOf(code, 'str')).toEqual([{ name: 'ToUpper', line: 16 }]);
});
