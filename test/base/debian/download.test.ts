import { afterAll, beforeAll, expect, test } from 'vitest';
import { downloadSmall, downloadVerified } from '../../../src/base/debian/download.ts';
import { openIndex } from '../../../src/base/debian/index.ts';
import { packageAddress } from '../../../src/base/debian/mirrors.ts';
import type { PackageRecord } from '../../../src/base/debian/types.ts';
import { makeDeb } from '../../components/deb.ts';
import { startDebianMirror } from '../../components/debian-mirror.ts';
import type { DebianMirror } from '../../components/debian-mirror.ts';
import { containing } from '../../support/containing.ts';
import { testCtx } from '../../support/ctx.ts';

const tool = makeDeb({ Package: 'tool', Version: '1.0+a~b' }, [
  { path: './tool', content: 'x'.repeat(100_000) },
]);
let mirror: DebianMirror;
beforeAll(async () => {
  mirror = await startDebianMirror({ packages: [tool] });
});
afterAll(async () => mirror.stop());

async function record(): Promise<PackageRecord> {
  const [found] = (await openIndex(testCtx(), mirror.source(), { keys: mirror.keys })).versions('tool');
  if (!found) throw new Error('no package');
  return found;
}

async function fetchPackage(expected: PackageRecord): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const url = packageAddress(mirror.source(), expected);
  for await (const chunk of downloadVerified(testCtx(), [url], expected)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('a package comes as the index says', async () => {
  expect((await fetchPackage(await record())).equals(tool.bytes)).toBe(true);
});

test('a package that was changed, cut short or lengthened is refused', async () => {
  const wanted = await record();
  const name = `/debian/${wanted.filename}`;
  const flipped = Buffer.from(tool.bytes);
  flipped[200] = (flipped[200] ?? 0) ^ 1;
  for (const wrong of [flipped, tool.bytes.subarray(0, 300), Buffer.concat([tool.bytes, Buffer.alloc(1)])]) {
    mirror.files.set(name, wrong);
    await expect(fetchPackage(wanted)).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH', retryable: true });
  }
  mirror.files.delete(name);
  await expect(fetchPackage(wanted)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  mirror.files.set(name, tool.bytes);
});

test('a connection that breaks off is a failure of the network, worth another try', async () => {
  mirror.files.set('/debian/broken', (response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('x', () => response.destroy());
  });
  const url = new URL(`${mirror.url}/broken`);
  await expect(downloadSmall(testCtx(), url, 2000)).rejects.toMatchObject({
    code: 'NETWORK',
    retryable: true,
  });
});

test('an error does not repeat the password of a mirror', async () => {
  mirror.files.set('/debian/refused', (response) => response.writeHead(403).end());
  const url = new URL(`${mirror.url}/refused`.replace('//', '//user:secret@'));
  const error = await downloadSmall(testCtx(), url, 2000).catch((failure: unknown) => failure);
  expect(error).toMatchObject({ code: 'NETWORK', retryable: false, message: containing('403') });
  expect(JSON.stringify(error) + String(error)).not.toContain('secret');
});
