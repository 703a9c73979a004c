import { chmodSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/core/exec.ts';
import { isRoot } from './support.ts';
import { as, homeOf } from '../run/people.ts';
import { findProgram } from '../components/program.ts';

interface Outcome {
  readonly index: readonly {
    readonly path: string;
    readonly xattrs?: Readonly<Record<string, readonly number[]>>;
  }[];
  readonly seen: string;
  readonly same: boolean;
  readonly warnings: readonly string[];
}

/** A build as an ordinary user who is root of a namespace. */
async function build(mode: 'single' | 'subids', overlay: 'auto' | 'never'): Promise<Outcome> {
  const home = homeOf(mode);
  chmodSync(path.dirname(home), 0o711);
  const map = mode === 'single' ? ['--map-root-user'] : ['--map-root-user', '--map-auto'];
  const script = path.join(import.meta.dirname, 'in-namespace.ts');
  const exit = await run(
    {
      argv: as(mode, [
        'unshare',
        '-U',
        ...map,
        process.execPath,
        '--no-warnings',
        script,
        home,
        mode,
        overlay,
      ]),
      env: { ...process.env, HOME: home },
      cwd: home,
    },
    new AbortController().signal,
  );
  if (exit.code !== 0) throw new Error(exit.stderr);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the script prints it
  return JSON.parse(exit.stdout) as Outcome;
}

describe.runIf(isRoot && findProgram('newuidmap') !== undefined).each([
  ['single', 'auto'],
  ['single', 'never'],
  ['subids', 'auto'],
  ['subids', 'never'],
] as const)('an ordinary user with ids %s, overlay %s', (mode, overlay) => {
  it('gets a layer of what the step did, with the owners that the base has', async () => {
    const { index, seen, same, warnings } = await build(mode, overlay);
    const at = (name: string): unknown => index.find((entry) => entry.path === name);
    expect(warnings).toEqual([]);
    expect(index.map((entry) => entry.path)).toEqual([
      'dev',
      'dev/tty',
      'dev/.wh.zero',
      'home',
      'home/far',
      'home/file',
      'home/.wh.gone',
      'old',
      'old/.wh..wh..opq',
      'old/y',
      'own',
      'ping',
      'pipe',
      'set',
    ]);
    expect(at('dev/tty')).toMatchObject({ type: 'char', major: 5, minor: 0, mode: 0o600, gid: 5 });
    expect(at('home')).toMatchObject({ uid: 1000, gid: 1000 });
    expect(at('home/file')).toMatchObject({ uid: 1000, gid: 100, mode: 0o640, size: 7 });
    expect(at('home/far')).toMatchObject({ uid: 200_000, gid: 200_000, mode: 0o600 });
    expect(at('old/y')).toMatchObject({ mtime: 1000000000.1234568, uid: 0 });
    expect(at('set')).toMatchObject({ mode: 0o6755 });
    expect(at('pipe')).toMatchObject({ type: 'fifo' });
    const xattrs = index.find((entry) => entry.path === 'ping')?.xattrs ?? {};
    expect(Object.keys(xattrs)).toEqual(['security.capability', 'trusted.x']);
    expect(xattrs['security.capability']?.slice(0, 8)).toEqual([1, 0, 0, 2, 0, 4, 0, 0]);
    expect(seen).toBe(
      './dev/tty\n./home/far\n./home/file\n./old/y\n./own\n./ping\n./set\n./su\nonetwo\ny\n4755\n',
    );
    expect(same).toBe(true);
  });
});
