import { array, assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildFlags, effectiveTags, flagValue, listFlags, readFlags } from '../../src/golang/build-flags.ts';
import type { FlagSettings } from '../../src/golang/build-flags.ts';
import { portEnv } from '../../src/golang/go-port.ts';
import { joinQuoted, splitQuoted } from '../../src/golang/quoted.ts';

const plain: FlagSettings = { cgo: 'off', strip: true, vcs: true, flags: [], tags: [], ldflags: [] };

describe('buildFlags', () => {
  test('says everything that matters, whatever GOFLAGS says', () => {
    const expected = ['-trimpath', '-buildvcs=true', '-ldflags=-s -w -buildid='];
    expect(buildFlags(plain, undefined)).toEqual(expected);
    expect(buildFlags(plain, '-buildvcs=false -trimpath=false -mod=vendor')).toEqual(expected);
  });

  test('joins linker flags of config and flags, and takes those of GOFLAGS only without them', () => {
    const ldflags = (settings: Partial<FlagSettings>, goflags?: string) =>
      buildFlags({ ...plain, ...settings }, goflags).filter((flag) => flag.startsWith('-ldflags'));
    expect(ldflags({ strip: false }, '-ldflags=-X=a.b=c')).toEqual(['-ldflags=-buildid= -X=a.b=c']);
    expect(
      ldflags({ ldflags: ['-X a.b=1', '-X a.c=2'], flags: ['-ldflags=-X a.d=3'] }, '-ldflags=-X=a.b=c'),
    ).toEqual(['-ldflags=-s -w -buildid= -X a.b=1 -X a.c=2 -X a.d=3']);
    expect(ldflags({ ldflags: ['all=-X a.b=1'] })).toEqual([
      '-ldflags=-s -w -buildid=',
      '-ldflags=all=-s -w -buildid= -X a.b=1',
    ]);
    expect(ldflags({ cgo: 'static', ldflags: ["-extldflags '-Wl,-z,now' -X a.b=1"] })).toEqual([
      "-ldflags=-s -w -buildid= -linkmode=external -X a.b=1 '-extldflags=-static -Wl,--build-id=none -Wl,-z,now'",
    ]);
  });

  test('reads flags as people write them', () => {
    const flags = ['-race', '-tags netgo', '-gcflags', 'all=-N -l', '--pgo=off', ' -mod=mod '];
    expect(readFlags(flags, 'x')).toEqual([
      { name: 'race' },
      { name: 'tags', value: 'netgo' },
      { name: 'gcflags', value: 'all=-N -l' },
      { name: 'pgo', value: 'off' },
      { name: 'mod', value: 'mod' },
    ]);
    expect(listFlags({ cgo: 'off', flags, tags: ['a b', 'c,d'] }, '')).toEqual([
      '-race',
      '-mod=mod',
      '-tags=a,b,c,d,netgo',
    ]);
    expect(flagValue('mod', flags, '-mod=vendor')).toBe('mod');
    expect(flagValue('mod', [], '-mod=vendor')).toBe('vendor');
    expect(flagValue('overlay', flags, '-mod=vendor')).toBeUndefined();
  });

  test('adds the tags of a static build to those of the user', () => {
    expect(effectiveTags({ cgo: 'static', flags: [], tags: [] }, '-tags=x,y')).toEqual([
      'x',
      'y',
      'netgo',
      'osusergo',
    ]);
    expect(effectiveTags({ cgo: 'static', flags: [], tags: ['netgo'] }, '-tags=x')).toEqual([
      'netgo',
      'osusergo',
    ]);
  });
});

describe('quoted words', () => {
  test('are split as the go command does', () => {
    expect(splitQuoted(` a 'b c'  "d'e"\tf="g h" `, 'x')).toEqual(['a', 'b c', "d'e", 'f="g', 'h"']);
    expect(() => splitQuoted("'open", 'GOFLAGS')).toThrow('GOFLAGS');
    expect(() => joinQuoted([`'"`], 'x')).toThrow('both kinds of quotes');
  });

  test('come back as they went', () => {
    const words = array(
      string({ unit: 'grapheme-ascii' }).filter((word) => !(word.includes("'") && word.includes('"'))),
    );
    assert(
      property(words, (list) => {
        expect(splitQuoted(joinQuoted(list, 'x'), 'x')).toEqual(list);
      }),
    );
  });
});

test.each([
  ['amd64', undefined, {}, {}],
  ['amd64', 'v3', {}, { GOAMD64: 'v3' }],
  ['amd64', 'v3', { GOAMD64: 'v2' }, { GOAMD64: 'v2' }],
  ['arm', 'v5', {}, { GOARM: '5' }],
  ['arm', 'v8', {}, { GOARM: '7' }],
  ['arm', 'v7', { GOARM: '6,softfloat' }, { GOARM: '6,softfloat' }],
  ['arm64', 'v9', {}, { GOARM64: 'v9.0' }],
  ['riscv64', undefined, {}, {}],
])('linux/%s %s with %o', (architecture, variant, configured, expected) => {
  const platform = { os: 'linux', architecture, ...(variant !== undefined && { variant }) };
  expect(portEnv(platform, configured)).toEqual({ GOOS: 'linux', GOARCH: architecture, ...expected });
});

test.each([
  ['amd64', 'v2', { GOAMD64: 'v3' }, 'GOAMD64=v3'],
  ['amd64', 'v2x', {}, 'v2x'],
])('linux/%s/%s with %o is refused', (architecture, variant, configured, message) => {
  expect(() => portEnv({ os: 'linux', architecture, variant }, configured)).toThrow(message);
});
