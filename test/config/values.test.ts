import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvFields } from '../../src/config/csv.ts';
import { parseOutput } from '../../src/config/output.ts';
import {
  ageLimit,
  byteCount,
  compressionOf,
  fileMode,
  fileOwner,
  healthOf,
  nanoseconds,
  pairs,
  parseCompression,
} from '../../src/config/values.ts';
import { commandWords } from '../../src/config/words.ts';
import { containing } from '../support/containing.ts';

const from = { name: '--flag' };
const refused = (work: () => unknown) => expect(work).toThrow(expect.objectContaining({ code: 'USAGE' }));

describe('values', () => {
  test.each([
    ['30s', 30e9],
    ['1m30s', 90e9],
    ['500ms', 5e8],
    ['1.5h', 5400e9],
    ['0s', 0],
  ])('%s is %d nanoseconds', (text, value) => expect(nanoseconds(text, from)).toBe(value));
  test.each(['', '30', 's', '1x', '-1s', '1s 2s', '1s2'])('%j is no duration', (text) =>
    refused(() => nanoseconds(text, from)),
  );

  test.each([
    ['7d', 7 * 86_400_000],
    ['2w', 14 * 86_400_000],
    ['12h', 12 * 3_600_000],
    ['30m', 1_800_000],
  ])('%s is an age of %d ms', (text, value) => expect(ageLimit(text, from)).toBe(value));
  test('1y is no age', () => refused(() => ageLimit('1y', from)));

  test.each([
    ['1024', 1024],
    ['5GB', 5e9],
    ['5g', 5e9],
    ['2GiB', 2 * 1024 ** 3],
    ['1.5 MB', 1.5e6],
    ['10b', 10],
  ])('%s is %d bytes', (text, value) => expect(byteCount(text, from)).toBe(value));
  test.each(['', 'GB', '5PB', '-1', '5 G B'])('%j is no size', (text) =>
    refused(() => byteCount(text, from)),
  );

  test.each([
    ['gzip', { type: 'gzip' }],
    ['zstd:19', { type: 'zstd', level: 19 }],
    ['none', { type: 'none' }],
    ['gzip:12', { type: 'gzip', level: 12 }],
  ])('--compression %s', (text, value) => expect(parseCompression(text, from)).toEqual(value));
  test.each(['bzip2', 'gzip:0', 'gzip:13', 'zstd:20', 'none:1', 'gzip:', ''])(
    '--compression %j is refused',
    (text) => refused(() => parseCompression(text, from)),
  );
  test('a level without a kind is gzip', () =>
    expect(compressionOf({ level: 9 }, from)).toEqual({ kind: 'gzip', level: 9 }));

  test('health checks are written in nanoseconds, without what was not said', () => {
    expect(healthOf({ cmd: ['/app/api', 'check'], interval: '10s', retries: 3 }, from)).toEqual({
      Test: ['CMD', '/app/api', 'check'],
      Interval: 1e10,
      Retries: 3,
    });
    expect(healthOf({ cmd: 'curl localhost' }, from)).toEqual({ Test: ['CMD-SHELL', 'curl localhost'] });
    expect(healthOf(false, from)).toEqual({ Test: ['NONE'] });
  });

  test('modes and owners', () => {
    expect([fileMode('0644', from), fileMode('755', from), fileMode('0o600', from)]).toEqual([
      0o644, 0o755, 0o600,
    ]);
    for (const text of ['rw', '999', '1', '']) refused(() => fileMode(text, from));
    expect([fileOwner('1', from), fileOwner('1:2', from)]).toEqual([
      { uid: 1, gid: 1 },
      { uid: 1, gid: 2 },
    ]);
    for (const text of ['me', '1:', '', '1:2:3']) refused(() => fileOwner(text, from));
  });

  test('a name alone takes its value from the environment, as with Docker', () => {
    expect(pairs(['A=1', 'B', 'C=', 'D=x=y', 'E'], from, { B: 'b' })).toEqual({
      A: '1',
      B: 'b',
      C: '',
      D: 'x=y',
    });
    refused(() => pairs(['A'], from));
    refused(() => pairs(['=x'], from));
  });
});

describe('words', () => {
  test.each([
    ['["/app/api", "serve"]', ['/app/api', 'serve']],
    ['/app/api serve', ['/app/api', 'serve']],
    [`a 'b c' "d 'e'" f"g h"`, ['a', 'b c', "d 'e'", 'fg h']],
    ['  a  ', ['a']],
    ["''", ['']],
    ['', []],
  ])('%s', (text, words) => expect(commandWords(text, from)).toEqual(words));
  test.each(['["a"', '[1]', '{"a":1}x"', `a 'b`])('%s is refused', (text) =>
    refused(() => commandWords(text, from)),
  );
  test('any list survives as JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (list) => {
        expect(commandWords(JSON.stringify(list), from)).toEqual(list);
      }),
    );
  });
});

describe("buildx's CSV", () => {
  test.each([
    ['a,b', ['a', 'b']],
    ['"a,b",c', ['a,b', 'c']],
    ['"a""b"', ['a"b']],
    ['a,', ['a', '']],
    ['', ['']],
  ])('%s', (text, fields) => expect(csvFields(text, from.name)).toEqual(fields));
  test.each(['"a', 'a"b', '"a"b'])('%s is refused', (text) => refused(() => csvFields(text, from.name)));
  test('any fields survive', () => {
    const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '=', ' ') });
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), (fields) => {
        const text = fields.map((each) => `"${each.replaceAll('"', '""')}"`).join(',');
        expect(csvFields(text, from.name)).toEqual(fields);
      }),
    );
  });
});

describe('--output', () => {
  test.each([
    ['type=oci,dest=out.tar', { type: 'oci', dest: '/w/out.tar' }],
    ['type=oci,dest=out,tar=false', { type: 'oci', dest: '/w/out', tar: false }],
    ['type=oci', { type: 'oci', dest: '-' }],
    ['type=docker,dest=d.tar', { type: 'docker', dest: '/w/d.tar' }],
    ['type=docker', { type: 'load' }],
    ['type=tar,dest=/abs/r.tar', { type: 'tar', dest: '/abs/r.tar' }],
    ['type=local,dest=dir', { type: 'local', dest: '/w/dir' }],
    ['"type=local","dest=a,b"', { type: 'local', dest: '/w/a,b' }],
    ['dir', { type: 'local', dest: '/w/dir' }],
    ['-', { type: 'tar', dest: '-' }],
    ['type=registry', { type: 'registry' }],
    ['type=image,push=true', { type: 'registry' }],
    ['type=image', undefined],
  ])('%s', (text, output) => expect(parseOutput(text, '/w')).toEqual(output));
  test.each([
    ['type=ocii,dest=x', 'Did you mean type=oci?'],
    ['dest=x', 'The types are'],
    ['type=local', 'dest=DIRECTORY'],
    ['type=oci,tar=false', 'dest=DIRECTORY'],
    ['type=oci,dset=x', 'dest and tar'],
    ['type=image,name=x', '-t'],
  ])('%s is refused with a hint', (text, hint) => {
    expect(() => parseOutput(text, '/w')).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: containing(hint) }),
    );
  });
  test.each([
    'type=oci,tar=perhaps,dest=x',
    'type=oci,type=oci',
    'type=tar,tar=false,dest=x',
    'type=oci,dest=',
  ])('%s is refused', (text) => refused(() => parseOutput(text, '/w')));
});
