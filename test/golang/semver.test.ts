import { describe, expect, test } from 'vitest';
import { compareVersions, isPseudoVersion, isVersion } from '../../src/golang/semver.ts';

/** From semver.org, item 11, and Go's own forms, oldest first. */
const ordered = [
  'v0.0.0-20240506070809-abcdefabcdef',
  'v0.9.0',
  'v1.0.0-alpha',
  'v1.0.0-alpha.1',
  'v1.0.0-alpha.beta',
  'v1.0.0-beta',
  'v1.0.0-beta.2',
  'v1.0.0-beta.11',
  'v1.0.0-rc.1',
  'v1.0.0',
  'v1.2.0',
  'v1.10.0',
  'v2.0.0+incompatible',
  'v10.0.0',
];

describe('versions', () => {
  test('are ordered as semver.org says', () => {
    expect(ordered.toReversed().toSorted(compareVersions)).toEqual(ordered);
    expect(compareVersions('v1.0.0+a', 'v1.0.0+b')).toBe(0);
    expect(compareVersions('nonsense', 'v0.0.0')).toBeLessThan(0);
  });

  test.each(['v1', 'v1.2', '1.2.3', 'v01.2.3', 'v1.2.3.4', 'v1.2.3-', 'latest', ''])(
    '%s is no whole version',
    (text) => {
      expect(isVersion(text)).toBe(false);
    },
  );

  test.each([
    ['v0.0.0-20240506070809-abcdefabcdef', true],
    ['v1.2.4-0.20240506070809-abcdefabcdef', true],
    ['v1.2.3-rc.1.0.20240506070809-abcdefabcdef', true],
    ['v2.0.1-0.20240506070809-abcdefabcdef+incompatible', true],
    ['v1.2.3', false],
    ['v1.2.3-rc.1', false],
  ])('%s stands for a commit: %s', (version, expected) => {
    expect(isPseudoVersion(version)).toBe(expected);
  });
});
