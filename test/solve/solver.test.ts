import { expect, test } from 'vitest';
import { ToolError } from '../../src/core/errors.ts';
import type { FileAction, Vertex } from '../../src/solve/graph.ts';
import { fileEngine } from '../../src/solve/engines/file.ts';
import { goEngine } from '../../src/solve/engines/go.ts';
import { mergeEngine } from '../../src/solve/engines/merge.ts';
import { createSolver } from '../../src/solve/solver.ts';
import type { SomeEngines } from '../../src/solve/solver.ts';
import { openStore } from '../../src/store/store.ts';
import { promises as fs } from 'node:fs';
import { tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';

const none = { key: async () => undefined, run: async () => ({ layers: [] }) };

async function solverFor(ctx: TestCtx, directory: string, noCache = false) {
  const store = await openStore(ctx);
  const engines: SomeEngines = {
    go: goEngine(directory),
    file: fileEngine(store, { compression: { kind: 'gzip' }, mediaTypes: 'oci' }),
    merge: mergeEngine,
    source: none,
  };
  return { store, solver: createSolver(ctx, store, engines, { noCache }) };
}

function text(path: string, content: string): FileAction {
  const bytes = Buffer.from(content);
  const entry = { path, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, size: bytes.length } as const;
  return {
    kind: 'entries',
    key: `${path} ${content}`,
    entries: async () => [
      {
        ...entry,
        content: async function* () {
          yield bytes;
        },
      },
    ],
  };
}

const file = (...actions: FileAction[]): Vertex => ({
  name: 'files',
  inputs: [],
  op: { kind: 'file', actions },
});

function program(content: string, compiled: string[] = []): Vertex {
  return {
    name: 'compile',
    inputs: [],
    op: {
      kind: 'go',
      package: 'example.com/x',
      platform: { os: 'linux', architecture: 'amd64' },
      compile: async (output) => {
        compiled.push(output);
        await fs.writeFile(output, content);
      },
    },
  };
}

const states = (ctx: TestCtx) =>
  ctx.events.flatMap((event) => (event.kind === 'step' ? [`${event.name} ${event.state}`] : []));

test('a vertex that two others need runs once', async () => {
  const ctx = testCtx();
  const { solver } = await solverFor(ctx, tempDir());
  const compiled: string[] = [];
  const go = program('binary', compiled);
  const copy = (to: string): Vertex => ({
    inputs: [go],
    op: { kind: 'file', actions: [{ kind: 'copy', input: 0, to, mode: 0o755, mtime: 1 }] },
  });
  const merged = await solver.solve({ inputs: [copy('a'), copy('b')], op: { kind: 'merge' } });
  expect(compiled).toHaveLength(1);
  expect(merged.layers).toHaveLength(2);
});

test('the same content is found again by another solver, and other content is not', async () => {
  const ctx = testCtx();
  const first = await solverFor(ctx, tempDir());
  const [layer] = (await first.solver.solve(file(text('a', 'one')))).layers;
  const second = await solverFor(ctx, tempDir());
  const [again] = (await second.solver.solve(file(text('a', 'one')))).layers;
  const [other] = (await second.solver.solve(file(text('a', 'two')))).layers;
  expect(again).toEqual({ ...layer, reused: true });
  expect(other?.blob?.descriptor.digest).not.toBe(layer?.blob?.descriptor.digest);
  expect(states(ctx)).toEqual([
    'files started',
    'files done',
    'files started',
    'files cached',
    'files started',
    'files done',
  ]);
});

test('a cached layer whose blob was removed is made again', async () => {
  const ctx = testCtx();
  const { store, solver } = await solverFor(ctx, tempDir());
  const [layer] = (await solver.solve(file(text('a', 'one')))).layers;
  await store.blobs.remove(layer?.blob?.descriptor.digest ?? 'sha256:');
  const [again] = (await (await solverFor(ctx, tempDir())).solver.solve(file(text('a', 'one')))).layers;
  expect(again).toEqual(layer);
  expect(await store.blobs.has(layer?.blob?.descriptor.digest ?? 'sha256:')).toBe(
    layer?.blob?.descriptor.size,
  );
});

test('without the cache nothing is looked up', async () => {
  const ctx = testCtx();
  await (await solverFor(ctx, tempDir())).solver.solve(file(text('a', 'one')));
  const [again] = (await (await solverFor(ctx, tempDir(), true)).solver.solve(file(text('a', 'one')))).layers;
  expect(again?.reused).toBe(false);
});

test('a program that changed is another layer under the same path', async () => {
  const ctx = testCtx();
  const digests = [];
  for (const content of ['one', 'two', 'one']) {
    const { solver } = await solverFor(ctx, tempDir());
    const vertex: Vertex = {
      inputs: [program(content)],
      op: { kind: 'file', actions: [{ kind: 'copy', input: 0, to: 'app/x', mode: 0o755, mtime: 0 }] },
    };
    digests.push((await solver.solve(vertex)).layers[0]?.blob?.descriptor.digest);
  }
  expect(digests[0]).toBe(digests[2]);
  expect(digests[0]).not.toBe(digests[1]);
});

test('a step that fails is shown as failed, and what needs it does not run', async () => {
  const ctx = testCtx();
  const { solver } = await solverFor(ctx, tempDir());
  const broken: Vertex = {
    ...program(''),
    op: {
      kind: 'go',
      package: 'x',
      platform: { os: 'linux', architecture: 'amd64' },
      compile: async () => Promise.reject(new ToolError('GO_COMPILE', 'no')),
    },
  };
  const needs: Vertex = { name: 'layer', inputs: [broken], op: { kind: 'file', actions: [] } };
  await expect(solver.solve(needs)).rejects.toMatchObject({ code: 'GO_COMPILE' });
  expect(states(ctx)).toEqual(['compile started', 'compile failed']);
});
