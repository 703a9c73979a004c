/** Ctrl-C at any moment: children gone, temporary files gone, exit 130, and the same command works again. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { moduleVersion } from '../../src/golang/toolchain-releases.ts';
import { startTokenRegistry } from '../components/token-registry.ts';
import { serve } from '../golang/support/server.ts';
import { toolchainZip } from '../golang/support/toolchain.ts';
import { sharedTempDir, tempDir } from '../support/ctx.ts';
import { coracleOk } from './coracle.ts';
import { start, survivors } from './processes.ts';
import type { Running } from './processes.ts';
import { leftovers, partial, tiny, write } from './tiny.ts';

const { directory: root, remove } = sharedTempDir();
const home = path.join(root, 'home');
afterAll(remove);

/** Strikes `after` milliseconds past the moment when it says `when`, and looks at what is left. */
async function interrupted(
  running: Running,
  when: RegExp,
  after: number,
  whom: 'process' | 'group',
): Promise<void> {
  expect(await running.until(when)).toBe(true);
  await sleep(after);
  running.strike('SIGINT', whom);
  const code = await running.ended;
  expect(`${code} ${running.said()}`).toMatch(/^130 [^]*\[INTERRUPTED\]/);
  expect(await survivors(running, 2000)).toEqual([]);
  expect(leftovers(home)).toEqual([]);
}

const both = ['process', 'group'] as const;

it.each(both)('while a toolchain is fetched, to the %s', async (whom) => {
  const zip = toolchainZip('1.23.7');
  const proxy = await serve((at) =>
    at.endsWith('.zip')
      ? (_, response) => {
          // Half of it, and then nothing more.
          response.writeHead(200, { 'content-length': zip.length });
          response.write(zip.subarray(0, zip.length / 2));
        }
      : 404,
  );
  const env = { CORACLE_HOME: home, GOPROXY: proxy.url, GOMODCACHE: path.join(root, 'none') };
  const directory = tiny(tempDir(), 'x', 'module example.com/m\n\ngo 1.23.7\n');
  await interrupted(start(['build', directory], { env }), /fetch Go/, 200, whom);
  expect(proxy.requests).toContain(`/golang.org/toolchain/@v/${moduleVersion('1.23.7')}.zip`);
  expect(readdirSync(path.join(home, 'toolchains'))).toEqual([]);
});

it.each(both)('while Go compiles, to the %s', async (whom) => {
  const directory = tiny(tempDir());
  for (const after of [0, 300, 1000]) {
    // A cold cache, so that it takes its time.
    const env = { CORACLE_HOME: home, GOCACHE: tempDir() };
    await interrupted(start(['build', directory, '-t', 'compiled'], { env }), /compile tiny/, after, whom);
  }
  expect(await coracleOk(['images'], { env: { CORACLE_HOME: home } })).not.toContain('compiled');
});

it.each(both)('while a layer is compressed, to the %s', async (whom) => {
  const directory = write(tempDir(), {
    'go.mod': 'module example.com/large\n\ngo 1.20\n',
    'main.go':
      'package main\n\nimport _ "embed"\n\n//go:embed data\nvar data string\n\nfunc main() { println(len(data)) }\n',
    data: randomBytes(40_000_000),
  });
  const env = { CORACLE_HOME: home };
  for (const after of [0, 100, 300])
    await interrupted(start(['build', directory, '-t', 'packed'], { env }), /layer large/, after, whom);
  expect(await coracleOk(['images'], { env })).not.toContain('packed');
  // And while it is written out.
  const out = tempDir();
  await coracleOk(['build', directory, '-t', 'large'], { env });
  const exporting = start(['build', directory, '-t', 'large', '-o', `type=oci,dest=${out}/x.tar`], { env });
  await interrupted(exporting, /export oci/, 0, whom);
  expect(partial(out)).toEqual([]);
  expect(readdirSync(out)).toEqual([]);
});

it.each(both)('while it is pushed, to the %s', async (whom) => {
  const server = await startTokenRegistry();
  onTestFinished(async () => server.stop());
  server.fault = (request) => (request.path.includes('/uploads/') ? { silence: true } : undefined);
  const directory = tiny(tempDir());
  const env = { CORACLE_HOME: home };
  const args = ['build', directory, '-t', `${server.host}/team/tiny:1`, '--push'];
  for (const after of [0, 150]) await interrupted(start(args, { env }), /push 127/, after, whom);
  expect(server.manifests.size).toBe(0);
  server.fault = () => undefined;
  await coracleOk(args, { env });
  expect([...server.manifests.keys()]).toContain('team/tiny 1');
});

it('before it has well begun', async () => {
  const directory = tiny(tempDir());
  for (const after of [0, 40, 80, 120, 160, 200, 300]) {
    const running = start(['build', directory], { env: { CORACLE_HOME: home } });
    await sleep(after);
    running.strike('SIGINT', 'group');
    expect([0, 130]).toContain(await running.ended);
    expect(await survivors(running, 2000)).toEqual([]);
    expect(leftovers(home)).toEqual([]);
  }
});
