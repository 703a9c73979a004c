import { expect, test } from 'vitest';
import { annotationsOf, browsable, originOf } from '../../src/build/describe.ts';

test.each([
  ['https://github.com/a/b.git', 'https://github.com/a/b'],
  ['https://user:secret@github.com/a/b.git', 'https://github.com/a/b'],
  ['git@github.com:a/b.git', 'https://github.com/a/b'],
  ['ssh://git@git.example.com:2222/a/b.git', 'https://git.example.com/a/b'],
  ['https://git.example.com:8443/a/b/', 'https://git.example.com:8443/a/b'],
  ['/home/me/repo', undefined],
  ['../repo', undefined],
  ['file:///home/me/repo', undefined],
])('the remote %s is shown as %s', (remote, shown) => {
  expect(browsable(remote)).toBe(shown);
});

const vcs = {
  root: '/r',
  revision: 'a'.repeat(40),
  time: '2024-01-01T00:00:00Z',
  epoch: 1704067200,
  dirty: false,
  shallow: false,
  tagsKey: '',
};

test('SOURCE_DATE_EPOCH wins over the commit, the commit over nothing', () => {
  expect(originOf(vcs, 5).created).toBe(5);
  expect(originOf(vcs, undefined).created).toBe(1704067200);
  expect(originOf(undefined, undefined).created).toBe(0);
});

test('annotations name only what is known', () => {
  expect(annotationsOf(originOf(undefined, undefined), {})).toEqual({
    'org.opencontainers.image.created': '1970-01-01T00:00:00Z',
  });
  expect(
    annotationsOf(originOf({ ...vcs, tag: 'v1', remote: 'git@h.com:a/b' }, undefined), {
      reference: 'r',
      digest: 'sha256:x',
    }),
  ).toEqual({
    'org.opencontainers.image.created': '2024-01-01T00:00:00Z',
    'org.opencontainers.image.revision': vcs.revision,
    'org.opencontainers.image.source': 'https://h.com/a/b',
    'org.opencontainers.image.version': 'v1',
    'org.opencontainers.image.base.name': 'r',
    'org.opencontainers.image.base.digest': 'sha256:x',
  });
});
