/** Builds that are killed (SIGKILL) at all their stages, and what must be true of what they leave behind. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { openStore } from '../../src/store/store.ts';
import { moduleVersion, toolchainModule } from '../../src/golang/toolchain-releases.ts';
import { moduleFiles } from '../components/go.ts';
import { startModuleProxy } from '../components/module-proxy.ts';
import { startTokenRegistry } from '../components/token-registry.ts';
import type { TokenRegistry } from '../components/token-registry.ts';
import { createLog } from '../golang/support/log.ts';
import { testCtx } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { coracleOk } from './coracle.ts';
import { start, survivors } from './processes.ts';
import { leftovers, mainFile, write } from './tiny.ts';

/** Fetched once into the test cache. */
const goVersion = '1.25.4';

/** What a build says when a stage begins, and for how many milliseconds it may last. */
const stages = [
  { name: 'fetching', says: /fetch Go/, lasts: 3000 },
  { name: 'compiling', says: /compile killed/, lasts: 800 },
  { name: 'compressing', says: /layer killed/, lasts: 250 },
  { name: 'pushing', says: /push 127/, lasts: 250 },
] as const;

/** A proxy that has a real toolchain, with a checksum database of its own that knows it. */
async function toolchainSource(): Promise<{ env: Record<string, string>; stop: () => Promise<void> }> {
  const version = moduleVersion(goVersion);
  const folder = await moduleFiles(['mod', 'download', `${toolchainModule}@${version}`]);
  const h1 = readFileSync(path.join(folder, toolchainModule, '@v', `${version}.ziphash`), 'utf8').trim();
  const log = createLog('db.example');
  log.add(`${toolchainModule} ${version} ${h1}\n`);
  const proxy = await startModuleProxy(folder);
  for (const name of ['supported', `lookup/${toolchainModule}@${version}`, 'tile/8/0/000.p/1'])
    proxy.put(`sumdb/db.example/${name}`, log.answer(name) ?? '');
  proxy.put('sumdb/db.example/latest', log.note());
  return { env: { GOPROXY: proxy.url, GOSUMDB: log.verifierKey }, stop: proxy.stop };
}

/** Kills `times` builds, one after the other, in one home; then builds once more and looks at everything. */
export async function killBuilds(root: string, times: number): Promise<void> {
  const home = path.join(root, 'home');
  const directory = path.join(root, 'killed');
  const toolchains = await toolchainSource();
  const server = await startTokenRegistry();
  try {
    const env = { ...toolchains.env, CORACLE_HOME: home, GOMODCACHE: path.join(root, 'mod') };
    const args = ['build', directory, '-t', `${server.host}/team/killed:1`, '--push'];
    const reached: Record<string, number> = {};
    for (let round = 0; round < times; round++) {
      const stage = stages[round % stages.length] ?? stages[0];
      if (stage.name === 'fetching') forgetToolchain(home);
      // Other bytes each time, so that there is something to compile, compress and push.
      program(directory, round);
      const running = start(args, { env });
      if (await running.until(stage.says)) reached[stage.name] = (reached[stage.name] ?? 0) + 1;
      await sleep(Math.random() * stage.lasts);
      running.strike('SIGKILL', 'process');
      await running.ended;
      expect(await survivors(running, 60_000)).toEqual([]); // Go's own processes come to their end
      everyImageIsWhole(server);
    }
    expect(Object.keys(reached)).toHaveLength(Math.min(times, stages.length));
    await lookAfterwards(home, args, env, server);
  } finally {
    await Promise.all([server.stop(), toolchains.stop()]);
  }
}

async function lookAfterwards(
  home: string,
  args: readonly string[],
  env: Record<string, string>,
  server: TokenRegistry,
): Promise<void> {
  age(path.join(home, 'store', 'tmp'));
  age(path.join(home, 'store', 'leases'));
  program(args[1] ?? '', 'at last');
  const { images } = parseJson<{ images: { descriptor: { digest: string } }[] }>(
    await coracleOk([...args, '--json'], { env }),
  );
  expect(server.manifests.has(`team/killed ${images[0]?.descriptor.digest}`)).toBe(true);
  everyImageIsWhole(server);
  const verdicts: unknown[] = [];
  const store = await openStore(testCtx({ home }));
  for await (const verdict of store.verify()) if (!verdict.ok) verdicts.push(verdict);
  expect(verdicts).toEqual([]);
  expect(leftovers(home)).toEqual([]);
}

function program(directory: string, says: number | string): void {
  write(directory, {
    'go.mod': `module example.com/killed\n\ngo ${goVersion}\n`,
    'main.go': `${mainFile(`round ${says}`).replace('\n\n', '\n\nimport _ "embed"\n\n//go:embed data\nvar data string\n\n')}\nvar _ = len(data)\n`,
  });
  writeFileSync(path.join(directory, 'data'), randomBytes(4_000_000));
}

function forgetToolchain(home: string): void {
  rmSync(path.join(home, 'toolchains', `go${goVersion}`), { recursive: true, force: true });
}

/** What nobody has written to for a minute is swept; a test does not wait for that. */
function age(directory: string): void {
  if (!existsSync(directory)) return;
  const then = Date.now() / 1000 - 120;
  for (const name of readdirSync(directory)) utimesSync(path.join(directory, name), then, then);
}

/** Whoever pulls at this moment gets all of an image, or none. */
function everyImageIsWhole(server: TokenRegistry): void {
  for (const [key, bytes] of server.blobs) expect(key).toContain(digestOf(bytes));
  for (const { bytes } of server.manifests.values()) {
    const { config, layers } = parseJson<{ config: { digest: string }; layers: { digest: string }[] }>(
      bytes.toString(),
    );
    for (const { digest } of [config, ...layers])
      expect(server.blobs.has(`team/killed ${digest}`)).toBe(true);
  }
}
