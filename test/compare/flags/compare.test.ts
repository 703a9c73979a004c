import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { compareFlags } from '../../../src/compare/flags/compare.ts';
import type { FlagsComparison, OptionName, OptionResult } from '../../../src/compare/flags/types.ts';
import { planChange, writeChange } from '../../../src/compare/flags/write.ts';
import { compareRequest } from '../../../src/compare/request.ts';
import { flagsDocument, flagsReport } from '../../../src/render/compare-flags.ts';
import { markdownReport } from '../../../src/render/explain/markdown.ts';
import { plainReport } from '../../../src/render/explain/plain.ts';
import { documentSchema } from '../../../src/render/schemas.ts';
import { styleFor } from '../../../src/render/style.ts';
import { goMod, hostGo, which, writeFiles } from '../../golang/go-project.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';

/** The host's Go is what such a program takes: nothing is fetched. */
function project(files: Readonly<Record<string, string>>): string {
  const mod = goMod('example.com/app').replace('go 1.21', `go ${hostGo().version}`);
  return writeFiles(tempDir(), { 'go.mod': mod, ...files });
}

async function compare(directory: string, only: OptionName[]): Promise<FlagsComparison> {
  const ctx = testCtx({ cwd: directory, env: { GOFLAGS: '' } });
  return compareFlags(ctx, { compare: await compareRequest(ctx, '.'), only, longest: 300 });
}

function named(comparison: FlagsComparison, name: OptionName): OptionResult {
  const found = comparison.options.find((option) => option.name === name);
  if (!found) throw new Error(name);
  return found;
}

function has(program: string): boolean {
  try {
    return which(program) !== '';
  } catch {
    return false;
  }
}

const fib =
  'package main\n\nfunc fib(n int) int {\n\tif n < 2 {\n\t\treturn n\n\t}\n\treturn fib(n-1) + fib(n-2)\n}\n\nfunc main() { println(fib(3)) }\n';
const bench =
  'package main\n\nimport "testing"\n\nfunc BenchmarkFib(b *testing.B) {\n\tfor i := 0; i < b.N; i++ {\n\t\tfib(12)\n\t}\n}\n\nfunc BenchmarkNot(b *testing.B) { b.Skip() }\n';

function holdsItsForm(comparison: FlagsComparison): void {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  const valid = ajv.compile(documentSchema('compare-flags'));
  valid(JSON.parse(JSON.stringify(flagsDocument(comparison))));
  expect(valid.errors).toBeNull();
}

test('a program with benchmarks: sizes, their speed, winners into the configuration', async () => {
  const directory = project({
    ...{ 'main.go': fib, 'main_test.go': bench },
    'coracle.yaml': '# kept\ngo:\n  strip: false # so far\n',
  });
  const comparison = await compare(directory, ['strip', 'c-size']);
  holdsItsForm(comparison);
  expect(comparison.speed).toMatchObject({
    kind: 'benchmarks',
    benchmarks: 1,
    packages: ['example.com/app'],
  });
  const strip = named(comparison, 'strip');
  expect('value' in strip.saved && strip.saved.value).toBeGreaterThan(100_000);
  expect(named(comparison, 'c-size').skipped).toContain('no C');
  expect(comparison.winners.map(({ name }) => name)).toContain('strip');
  expect(comparison.together?.of).toContain('strip');

  const text = plainReport(flagsReport(comparison), { style: styleFor(false), columns: 80 });
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(text).toContain("strip: -ldflags='-s -w'");
  expect(markdownReport(flagsReport(comparison))).toContain('| program | change |');

  const ctx = testCtx({ cwd: directory });
  const change = await planChange(ctx, { compare: await compareRequest(ctx, '.') }, comparison);
  expect(change.diff).toEqual([' # kept', ' go:', '-  strip: false # so far', '+  strip: true # so far']);
  await writeChange(ctx, change);
  const file = path.join(directory, 'coracle.yaml');
  expect(readFileSync(file, 'utf8')).toBe('# kept\ngo:\n  strip: true # so far\n');
  // Written again from what was read before: somebody else's change would be lost.
  writeFileSync(file, '# other\n');
  await expect(writeChange(ctx, change)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(readFileSync(file, 'utf8')).toBe('# other\n');
});

describe.runIf(has('gcc') && has('musl-gcc'))('a program with C', () => {
  test('the C side is measured too, and what cannot be built is a result', async () => {
    const unused = Array.from(
      { length: 200 },
      (_, at) => `int unused${at}(int a) { return a * ${at} + ${at}; }`,
    );
    const directory = project({
      'main.go': 'package main\n\n// int answer(int);\nimport "C"\n\nfunc main() { println(C.answer(42)) }\n',
      'answer.c': `int answer(int a) { return a; }\n${unused.join('\n')}\n`,
    });
    const ctx = testCtx({ cwd: directory, env: { GOFLAGS: '' } });
    const only: OptionName[] = ['cgo-off', 'static-musl', 'c-sections'];
    const request = { compare: await compareRequest(ctx, '.'), only, sizeOnly: true };
    const comparison = await compareFlags(ctx, request);
    holdsItsForm(comparison);
    expect(comparison.cgo).toBe(true);
    expect(named(comparison, 'cgo-off').refusal?.cause).toContain('cannot build');
    expect(named(comparison, 'static-musl').needs).toBeUndefined();
    expect(comparison.baseline.needs?.libraries).toContain('libc.so.6');
    const sections = named(comparison, 'c-sections');
    expect('value' in sections.saved && sections.saved.value).toBeGreaterThan(2000);
    // It saves, but what it costs was not measured.
    expect(comparison.winners).toEqual([]);
    expect(comparison.speed.kind).toBe('none');
  });
});
