import { promises as fs } from 'node:fs';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openIndex } from '../../../src/base/debian/index.ts';
import { makeDeb } from '../../components/deb.ts';
import { startDebianMirror } from '../../components/debian-mirror.ts';
import type { DebianMirror, MirrorOptions } from '../../components/debian-mirror.ts';
import { containing } from '../../support/containing.ts';
import { testCtx } from '../../support/ctx.ts';

const packagesPath = 'main/binary-amd64/Packages';

/** A mirror for one test. */
async function withMirror(
  options: MirrorOptions,
  work: (mirror: DebianMirror) => Promise<void>,
): Promise<void> {
  const mirror = await startDebianMirror(options);
  try {
    await work(mirror);
  } finally {
    await mirror.stop();
  }
}

/** Where the mirror keeps the packed Packages file of the release. */
function byHash(mirror: DebianMirror): string {
  return [...mirror.files.keys()].find((name) => /\/trixie\/main.*by-hash/.test(name)) ?? '';
}

const tool = makeDeb({ Package: 'tool', Version: '1.0', Provides: 'gadget, widget (= 3)' });

let still: DebianMirror;
beforeAll(async () => {
  still = await startDebianMirror({
    packages: [
      tool,
      makeDeb({ Package: 'tool-extra' }),
      makeDeb({ Package: 'a' }),
      makeDeb({ Package: 'zz' }),
    ],
    updates: [makeDeb({ Package: 'tool', Version: '1.2' })],
    security: [makeDeb({ Package: 'tool', Version: '1.10', Source: 'tool-source (1.9)' })],
  });
});
afterAll(async () => still.stop());

test('an index holds the packages of a release, its updates and its security updates, newest first', async () => {
  const index = await openIndex(testCtx(), still.source(), { keys: still.keys });
  expect(index.versions('tool').map(({ version, suite }) => [version, suite])).toEqual([
    ['1.10', 'trixie-security'],
    ['1.2', 'trixie-updates'],
    ['1.0', 'trixie'],
  ]);
  expect(['a', 'zz', 'tool-extra'].map((name) => index.versions(name).length)).toEqual([1, 1, 1]);
  expect(['', 'b', 'too', 'tool-', 'zzz'].map((name) => index.versions(name).length)).toEqual([
    0, 0, 0, 0, 0,
  ]);
  expect(index.providers('gadget').map(({ name, version }) => `${name} ${version}`)).toEqual(['tool 1.0']);
  expect(index.providers('widget')[0]?.provides[1]).toEqual([
    { name: 'widget', version: { operator: '=', version: '3' } },
  ]);
  expect(index.versions('tool')[0]?.source).toEqual({ name: 'tool-source', version: '1.9' });
  expect(index.releases.map(({ codename }) => codename)).toEqual([
    'trixie',
    'trixie-updates',
    'trixie-security',
  ]);
});

test('an alias gives the release that it stands for', async () => {
  const index = await openIndex(testCtx(), still.source({ release: 'stable' }), { keys: still.keys });
  expect(index.releases.map(({ codename }) => codename)).toContain('trixie-security');
  expect(index.versions('tool')).toHaveLength(3);
});

test('a second look takes the indexes from the home, unless what is kept is damaged', async () => {
  await withMirror({ packages: [tool] }, async (mirror) => {
    const ctx = testCtx();
    const look = async (): Promise<number> => {
      mirror.requests.length = 0;
      const index = await openIndex(ctx, mirror.source(), { keys: mirror.keys });
      expect(index.versions('tool')).toHaveLength(1);
      return mirror.requests.filter((name) => name.includes('by-hash')).length;
    };
    // The two suites without packages have one and the same index.
    expect(await look()).toBeGreaterThan(0);
    expect(await look()).toBe(0);
    const kept = path.join(ctx.home, 'debian/packages/v1');
    for (const name of await fs.readdir(kept)) await fs.appendFile(path.join(kept, name), 'x');
    expect(await look()).toBeGreaterThan(0);
  });
});

test('an index that is packed with xz alone is read', async () => {
  await withMirror({}, async (mirror) => {
    await mirror.publish('trixie', { packages: [tool], packing: 'xz' });
    const index = await openIndex(testCtx(), mirror.source(), { keys: mirror.keys });
    expect(index.versions('tool')).toHaveLength(1);
  });
});

test('a mirror without by-hash folders gives the index by its name', async () => {
  await withMirror({ packages: [tool] }, async (mirror) => {
    mirror.files.delete(byHash(mirror));
    const index = await openIndex(testCtx(), mirror.source(), { keys: mirror.keys });
    expect(index.versions('tool')).toHaveLength(1);
    expect(mirror.requests).toContain(`/debian/dists/trixie/${packagesPath}.gz`);
  });
});

test('a Packages file that was changed is refused, and nothing of it is kept', async () => {
  await withMirror({ packages: [tool] }, async (mirror) => {
    for (const [name, bytes] of mirror.files) {
      if (!name.includes('Packages') && !name.includes('by-hash')) continue;
      if (Buffer.isBuffer(bytes)) mirror.files.set(name, flipped(bytes));
    }
    const ctx = testCtx();
    await expect(openIndex(ctx, mirror.source(), { keys: mirror.keys })).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      message: containing('have the digest'),
    });
    const kept = await fs.readdir(path.join(ctx.home, 'debian/packages/v1')).catch(() => []);
    expect(kept).not.toContain(path.basename(byHash(mirror)));
  });
});

test('a mirror that cuts an answer short, answers 503 or gives wrong bytes once is asked again', async () => {
  await withMirror({ packages: [tool] }, async (mirror) => {
    const name = byHash(mirror);
    const right = mirror.files.get(name);
    if (!Buffer.isBuffer(right)) throw new Error('no index');
    let times = 0;
    mirror.files.set(name, (response) => {
      times++;
      if (times === 1) response.writeHead(503).end();
      else if (times === 2) response.writeHead(200).end(right.subarray(0, 50));
      else if (times === 3) response.writeHead(200).end(flipped(right));
      else response.writeHead(200).end(right);
    });
    const index = await openIndex(testCtx(), mirror.source(), { keys: mirror.keys });
    expect(index.versions('tool')).toHaveLength(1);
    expect(times).toBe(4);
  });
});

test('a redirect is followed', async () => {
  await withMirror({ packages: [tool] }, async (mirror) => {
    const name = '/debian/dists/trixie/InRelease';
    const right = mirror.files.get(name) ?? Buffer.alloc(0);
    mirror.files.set('/elsewhere', right);
    mirror.files.set(name, (response) => response.writeHead(302, { location: '/elsewhere' }).end());
    const index = await openIndex(testCtx(), mirror.source(), { keys: mirror.keys });
    expect(index.versions('tool')).toHaveLength(1);
  });
});

test('an InRelease without end is not read to its end', async () => {
  await withMirror({ packages: [tool] }, async (mirror) => {
    mirror.files.set('/debian/dists/trixie/InRelease', endless);
    await expect(openIndex(testCtx(), mirror.source(), { keys: mirror.keys })).rejects.toMatchObject({
      code: 'INDEX_INVALID',
      message: containing('more than'),
    });
  });
});

test('an index with more bytes than were signed is given up, though they never end', async () => {
  await withMirror({ packages: [tool] }, async (mirror) => {
    mirror.files.set(byHash(mirror), endless);
    await expect(openIndex(testCtx(), mirror.source(), { keys: mirror.keys })).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    });
  });
});

test('a suite that the mirror keeps back is an error, not a release without security updates', async () => {
  await withMirror({ packages: [tool] }, async (mirror) => {
    mirror.files.delete('/debian-security/dists/trixie-security/InRelease');
    await expect(openIndex(testCtx(), mirror.source(), { keys: mirror.keys })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: containing('trixie-security'),
      hint: containing('debian.securityMirror'),
    });
  });
});

test('an architecture or a component that the release has not is named', async () => {
  for (const [more, word] of [
    [{ architecture: 'riscv64' }, 'riscv64'],
    [{ components: ['main', 'contrib'] }, 'contrib'],
    [{ release: '../x' }, '../x'],
  ] as const) {
    await expect(openIndex(testCtx(), still.source(more), { keys: still.keys })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: containing(word),
    });
  }
});

test('a package whose file would lie outside the mirror is not in the index', async () => {
  await withMirror({}, async (mirror) => {
    await mirror.publish('trixie', {
      packages: [tool, makeDeb({ Package: 'other' })],
      editPackages: (text) => text.replace(/^Filename: .*tool_.*$/m, 'Filename: pool/../../etc/passwd'),
    });
    const index = await openIndex(testCtx(), mirror.source(), { keys: mirror.keys });
    expect(index.versions('tool')).toEqual([]);
    expect(index.versions('other')).toHaveLength(1);
  });
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[20] = (copy[20] ?? 0) ^ 1;
  return copy;
}

function endless(response: ServerResponse): void {
  response.writeHead(200);
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
