import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readGoEnv } from '../../../src/golang/goenv.ts';
import { verifyModuleHash } from '../../../src/golang/sumdb/verify.ts';
import type { Env } from '../../../src/core/ctx.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';
import { containing } from '../support/expect.ts';
import { createLog } from '../support/log.ts';
import type { TestLog } from '../support/log.ts';
import { serve } from '../support/server.ts';
import type { Answer } from '../support/server.ts';

const name = 'db.example';
const h1 = 'h1:KknkYm4hx0y71VQ4E6FoF3fdumxzXU5QwTwo+kVX+2I=';

/** A log with the record of `example.com/m v1.0.0` in the midst of others. */
function sampleLog(before = 300, after = 300): TestLog {
  const log = createLog(name);
  for (let at = 0; at < before; at++) log.add(`example.com/x v1.0.${at} h1:x\n`);
  log.add(`example.com/m v1.0.0 ${h1}\nexample.com/m v1.0.0/go.mod h1:y\n`);
  for (let at = 0; at < after; at++) log.add(`example.com/y v1.0.${at} h1:x\n`);
  return log;
}

/** A proxy that also serves the database. */
async function proxyOf(
  log: TestLog,
  change: (path: string, answer: Answer) => Answer = (_, answer) => answer,
) {
  return serve((at) => {
    const place = at.startsWith(`/sumdb/${name}/`) ? at.slice(`/sumdb/${name}/`.length) : undefined;
    return change(at, place === undefined ? undefined : log.answer(place));
  });
}

async function check(
  log: TestLog,
  url: string,
  options: { home?: string; hash?: string; env?: Env; module?: string } = {},
): Promise<void> {
  const ctx = testCtx({
    ...(options.home !== undefined && { home: options.home }),
    env: {
      GOPROXY: url,
      GOSUMDB: log.verifierKey,
      GONOSUMDB: '*',
      GOFLAGS: '-insecure',
      GONOSUMCHECK: '1',
      ...options.env,
    },
  });
  await verifyModuleHash(
    ctx,
    await readGoEnv(ctx),
    options.module ?? 'example.com/m',
    'v1.0.0',
    options.hash ?? h1,
  );
}

const kept = (home: string): string => readFileSync(path.join(home, 'sumdb', name, 'latest'), 'utf8');

describe('the checksum database', () => {
  it('vouches for what it holds, asked through the proxy', async () => {
    const log = sampleLog();
    const proxy = await proxyOf(log);
    const home = tempDir();
    await check(log, proxy.url, { home });
    expect(proxy.requests.slice(0, 2)).toEqual([
      `/sumdb/${name}/supported`,
      `/sumdb/${name}/lookup/example.com/m@v1.0.0`,
    ]);
    expect(kept(home)).toBe(log.note());
  });

  it('does not vouch for another hash', async () => {
    const log = sampleLog();
    const proxy = await proxyOf(log);
    await expect(check(log, proxy.url, { hash: 'h1:AAAA' })).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      detail: `fetched:  h1:AAAA\ndb.example: ${h1}`,
    });
  });

  it('with a tree of one record, and of 66,000, proves them too', async () => {
    for (const log of [sampleLog(0, 0), sampleLog(20_000, 46_000)])
      await expect(check(log, (await proxyOf(log)).url)).resolves.toBeUndefined();
  });

  it('is not believed when a record was tampered with', async () => {
    const log = sampleLog();
    const evil = 'h1:BBBBYm4hx0y71VQ4E6FoF3fdumxzXU5QwTwo+kVX+2I=';
    const proxy = await proxyOf(log, (at, answer) =>
      at.includes('/lookup/') ? String(answer).replace(h1, evil) : answer,
    );
    await expect(check(log, proxy.url, { hash: evil })).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      message: containing('not in the tree'),
    });
  });

  it('is not believed when the number of the record is another', async () => {
    const log = sampleLog();
    for (const number of ['5', '601', '99999999']) {
      const proxy = await proxyOf(log, (at, answer) =>
        at.includes('/lookup/') ? String(answer).replace(/^\d+/, number) : answer,
      );
      await expect(check(log, proxy.url)).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    }
  });

  it('is not believed when it answers with a record of another module', async () => {
    const log = sampleLog();
    const other = log.answer('lookup/example.com/x@v1.0.7');
    const proxy = await proxyOf(log, (at, answer) => (at.includes('/lookup/') ? String(other) : answer));
    await expect(check(log, proxy.url)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      message: containing('about another module'),
    });
  });

  it('is not believed when another key signed the tree', async () => {
    const log = sampleLog();
    const forger = sampleLog();
    const proxy = await proxyOf(forger);
    await expect(check(log, proxy.url)).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
      message: containing('no valid signature'),
    });
  });

  it('is not believed when a tile was changed', async () => {
    const log = sampleLog();
    const proxy = await proxyOf(log, (at, answer) => {
      if (!at.includes('/tile/8/0/001') || !Buffer.isBuffer(answer)) return answer;
      const changed = Buffer.from(answer);
      changed.writeUInt8(changed.readUInt8(40) ^ 1, 40);
      return changed;
    });
    await expect(check(log, proxy.url)).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  });

  it.each([
    '',
    'x',
    '12',
    '300\n',
    '300\n\n',
    `300\nexample.com/m v1.0.0 ${h1}\n\n`,
    '\n\n\n\n',
    '\u0000'.repeat(100),
  ])('is not believed when it answers %j', async (text) => {
    const log = sampleLog();
    const proxy = await proxyOf(log, (at, answer) => (at.includes('/lookup/') ? text : answer));
    await expect(check(log, proxy.url)).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  });

  it('is followed as it grows', async () => {
    const log = sampleLog();
    const home = tempDir();
    await check(log, (await proxyOf(log)).url, { home });
    for (let at = 0; at < 700; at++) log.add(`example.com/z v1.0.${at} h1:x\n`);
    await check(log, (await proxyOf(log)).url, { home });
    expect(kept(home)).toBe(log.note());
  });

  it('that lags behind is believed, and does not roll back the tree that was seen', async () => {
    const log = sampleLog();
    const home = tempDir();
    await check(log, (await proxyOf(log)).url, { home });
    const older = await proxyOf(log, (at, answer) =>
      at.includes('/lookup/') ? (log.answer('lookup/example.com/m@v1.0.0', 400) ?? 404) : answer,
    );
    await check(log, older.url, { home });
    expect(kept(home)).toBe(log.note());
  });

  it('that forked its history is found out, whether the fork is larger, smaller or of the same size', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const keys = generateKeyPairSync('ed25519');
    const history = (other: string, after: number): TestLog => {
      const log = createLog(name, keys);
      for (let at = 0; at < 200; at++) log.add(`example.com/x v1.0.${at} h1:x\n`);
      log.add(`example.com/w v1.0.0 ${other}\n`);
      log.add(`example.com/m v1.0.0 ${h1}\n`);
      for (let at = 0; at < after; at++) log.add(`example.com/y v1.0.${at} h1:x\n`);
      return log;
    };
    const [log, fork] = [history('h1:x', 300), history('h1:evil', 500)];
    for (const size of [702, 502, 302]) {
      const home = tempDir();
      await check(log, (await proxyOf(log)).url, { home });
      const forked = await proxyOf(fork, (at, answer) =>
        at.includes('/lookup/') ? (fork.answer('lookup/example.com/m@v1.0.0', size) ?? 404) : answer,
      );
      await expect(check(fork, forked.url, { home })).rejects.toMatchObject({
        code: 'CHECKSUM_MISMATCH',
        message: containing('two histories'),
        detail: containing(fork.note(size)),
      });
      expect(kept(home)).toBe(log.note());
    }
  });

  it('is asked anew when the tree that was kept is damaged', async () => {
    const log = sampleLog();
    const home = tempDir();
    const proxy = await proxyOf(log);
    await check(log, proxy.url, { home });
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path.join(home, 'sumdb', name, 'latest'), 'rubbish');
    await check(log, proxy.url, { home });
    expect(kept(home)).toBe(log.note());
  });

  it('is asked by ten at once without harm', async () => {
    const log = sampleLog();
    const home = tempDir();
    const proxy = await proxyOf(log);
    await Promise.all(Array.from({ length: 10 }, async () => check(log, proxy.url, { home })));
    expect(kept(home)).toBe(log.note());
  });

  it('is asked directly, at the address in GOSUMDB, past the proxies', async () => {
    const log = sampleLog();
    const proxy = await proxyOf(log);
    const direct = await serve((at) => log.answer(at.slice(1)));
    await check(log, proxy.url, { env: { GOSUMDB: `${log.verifierKey} ${direct.url}` } });
    expect(proxy.requests).toEqual([]);
    expect(direct.requests[0]).toBe('/lookup/example.com/m@v1.0.0');
  });

  it('is asked through the next proxy when the first does not serve it, but not when the first is broken', async () => {
    const log = sampleLog();
    const [without, refuses, serves] = [
      await serve(() => undefined),
      await serve(() => 403),
      await proxyOf(log),
    ];
    await check(log, `${without.url},${serves.url}`);
    await expect(check(log, `${refuses.url},${serves.url}`)).rejects.toMatchObject({ code: 'NETWORK' });
    await check(log, `${refuses.url}|${serves.url}`);
  });

  it('that is switched off, or does not know the module, proves nothing', async () => {
    const log = sampleLog();
    const proxy = await proxyOf(log);
    await expect(check(log, proxy.url, { env: { GOSUMDB: 'off' } })).rejects.toMatchObject({
      code: 'TOOLCHAIN_FETCH',
      message: containing('GOSUMDB=off'),
    });
    await expect(check(log, proxy.url, { module: 'example.com/none' })).rejects.toMatchObject({
      code: 'TOOLCHAIN_FETCH',
      message: containing('does not know'),
    });
    await expect(check(log, proxy.url, { env: { GOSUMDB: 'nobody.example' } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    await expect(check(log, proxy.url, { env: { GOSUMDB: `${log.verifierKey} a b` } })).rejects.toMatchObject(
      { code: 'CONFIG_INVALID' },
    );
  });

  it('is asked again when it stumbles', async () => {
    const log = sampleLog();
    let stumbles = 2;
    const proxy = await proxyOf(log, (at, answer) =>
      at.includes('/lookup/') && stumbles-- > 0 ? 503 : answer,
    );
    await expect(check(log, proxy.url)).resolves.toBeUndefined();
  });
});
