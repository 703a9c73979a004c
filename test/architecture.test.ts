import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const src = path.join(import.meta.dirname, '../src');

/**
 * The house: which rooms a room may import from, besides itself. Floors from the ground up; see docs/architecture.md. An edge that
 * is not in this table is a wall.
 */
const allowed: Record<string, readonly string[]> = {
  // 0 ground
  core: [],
  // 1 matter
  oci: ['core'],
  layer: ['core', 'oci'],
  store: ['core', 'oci'],
  archive: ['core', 'oci', 'layer'],
  registry: ['core', 'oci', 'store'],
  // 2 engines
  golang: ['core', 'oci', 'layer'],
  base: ['core', 'oci', 'layer', 'golang'],
  snapshot: ['core', 'oci', 'layer', 'store'],
  context: ['core', 'oci', 'layer', 'store', 'snapshot'],
  sandbox: ['core', 'oci'],
  solve: ['core', 'oci', 'layer', 'store', 'snapshot', 'sandbox'],
  dockerfile: ['core', 'oci', 'sandbox', 'solve'],
  remote: ['core'],
  proxy: ['core'],
  // 3 workflows
  config: ['core', 'oci', 'layer', 'build', 'bases'],
  host: ['core', 'store', 'registry', 'golang', 'sandbox'],
  build: [
    ...['core', 'oci', 'layer', 'store', 'archive', 'registry'],
    ...['golang', 'base', 'solve', 'snapshot', 'context', 'sandbox', 'dockerfile', 'config', 'bases'],
  ],
  bases: [
    ...['core', 'oci', 'layer', 'store', 'golang', 'base', 'snapshot', 'sandbox', 'solve', 'images', 'run'],
  ],
  run: ['core', 'oci', 'store', 'snapshot', 'sandbox', 'solve', 'images'],
  images: ['core', 'oci', 'store', 'archive', 'registry'],
  explain: ['core', 'oci', 'layer', 'store', 'archive', 'golang', 'config', 'build', 'images'],
  compare: [
    ...['core', 'oci', 'layer', 'store', 'golang', 'snapshot', 'sandbox', 'solve'],
    ...['config', 'build', 'bases', 'run', 'images', 'explain'],
  ],
  deploy: [
    ...['core', 'oci', 'store', 'registry', 'golang', 'remote', 'proxy'],
    ...['config', 'build', 'bases', 'images'],
  ],
  ship: ['core', 'oci', 'store', 'golang', 'config', 'build', 'images', 'explain', 'deploy'],
  compose: ['core', 'config', 'deploy'],
  ci: ['core', 'config'],
  // 4 doors
  render: [
    ...['core', 'golang', 'build', 'images', 'host', 'explain', 'bases', 'compare'],
    ...['config', 'compose', 'deploy', 'ship', 'ci'],
  ],
  view: ['core', 'golang', 'explain', 'render'],
  page: ['core', 'golang', 'explain', 'compare', 'render'],
  cli: [
    ...[
      'core',
      'oci',
      'sandbox',
      'registry',
      'golang',
      'config',
      'host',
      'build',
      'images',
      'run',
      'explain',
      'bases',
      'compare',
    ],
    ...['store', 'compose', 'deploy', 'ship', 'ci'],
    ...['render', 'view', 'page'],
  ],
  index: ['core', 'golang', 'build'],
};

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly file: string;
}

function edges(): Edge[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((file) => {
    const text = readFileSync(path.join(src, file), 'utf8');
    const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '');
    return imports.map((target) => ({
      from: roomOf(file),
      to: roomOf(path.join(path.dirname(file), target)),
      file,
    }));
  });
}

function roomOf(file: string): string {
  const [first = ''] = file.split(path.sep);
  return first.endsWith('.ts') ? first.slice(0, -3) : first;
}

test('a room imports only from the rooms that the table allows', () => {
  const found = edges();
  expect(found.length).toBeGreaterThan(100);
  const broken = found.filter(({ from, to }) => from !== to && !allowed[from]?.includes(to));
  expect(broken.map(({ file, to }) => `${file} -> ${to}`)).toEqual([]);
});

test('the table has no edge that nobody uses', () => {
  const used = new Set(edges().map(({ from, to }) => `${from} -> ${to}`));
  const unused = Object.entries(allowed).flatMap(([from, rooms]) =>
    rooms.map((to) => `${from} -> ${to}`).filter((edge) => !used.has(edge)),
  );
  expect(unused).toEqual([]);
});

test('child processes are started in one file, HTTP spoken in one', () => {
  const users = (module: string): string[] =>
    readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .filter((name) =>
        new RegExp(`(from|import\\()\\s*'node:${module}'`).test(readFileSync(path.join(src, name), 'utf8')),
      );
  expect(users('child_process')).toEqual(['core/exec.ts']);
  expect(users('https')).toEqual(['core/agents.ts']);
});
