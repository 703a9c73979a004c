import path from 'node:path';
import { expect, test } from 'vitest';
import { explainSource } from '../../../src/explain/costs/source.ts';
import type { Advice } from '../../../src/explain/types.ts';
import { hostGo, writeFiles } from '../../golang/go-project.ts';
import { fileProxy } from '../../golang/support/file-proxy.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';
import { goModHere } from './program.ts';

/** Advice on a program that hands a value to a module of the module cache, which nobody may write to. */
async function adviceWith(look: string): Promise<Advice | undefined> {
  const directory = tempDir();
  const GOPROXY = fileProxy(path.join(directory, 'proxy'), {
    'example.com/look@v1.0.0': { 'go.mod': goModHere('example.com/look'), 'look.go': look },
  });
  const app = writeFiles(path.join(directory, 'app'), {
    'go.mod': goModHere('example.com/app', '\nrequire example.com/look v1.0.0\n'),
    'main.go': `package main

import (
	"os"
	"time"

	"example.com/look"
)

type Clock struct{}

func (Clock) Methods() string { return "" }

func (Clock) Unused() string { return time.Now().Format(time.RFC1123) }

func main() { println(look.Has(Clock{}, os.Args[0])) }
`,
  });
  const GOMODCACHE = path.join(directory, 'cache');
  const env = { GOPROXY, GOMODCACHE, GONOSUMDB: '*', GOFLAGS: '-mod=mod', GOWORK: 'off' };
  const { costs } = await explainSource(testCtx({ env }), app);
  return costs?.advice.find(({ what }) => what.startsWith('reflection'));
}

test('look-ups in a module of the cache are measured on a copy of it', async () => {
  const found = await adviceWith(`package look

import "reflect"

func Has(value any, name string) bool { return reflect.ValueOf(value).MethodByName(name).IsValid() }
`);
  expect(found?.because.slice(0, 2)).toEqual([
    'example.com/look.Has looks methods up by name: main.main -> example.com/look.Has',
    'example.com/look is imported by example.com/app',
  ]);
  expect(found?.measured).toBe(true);
  expect(found?.saves).toBeGreaterThan(10_000);
});

test('a look-up that cannot be taken out is named, and nothing is said to be measured', async () => {
  const found = await adviceWith(`package look

import "reflect"

func Has(value any, _ string) bool {
	found := reflect.TypeOf(value)
	return found.NumMethod() > 1 && found.Method(1).Func.IsValid()
}
`);
  expect(found?.because[0]).toContain('example.com/look.Has looks methods up by name: main.main -> ');
  expect(found?.because.at(-1)).toContain('could not be measured');
  expect(found).toMatchObject({ measured: false });
  expect(found?.saves).toBeUndefined();
});

/** A look-up of a name that the compiler knows keeps only methods of that name; in Go 1.26 reflect.Value itself has one of them. */
const iterators = Number(hostGo().version.split('.')[1]) === 26;

test.runIf(iterators)(
  'who asks for methods named Methods keeps all of them in Go 1.26, and is found',
  async () => {
    const found = await adviceWith(`package look

import (
	"fmt"
	"reflect"
)

func Has(value any, _ string) bool {
	fmt.Println(reflect.ValueOf(value))
	return reflect.ValueOf(value).MethodByName("Methods").IsValid()
}
`);
    expect(found?.because.join('\\n')).toContain('example.com/look asks for methods named Methods');
    expect(found?.measured).toBe(true);
    expect(found?.saves).toBeGreaterThan(10_000);
  },
);
