import { describe, expect, test } from 'vitest';
import { baseKind, likelyBase, namedBases } from '../../src/bases/names.ts';
import { checkSettings, plainSettings } from '../../src/bases/settings.ts';
import type { BaseSettings } from '../../src/bases/types.ts';
import { isToolError } from '../../src/core/errors.ts';

const repositories = { repositories: ['https://mirror.example.com/main'], keys: [], ignoreScripts: [] };

describe('what a name means', () => {
  test.each<[string, Partial<BaseSettings>, string]>([
    ['auto', {}, 'auto'],
    ['scratch', {}, 'plain'],
    ['glibc', {}, 'composed'],
    ['distalpine', {}, 'exact'],
    ['debian-slim', {}, 'distribution'],
    ['debian', {}, 'image'],
    ['debian', { packages: ['a'] }, 'composed'],
    ['alpine', {}, 'image'],
    ['alpine', { alpine: repositories }, 'composed'],
    ['debian:12', { packages: ['a'] }, 'image'],
    ['registry.example.com/glibc', {}, 'image'],
  ])('%s %j is %s', (name, more, kind) => expect(baseKind({ ...plainSettings(name), ...more })).toBe(kind));

  test('a slip is known, an image of another name is none', () => {
    expect(likelyBase('glibx')).toBe('glibc');
    expect(likelyBase('distalpin')).toBe('distalpine');
    expect(likelyBase('busybox')).toBeUndefined();
    expect(likelyBase('team/glibx')).toBeUndefined();
  });

  test('each has its words', () => {
    for (const { name, means, when } of namedBases) expect([name, means, when]).not.toContain('');
  });
});

const wrong = (settings: Partial<BaseSettings> & { name: string }, where = true): string => {
  const range = { file: 'coracle.yaml', line: 3, column: 1, text: '' };
  try {
    checkSettings({ ...plainSettings(settings.name), ...settings }, (...keys) => ({
      name: keys.join('.'),
      ...(where && { where: range }),
    }));
  } catch (error) {
    if (isToolError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'nothing';
};

describe('settings that contradict each other', () => {
  test.each<[Partial<BaseSettings> & { name: string }, string]>([
    [{ name: 'scratch', packages: ['a'] }, 'CONFIG_INVALID base.packages: scratch takes no packages'],
    [{ name: 'debian:12', packages: ['a'] }, 'CONFIG_INVALID base.packages: debian:12 is an image'],
    [{ name: 'alpine', packages: ['a'] }, 'CONFIG_INVALID base.packages: packages of Alpine come from'],
    [{ name: 'auto', slim: true }, 'CONFIG_INVALID base.slim: nothing can be left out of auto'],
    [{ name: 'distalpine', omit: ['/a'] }, 'CONFIG_INVALID base.omit: nothing can be left out'],
    [{ name: 'glibc', omit: ['a'] }, 'CONFIG_INVALID base.omit.0: "a" is no absolute path'],
    [{ name: 'glibc', packages: ['Bad Name'] }, 'CONFIG_INVALID base.packages.0: "Bad Name" is no name'],
    [{ name: 'glibc', debian: { snapshot: '20261301T000000Z' } }, 'CONFIG_INVALID debian.snapshot: '],
    [{ name: 'not a name' }, 'REFERENCE_INVALID base: '],
    [{ name: 'debian', packages: ['curl=7.88.1-10+deb12u8'], slim: true }, 'nothing'],
    [{ name: 'alpine', packages: ['bash>5', '!gcompat'], alpine: repositories }, 'nothing'],
    [{ name: 'debian:12', slim: true }, 'nothing'],
  ])('%j: %s', (settings, said) => expect(wrong(settings)).toContain(said));

  test('of flags they are errors of usage', () => {
    expect(wrong({ name: 'scratch', packages: ['a'] }, false)).toMatch(/^USAGE/);
  });
});
