import { describe, expect, it } from 'vitest';
import { openNote, parseVerifier } from '../../../src/golang/sumdb/note.ts';
import { readTree } from '../../../src/golang/sumdb/verify.ts';
import { createLog } from '../support/log.ts';

/** A signed tree as Go's public checksum database gave it, and that database's published key. */
const publicKey = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8';
const publicNote = `go.sum database tree
71769961
O0jlIxwRb2vZYS1na726XLlaDCtCqKUVLld+AY32AGA=

\u2014 sum.golang.org Az3grufbQia/eVmOpUINcw1UBa6rB6ikK2tQHD1unUUvIMEXtMyuoYzc+kL7vaGESkPcmXTD1s5Cu55o14FrOYfragA=
`;

const log = createLog('db.example/sum');
log.add('a\n');
const verifier = parseVerifier(log.verifierKey);
const bytes = (text: string): Buffer => Buffer.from(text);

describe('a signed note', () => {
  it("of Go's public database is opened with the built-in key", () => {
    expect(readTree(bytes(publicNote), parseVerifier(publicKey))).toEqual({
      size: 71769961,
      root: Buffer.from('O0jlIxwRb2vZYS1na726XLlaDCtCqKUVLld+AY32AGA=', 'base64'),
    });
  });

  it('is refused when one character of it was changed', () => {
    for (let at = 0; at < publicNote.length; at += 3) {
      const other = publicNote[at] === 'A' ? 'B' : 'A';
      const changed = publicNote.slice(0, at) + other + publicNote.slice(at + 1);
      expect([at, readTree(bytes(changed), parseVerifier(publicKey))]).toEqual([at, undefined]);
    }
  });

  it('may bear signatures of others beside', () => {
    const other = createLog('db.example/sum'); // the same name, another key
    other.add('a\n');
    const both = `${other.note().trimEnd()}\n${log.note().split('\n\n')[1]}`;
    expect(openNote(bytes(both), verifier)).toBe(log.note().split('\n\n')[0] + '\n');
    expect(openNote(bytes(other.note()), verifier)).toBeUndefined();
  });

  it.each([
    ['without a signature', (note: string) => `${note.split('\n\n')[0]}\n\n`],
    ['without its last line break', (note: string) => note.trimEnd()],
    ['with a carriage return', (note: string) => note.replace('\n', '\r\n')],
    ['with another name', (note: string) => note.replace('\u2014 db.example/sum', '\u2014 db.example/two')],
    ['with a hyphen for the dash', (note: string) => note.replace('\u2014', '-')],
    [
      'with a hundred signatures more',
      (note: string) => note + note.slice(note.indexOf('\u2014')).repeat(100),
    ],
    ['that is empty', () => ''],
  ])('%s is refused', (_, change) => {
    expect(openNote(bytes(log.note()), verifier)).toBeDefined();
    expect(openNote(bytes(change(log.note())), verifier)).toBeUndefined();
  });

  it('that is no UTF-8 is refused', () => {
    expect(openNote(Buffer.concat([bytes('\n\n'), Buffer.from([0xff, 0x0a])]), verifier)).toBeUndefined();
  });
});

describe('a verifier key', () => {
  it.each([
    '',
    'name',
    'sum.golang.org',
    'a+b+c',
    publicKey.replace('033de0ae', '033de0af'),
    publicKey.replace('Ac4z', 'As4z'),
    publicKey.slice(0, -4),
  ])('%j is refused', (text) =>
    expect(() => parseVerifier(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' })),
  );
});
