import { expect, test } from 'vitest';
import { resolvePath } from '../../src/base/tree.ts';
import { tree } from './tree-maker.ts';

const image = tree({
  'lib -> usr/lib': '',
  'lib64 -> /usr/lib64': '',
  'usr/lib/x86_64-linux-gnu/libc.so.6': 'libc',
  'usr/lib64/ld.so -> ../lib/x86_64-linux-gnu/ld.so': '',
  'usr/lib/x86_64-linux-gnu/ld.so': 'ld',
  'usr/lib/copy => usr/lib/x86_64-linux-gnu/ld.so': '',
  'loop -> loop2': '',
  'loop2 -> loop': '',
  'hard => hard': '',
  'out -> ../../../../usr/lib/x86_64-linux-gnu/ld.so': '',
  'nowhere -> usr/none': '',
});

test.each([
  ['/lib/x86_64-linux-gnu/libc.so.6', 'usr/lib/x86_64-linux-gnu/libc.so.6'],
  ['lib64/ld.so', 'usr/lib/x86_64-linux-gnu/ld.so'],
  ['/lib64/../lib/./x86_64-linux-gnu//ld.so', 'usr/lib/x86_64-linux-gnu/ld.so'],
  ['out', 'usr/lib/x86_64-linux-gnu/ld.so'],
  ['usr/lib/copy', 'usr/lib/copy'],
])('%s is %s', (path, found) => {
  expect(resolvePath(image, path)).toMatchObject({ path: found, entry: { type: 'file' } });
});

test.each(['loop', 'hard', 'nowhere', 'lib/none', ''])('%s is nothing', (path) => {
  expect(resolvePath(image, path)).toBeUndefined();
});
