/** Many commands at once share one home. */
import path from 'node:path';
import { readdirSync } from 'node:fs';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import { startModuleProxy } from '../components/module-proxy.ts';
import { startTokenRegistry } from '../components/token-registry.ts';
import { createLog } from '../golang/support/log.ts';
import { toolchainHash, toolchainZip } from '../golang/support/toolchain.ts';
import { moduleVersion, toolchainModule } from '../../src/golang/toolchain-releases.ts';
import { sharedTempDir, tempDir, testCtx } from '../support/ctx.ts';
import { coracleOk } from './coracle.ts';
import { build } from './project.ts';
import { leftovers, tiny } from './tiny.ts';

const { directory: root, remove } = sharedTempDir();
afterAll(remove);

async function storeIsSound(home: string): Promise<void> {
  const unsound: unknown[] = [];
  const store = await openStore(testCtx({ home }));
  for await (const verdict of store.verify()) if (!verdict.ok) unsound.push(verdict);
  expect(unsound).toEqual([]);
  expect(leftovers(home)).toEqual([]);
}

it('ten builds, of two programs, pushing to one registry, while somebody prunes', async () => {
  const home = path.join(root, 'ten');
  const env = { CORACLE_HOME: home };
  const server = await startTokenRegistry();
  onTestFinished(async () => server.stop());
  const programs = ['one', 'two'].map((name) => tiny(path.join(root, name), `I am ${name}`));
  const builds = Array.from({ length: 10 }, async (_, index) => {
    const which = index % 2;
    const { images } = await build(
      [programs[which] ?? '', '-t', `${server.host}/team/p${which}:1`, '--base', 'static', '--push'],
      { env },
    );
    return images[0]?.descriptor.digest;
  });
  const prunes = [1, 2, 3].map(async () => coracleOk(['prune', '--all'], { env }));
  const digests = await Promise.all(builds);
  await Promise.all(prunes);
  expect(new Set(digests.filter((_, index) => index % 2 === 0)).size).toBe(1);
  expect(new Set(digests.filter((_, index) => index % 2 === 1)).size).toBe(1);
  expect(digests[0]).not.toBe(digests[1]);
  for (const which of [0, 1])
    expect([...server.manifests.keys()]).toContain(`team/p${which} ${digests[which]}`);
  await storeIsSound(home);
});

it('four that want the same toolchain, which is fetched once', async () => {
  const home = tempDir();
  const version = '1.23.7';
  const proxy = await startModuleProxy(tempDir());
  onTestFinished(async () => proxy.stop());
  const log = createLog('db.example');
  log.add(`${toolchainModule} ${moduleVersion(version)} ${toolchainHash(version)}\n`);
  const zip = `${toolchainModule}/@v/${moduleVersion(version)}.zip`;
  proxy.put(zip, toolchainZip(version));
  for (const name of ['supported', `lookup/${toolchainModule}@${moduleVersion(version)}`, 'tile/8/0/000.p/1'])
    proxy.put(`sumdb/db.example/${name}`, log.answer(name) ?? '');
  proxy.put('sumdb/db.example/latest', log.note());
  const env = {
    CORACLE_HOME: home,
    GOPROXY: proxy.url,
    GOSUMDB: log.verifierKey,
    GOMODCACHE: path.join(home, 'none'),
  };
  const printed = await Promise.all(
    [1, 2, 3, 4].map(async () => coracleOk(['toolchain', 'exec', version, '--', 'go', 'version'], { env })),
  );
  for (const line of printed) expect(line).toContain(`go version go${version}`);
  expect(proxy.requests.filter((place) => place === zip)).toHaveLength(1);
  expect(readdirSync(path.join(home, 'toolchains'))).toEqual([`go${version}`]);
  expect(leftovers(home)).toEqual([]);
});
