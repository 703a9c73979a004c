import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { openDirectory } from '../../src/context/directory.ts';
import { compileIgnore } from '../../src/context/ignore.ts';
import { contextUnchanged, filesUnchanged, recordContext, recordFiles } from '../../src/context/record.ts';
import type { ContextRecord } from '../../src/context/record.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { entryOf, walk } from './support.ts';

let root: string;
let ctx: TestCtx;
const write = (name: string, text = name): void => {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
};
beforeEach(async () => {
  root = tempDir();
  ctx = testCtx();
  for (const name of ['a', 'b.log', 'src/x', 'src/deep/y', 'other/z']) write(name);
  symlinkSync('a', path.join(root, 'link'));
  await sleep(40);
});

/** A build that copies what `use` says. */
async function built(
  use: (tree: Awaited<ReturnType<typeof openDirectory>>) => Promise<unknown>,
): Promise<ContextRecord> {
  const tree = await openDirectory(ctx, root, { ignore: compileIgnore(['*.log', '.cache', '!.cache/keep']) });
  await use(tree);
  const record = await recordContext(ctx, tree);
  if (!record) throw new Error('nothing recorded');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it goes through JSON, as in the store
  return JSON.parse(JSON.stringify(record)) as ContextRecord;
}
const everything = async (): Promise<ContextRecord> =>
  built(async (tree) => {
    for (const entry of await walk(tree)) if (entry.type === 'file') await tree.digest(entry);
  });

describe('after a build that copied everything', () => {
  test('nothing changed', async () => {
    expect(contextUnchanged(await everything())).toBeUndefined();
  });

  test.each<[string, () => void, string]>([
    ['a file with other content', () => write('src/x', 'other'), 'src/x changed'],
    ['a file with another mode', () => chmodSync(path.join(root, 'a'), 0o755), 'a changed'],
    ['a directory with another mode', () => chmodSync(path.join(root, 'src'), 0o700), 'src changed'],
    ['a new file', () => write('src/deep/new'), 'src/deep/new is new'],
    ['a file that is gone', () => rmSync(path.join(root, 'other/z')), 'other/z is gone'],
    ['a directory that is gone', () => rmSync(path.join(root, 'other'), { recursive: true }), 'other'],
    [
      'a link that leads elsewhere',
      () => {
        unlinkSync(path.join(root, 'link'));
        symlinkSync('src', path.join(root, 'link'));
      },
      'link changed',
    ],
    [
      'a directory in place of a file',
      () => {
        unlinkSync(path.join(root, 'a'));
        mkdirSync(path.join(root, 'a'));
      },
      'a changed',
    ],
    ['a file that an exception brings back', () => write('.cache/keep'), '.cache'],
  ])('%s is found', async (_, change, expected) => {
    const record = await everything();
    change();
    expect(contextUnchanged(record)).toContain(expected);
  });

  test('what .dockerignore leaves out may come, change and go', async () => {
    const record = await everything();
    write('b.log', 'longer');
    write('c.log');
    rmSync(path.join(root, 'b.log'));
    expect(contextUnchanged(record)).toBeUndefined();
  });

  test('a file that came and went leaves no trace', async () => {
    const record = await everything();
    write('.a.swp');
    rmSync(path.join(root, '.a.swp'));
    expect(contextUnchanged(record)).toBeUndefined();
  });
});

describe('after a build that copied one file', () => {
  test('only that one counts', async () => {
    const record = await built(async (tree) => tree.digest(await entryOf(tree, 'src/x')));
    write('a', 'other');
    write('src/new');
    expect(contextUnchanged(record)).toBeUndefined();
    write('src/x', 'other');
    expect(contextUnchanged(record)).toBe('src/x changed');
  });

  test('found in a list, the others count by name alone', async () => {
    const record = await built(async (tree) => {
      const [first] = await tree.list('');
      if (first) await tree.digest(first);
    });
    write('other/z', 'other');
    expect(contextUnchanged(record)).toBeUndefined();
    write('new');
    expect(contextUnchanged(record)).toBe('new is new');
  });

  test('what was looked for in vain must stay away', async () => {
    const record = await built(async (tree) => tree.entry('go.sum'));
    expect(contextUnchanged(record)).toBeUndefined();
    write('go.sum');
    expect(contextUnchanged(record)).toBe('go.sum appeared');
  });
});

test('a file that was written while the build read it leaves nothing to say', async () => {
  const tree = await openDirectory(ctx, root);
  write('a', 'fresh');
  await tree.digest(await entryOf(tree, 'a'));
  write('a', 'later');
  expect(await recordContext(ctx, tree)).toBeUndefined();
});

test('a file that was written just before the build is looked at once more, then trusted', async () => {
  write('a', 'fresh');
  const tree = await openDirectory(ctx, root);
  await tree.digest(await entryOf(tree, 'a'));
  const record = await recordContext(ctx, tree);
  expect(record && contextUnchanged(record)).toBeUndefined();
  expect(record).toBeDefined();
});

test('a root that is gone, or a link that leads elsewhere', async () => {
  const record = await everything();
  renameSync(root, `${root}-moved`);
  try {
    expect(contextUnchanged(record)).toContain('ENOENT');
    symlinkSync(`${root}-moved`, root);
    expect(contextUnchanged(record)).toContain('leads elsewhere');
    unlinkSync(root);
  } finally {
    renameSync(`${root}-moved`, root);
  }
});

test('files beside the context', async () => {
  const dockerfile = path.join(root, 'Dockerfile');
  writeFileSync(dockerfile, 'FROM scratch\n');
  await sleep(40);
  const facts = recordFiles([dockerfile, `${dockerfile}.dockerignore`]);
  expect(filesUnchanged(facts)).toBeUndefined();
  writeFileSync(`${dockerfile}.dockerignore`, '');
  expect(filesUnchanged(facts)).toContain('appeared');
  writeFileSync(dockerfile, 'FROM scratch\n# \n');
  expect(filesUnchanged(facts)).toContain('Dockerfile changed');
  // Written within the tick: nobody can know the next time.
  expect(filesUnchanged(recordFiles([dockerfile]))).toContain('changed');
});
