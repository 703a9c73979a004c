import { afterEach, expect, test } from 'vitest';
import { openSuite } from '../../../src/base/debian/suite.ts';
import type { PinnedKey } from '../../../src/base/debian/keys.ts';
import type { DebianSource } from '../../../src/base/debian/types.ts';
import { clearsign, makeMirrorKey, startDebianMirror } from '../../components/debian-mirror.ts';
import type { DebianMirror, MirrorOptions } from '../../components/debian-mirror.ts';
import { containing } from '../../support/containing.ts';
import { testCtx } from '../../support/ctx.ts';

const inRelease = '/debian/dists/trixie/InRelease';
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function start(options: MirrorOptions = {}): Promise<DebianMirror> {
  const mirror = await startDebianMirror(options);
  stops.push(mirror.stop);
  return mirror;
}

async function open(mirror: DebianMirror, more: Partial<DebianSource> = {}, ctx = testCtx()): Promise<Date> {
  const { date } = await openSuite(ctx, mirror.source(more), 'trixie', mirror.keys);
  return date;
}

function text(mirror: DebianMirror): string {
  const file = mirror.files.get(inRelease);
  return Buffer.isBuffer(file) ? file.toString() : '';
}

test('one changed letter of a Release is refused', async () => {
  const mirror = await start();
  mirror.files.set(inRelease, Buffer.from(text(mirror).replace('Origin: Test', 'Origin: Tesd')));
  await expect(open(mirror)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
});

test('text before, after or between what is signed is refused', async () => {
  const mirror = await start();
  const right = text(mirror);
  const signature = right.indexOf('-----BEGIN PGP SIGNATURE');
  for (const wrong of [
    `Codename: trixie\n\n${right}`,
    `${right}\nCodename: trixie\n`,
    `${right.slice(0, signature)}-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nx\n${right.slice(signature)}`,
    `${right}${right}`,
    right.slice(0, signature),
    right.slice(right.indexOf('Origin')),
    '',
  ]) {
    mirror.files.set(inRelease, Buffer.from(wrong));
    await expect(open(mirror)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  }
});

test('a line slipped in behind the armour header is not signed text', async () => {
  const mirror = await start();
  const slipped = text(mirror).replace(/^Hash: .*$/m, '$&\nCodename: evil');
  mirror.files.set(inRelease, Buffer.from(slipped));
  await expect(open(mirror)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
});

test('a Release of empty lines without number kept the parser busy for many seconds', async () => {
  const mirror = await start();
  mirror.files.set(inRelease, Buffer.from(text(mirror).replace('Origin', `${'\n'.repeat(1_500_000)}Origin`)));
  await expect(open(mirror)).rejects.toMatchObject({
    code: 'SIGNATURE_INVALID',
    message: containing('lines'),
  });
});

test('a thousand bad signatures make no error of a thousand reasons', async () => {
  const mirror = await start();
  const keys = await Promise.all(Array.from({ length: 12 }, async () => makeMirrorKey()));
  await mirror.publish('trixie', { keys });
  const error = await open(mirror).catch((failure: unknown) => failure);
  expect(error).toMatchObject({ code: 'SIGNATURE_INVALID' });
  expect(String(error).split(';')).toHaveLength(6);
});

test('a key that is not pinned is refused, though its signature is good', async () => {
  const mirror = await start();
  await mirror.publish('trixie', { keys: [await makeMirrorKey()] });
  await expect(open(mirror)).rejects.toMatchObject({
    code: 'SIGNATURE_INVALID',
    message: containing('not pinned'),
  });
});

test('a key that may not sign does not take away from one that may, whichever comes first', async () => {
  const [key, later] = [await makeMirrorKey(), await makeMirrorKey({ release: 'forky' })];
  const mirror = await start({ key });
  for (const keys of [
    [later, key],
    [key, later],
  ]) {
    await mirror.publish('trixie', { keys });
    const all = [...key.pinned, ...later.pinned];
    const release = await openSuite(testCtx(), mirror.source(), 'trixie', all);
    expect(release.signedBy).toBe(key.pinned[0]?.fingerprint);
  }
});

test('what was stable before does not come back as stable', async () => {
  const [old, key] = [await makeMirrorKey({ release: 'bookworm' }), await makeMirrorKey()];
  const at = (date: string): Date => new Date(date);
  const mirror = await start({ key, date: at('2026-05-02T00:00:00Z') });
  const before = await start({ key: old, release: 'bookworm', date: at('2026-05-01T00:00:00Z') });
  const ctx = testCtx({ now: () => at('2026-05-03T00:00:00Z') });
  const keys = [...before.keys, ...mirror.keys];
  const stable = async (from: DebianMirror): Promise<string> =>
    (await openSuite(ctx, from.source(), 'stable', keys)).codename;
  expect(await stable(before)).toBe('bookworm');
  expect(await stable(mirror)).toBe('trixie');
  await expect(stable(before)).rejects.toMatchObject({ code: 'INDEX_OUTDATED' });
});

test('of several signatures one by a pinned key is enough', async () => {
  const key = await makeMirrorKey();
  const mirror = await start({ key });
  await mirror.publish('trixie', { keys: [await makeMirrorKey(), key] });
  await expect(open(mirror)).resolves.toBeInstanceOf(Date);
});

test('a key of the other archive, or of releases that are not this one or the one before, may not sign', async () => {
  const key = await makeMirrorKey();
  const mirror = await start({ key });
  const [pinned] = key.pinned;
  if (!pinned) throw new Error('no key');
  const other = (await makeMirrorKey()).pinned[0] ?? pinned;
  const openWith = async (keys: readonly PinnedKey[]): Promise<string> =>
    (await openSuite(testCtx(), mirror.source(), 'trixie', keys)).signedBy;
  await expect(openWith([{ ...pinned, signs: 'security' }])).rejects.toMatchObject({
    code: 'SIGNATURE_INVALID',
  });
  const own = { ...other, release: 'trixie' };
  const before = { ...pinned, release: 'bookworm' };
  await expect(openWith([before, own])).resolves.toBe(pinned.fingerprint);
  const longBefore = { ...pinned, release: 'buster' };
  await expect(openWith([longBefore, { ...other, release: 'bookworm' }, own])).rejects.toMatchObject({
    code: 'SIGNATURE_INVALID',
    message: containing('no key for trixie'),
  });
});

test('a key that has expired is refused, whether before it signed or since', async () => {
  const made = new Date('2026-01-01T00:00:00Z');
  const key = await makeMirrorKey({ date: made, lifetime: 30 * 86_400 });
  const mirror = await start({ key, date: new Date('2026-01-20T00:00:00Z') });
  const at = (now: string): ReturnType<typeof testCtx> => testCtx({ now: () => new Date(now) });
  await expect(open(mirror, {}, at('2026-01-21T00:00:00Z'))).resolves.toBeInstanceOf(Date);
  await expect(open(mirror, {}, at('2026-03-01T00:00:00Z'))).rejects.toMatchObject({
    code: 'SIGNATURE_INVALID',
  });
  // A snapshot is judged at its own date.
  mirror.files.set('/debian/20260121T000000Z/dists/trixie/InRelease', Buffer.from(text(mirror)));
  await expect(
    open(mirror, { snapshot: '20260121T000000Z' }, at('2030-01-01T00:00:00Z')),
  ).resolves.toBeInstanceOf(Date);
});

test('a Release whose Valid-Until is over is refused, and taken for a snapshot of its time', async () => {
  const date = new Date('2026-05-01T00:00:00Z');
  const mirror = await start({ date });
  await mirror.publish('trixie', { validUntil: new Date('2026-05-08T00:00:00Z') });
  const ctx = testCtx({ now: () => new Date('2026-05-10T00:00:00Z') });
  await expect(open(mirror, {}, ctx)).rejects.toMatchObject({
    code: 'INDEX_OUTDATED',
    message: containing('valid until 2026-05-08'),
  });
  for (const name of ['20260503T120000Z', '20260601T000000Z'])
    mirror.files.set(`/debian/${name}/dists/trixie/InRelease`, Buffer.from(text(mirror)));
  await expect(open(mirror, { snapshot: '20260503T120000Z' }, ctx)).resolves.toEqual(date);
  await expect(open(mirror, { snapshot: '20260601T000000Z' }, ctx)).rejects.toMatchObject({
    code: 'INDEX_OUTDATED',
  });
});

test('without Valid-Until a Release has an age that it may not pass', async () => {
  const mirror = await start({ date: new Date('2026-02-01T00:00:00Z') });
  const at = (now: string): ReturnType<typeof testCtx> => testCtx({ now: () => new Date(now) });
  await expect(open(mirror, {}, at('2027-02-01T00:00:00Z'))).resolves.toBeInstanceOf(Date);
  await expect(open(mirror, {}, at('2027-05-01T00:00:00Z'))).rejects.toMatchObject({
    code: 'INDEX_OUTDATED',
    message: containing('more than 400 days'),
  });
  await mirror.publish('trixie-updates', {});
  await expect(
    openSuite(at('2026-04-01T00:00:00Z'), mirror.source(), 'trixie-updates', mirror.keys),
  ).rejects.toMatchObject({ code: 'INDEX_OUTDATED', message: containing('more than 30 days') });
});

test('a clock that is behind by hours is none of our business; a Release from the future is refused', async () => {
  const mirror = await start({ date: new Date('2026-06-10T00:00:00Z') });
  const behind = testCtx({ now: () => new Date('2026-06-09T20:00:00Z') });
  await expect(open(mirror, {}, behind)).resolves.toBeInstanceOf(Date);
  const ctx = testCtx({ now: () => new Date('2026-06-08T00:00:00Z') });
  // The signature is from after that time too, which is seen first.
  await expect(open(mirror, {}, ctx)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
});

test('an older Release than one seen before is refused, and the newest stays in memory', async () => {
  const mirror = await start({ date: new Date('2026-05-02T00:00:00Z') });
  const ctx = testCtx({ now: () => new Date('2026-05-10T00:00:00Z') });
  const newer = text(mirror);
  await open(mirror, {}, ctx);
  await mirror.publish('trixie', { date: new Date('2026-05-01T00:00:00Z') });
  for (let times = 0; times < 2; times++) {
    await expect(open(mirror, {}, ctx)).rejects.toMatchObject({
      code: 'INDEX_OUTDATED',
      message: containing('2026-05-02'),
    });
  }
  mirror.files.set(inRelease, Buffer.from(newer));
  await expect(open(mirror, {}, ctx)).resolves.toBeInstanceOf(Date);
  // A day in the past is asked for by name: neither refused nor remembered.
  await mirror.publish('trixie', { date: new Date('2026-05-01T00:00:00Z') });
  mirror.files.set('/debian/20260501T120000Z/dists/trixie/InRelease', Buffer.from(text(mirror)));
  await expect(open(mirror, { snapshot: '20260501T120000Z' }, ctx)).resolves.toBeInstanceOf(Date);
});

test('a suite in place of another is refused', async () => {
  const mirror = await start();
  mirror.files.set(inRelease, mirror.files.get('/debian/dists/trixie-updates/InRelease') ?? Buffer.alloc(0));
  await expect(open(mirror)).rejects.toMatchObject({
    code: 'INDEX_INVALID',
    message: containing('trixie-updates'),
  });
});

test.each([
  ['no date', (release: string) => release.replace(/^Date: .*$/m, 'Date: tomorrow')],
  ['a codename that is a path', (release: string) => release.replace(/^Codename: .*$/m, 'Codename: ../x')],
  ['no hashes', (release: string) => release.replace(/SHA256:[^]*/, '')],
  ['a size that is none', (release: string) => release.replace(/(\n [0-9a-f]{64}) \d+/, '$1 -1')],
])('a signed Release with %s is refused', async (_, edit) => {
  const mirror = await start();
  await mirror.publish('trixie', { edit });
  await expect(open(mirror)).rejects.toMatchObject({ code: 'INDEX_INVALID' });
});

test('only the text that was signed is read: what the armour leaves out of it says nothing', async () => {
  const key = await makeMirrorKey();
  const mirror = await start({ key });
  const signed = /(?<=\n\n)Origin:[^]*?(?=-----BEGIN PGP SIGNATURE)/.exec(text(mirror))?.[0] ?? '';
  const spaced = (await clearsign(signed, [key], new Date(Date.now() - 3_600_000))).toString();
  // White space at the end of a line is not signed (RFC 9580, section 7.2): it must not become part of a value either.
  mirror.files.set(inRelease, Buffer.from(spaced.replace('Codename: trixie', 'Codename: trixie \t')));
  await expect(open(mirror)).resolves.toBeInstanceOf(Date);
});
