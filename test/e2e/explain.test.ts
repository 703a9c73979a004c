/** `explain` and `diff` as a user types them, on a real program that is built, and then grows. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, expect, it } from 'vitest';
import { goCommand, hasGo } from '../components/go.ts';
import { describeWith } from '../components/program.ts';
import { sharedTempDir } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { coracle, coracleOk, repository } from './coracle.ts';
import { failsWith, write } from './tiny.ts';

const { directory: root, remove } = sharedTempDir();
const home = path.join(root, 'home');
const source = path.join(root, 'source');
const at = { cwd: root, env: { CORACLE_HOME: home } };
const ok = async (...args: string[]): Promise<string> => coracleOk(args, at);
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });

/** A program of two modules: the second is big for what it does. */
function project(uses: 'little' | 'much'): string {
  return write(source, {
    'go.mod':
      'module example.com/shop\n\ngo 1.20\n\nrequire example.com/dep v1.0.0\n\nreplace example.com/dep => ./dep\n',
    'main.go': `package main\n\nimport "example.com/dep"\n\nfunc main() { println(dep.${uses === 'much' ? 'Much' : 'Little'}()) }\n`,
    'dep/go.mod': 'module example.com/dep\n\ngo 1.20\n',
    'dep/dep.go': `package dep

import (
	"encoding/json"
	"os"
)

// Little does little.
func Little() string { return os.Args[0] }

// Much does much.
func Much() string {
	text, _ := json.Marshal(os.Environ())
	return string(text)
}
`,
    'coracle.yaml': 'image: shop\nbudget: image<1kB\n',
  });
}

async function document<T extends object = object>(
  schema: string,
  ...args: string[]
): Promise<T & { readonly schema: string }> {
  const value = parseJson<T & { readonly schema: string }>((await coracle([...args, '--json'], at)).stdout);
  expect(value.schema).toBe(`coracle.${schema}/v1`);
  const file = path.join(repository, 'docs', 'schemas', `${schema}.schema.json`);
  const valid = ajv.compile(parseJson<object>(readFileSync(file, 'utf8')));
  expect(valid(value) || valid.errors).toBe(true);
  return value;
}

beforeAll(async () => {
  project('little');
  await ok('build', source, '-t', 'shop:1');
  await goCommand(['build', '-o', path.join(root, 'server'), '.'], { cwd: source });
  return remove;
});

describeWith([hasGo], 'explain', () => {
  it('says of an image which layer, file, module and package put its bytes there', async () => {
    const text = await ok('explain', 'shop:1');
    expect(text).toMatch(
      /^shop:1: image for linux\/\w+, [\d.]+ [kM]B\n size +[\d,]+ B to pull, [\d,]+ B unpacked: /,
    );
    expect(text).toContain('Program /app/shop');
    expect(text).toMatch(/\d B +100% +the file/);
    expect(text).toMatch(/ +example\.com\/dep/);
    expect(text).not.toContain('\u001B');
    const shown = await document('explain', 'explain', 'shop:1');
    expect(shown).toMatchObject({ kind: 'image', source: 'shop:1', problems: [] });
  });

  it('accounts for a program to the byte, stripped or not', async () => {
    interface Program {
      size: number;
      sums: { shares: Record<string, number>; modules: { path: string }[] };
      ledger: { rows: { bytes: number }[] };
    }
    await ok('explain', 'shop:1', '--extract', '/app/shop=stripped');
    for (const file of ['server', 'stripped']) {
      const shown = await document<Program>('explain', 'explain', `./${file}`);
      expect(shown.size).toBe(readFileSync(path.join(root, file)).length);
      expect(shown.ledger.rows.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(shown.size);
      expect(Object.values(shown.sums.shares).reduce((sum, bytes) => sum + bytes, 0)).toBe(shown.size);
      expect(shown.sums.modules.map((each) => each.path).sort()).toEqual([
        'example.com/dep',
        'example.com/shop',
      ]);
    }
  });

  it('says of source what imports cost, and why a package is in it', async () => {
    const text = await ok('explain', source, '--no-measure');
    expect(text).toContain('What an import costs');
    const why = await document('why', 'explain', source, '--why', 'example.com/dep');
    expect(why).toMatchObject({ kind: 'module', chains: [['example.com/shop', 'example.com/dep']] });
    expect(await ok('explain', './server', '--source', source, '--no-measure')).toContain(
      'What an import costs',
    );
    await failsWith('USAGE', ['explain', '--why', 'example.com/dep', './server'], { ...at, home });
  });

  it('prints Markdown, a Dockerfile and files of the inside', async () => {
    expect(await ok('explain', '--markdown', 'shop:1')).toMatch(/^## shop:1: image for [^]*\n\| --: \| /);
    expect(await ok('explain', '--dockerfile', 'shop:1')).toMatch(/^# Reconstructed/);
    const program = await coracle(['explain', 'shop:1', '--cat', '/app/shop'], at);
    expect(program.stdout.startsWith('\u007FELF')).toBe(true);
    await failsWith('NOT_FOUND', ['explain', 'shop:1', '--cat', '/app/none'], { ...at, home });
  });

  it('refuses what makes no sense', async () => {
    for (const args of [
      ['explain'],
      ['explain', 'shop:1', '--budget', 'image<lots'],
      ['explain', 'shop:1', '--budget', 'module<1MB', '--no-binaries'],
      ['explain', 'shop:1', '--top', 'many'],
      ['explain', 'shop:1', '--extract', 'nowhere'],
      ['explain', './server', '--dockerfile'],
    ]) {
      await failsWith('USAGE', args, { ...at, home });
    }
    await failsWith('NOT_FOUND', ['explain', './nothing'], { ...at, home });
  });
});

describeWith([hasGo], 'growing', () => {
  let grown = '';
  beforeAll(async () => {
    project('much');
    await ok('build', source, '-t', 'shop:2');
    grown = await ok('diff', 'shop:1', 'shop:2');
  });

  it('is told by diff: how much, and by which change', async () => {
    expect(grown).toMatch(/^shop:2 is [\d.]+ kB bigger than shop:1/);
    expect(grown).toMatch(
      /\+[\d.]+ kB +standard library: more of it is in \/app\/shop\n +mostly [^]*encoding\/json/,
    );
    expect(grown).toMatch(/\+[\d.]+ k?B +module example\.com\/dep: more of it is in the program/);
    expect(await document('diff', 'diff', 'shop:1', 'shop:2')).toMatchObject({
      programs: [{ state: 'changed' }],
    });
    expect(await ok('diff', '--markdown', 'shop:1', 'shop:2')).toMatch(/^### shop:2 is [^]*<details>/);
    expect(await ok('diff', 'shop:1', 'shop:1')).toContain('Nothing differs');
  });

  it('breaks a budget, which says since when; within it, nothing', async () => {
    const limit = ['--budget', 'package:encoding/json<20kB, layers<10'];
    expect((await coracle(['explain', 'shop:1', ...limit], at)).code).toBe(0);
    const broken = await coracle(['explain', 'shop:2', '-q', ...limit], at);
    expect(broken.code).toBe(1);
    expect(broken.stdout).toMatch(
      /^Budget: 1 limit broken\n[^]* broken +[\d.]+ kB +package:encoding\/json<20kB\n/,
    );
    expect(broken.stdout).toContain('kept it');
    expect(broken.stdout).toMatch(/what grew: \+[\d.]+ kB standard library: more of it is in \/app\/shop/);
    const against = await coracle(['explain', 'shop:2', '-q', ...limit, '--against', 'shop:1'], at);
    expect(against.stdout).toContain('kept it');
    const shown = await coracle(['explain', 'shop:2', ...limit, '--json'], at);
    expect(shown.code).toBe(1);
    expect(parseJson(shown.stdout)).toMatchObject({
      budget: [{ state: 'broken', broken: 1 }, { state: 'kept' }],
    });
  });

  it('breaks the budget of coracle.yaml, which holds for its own image only', async () => {
    const own = { ...at, cwd: source };
    expect((await coracle(['explain', 'shop:2', '-q'], own)).code).toBe(1);
    expect((await coracle(['explain', 'shop:2', '-q'], at)).code).toBe(0);
    await ok('tag', 'shop:2', 'other:1');
    expect((await coracle(['explain', 'other:1', '-q'], own)).code).toBe(0);
  });
});
