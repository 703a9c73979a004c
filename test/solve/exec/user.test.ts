import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseGroup, parsePasswd } from '../../../src/solve/exec/passwd.ts';
import { readText, resolveIn } from '../../../src/solve/exec/resolve.ts';
import { findUser } from '../../../src/solve/exec/user.ts';
import { containing } from '../../support/containing.ts';
import { memoryTree } from './memory-tree.ts';

const tree = memoryTree({
  'etc/passwd': [
    'root:x:0:0:root:/root:/bin/sh',
    '',
    'not a line',
    'broken:x:many:0::/:',
    'app:x:1000:1001:App:/home/app:/bin/sh',
    '77:x:1002:1002::/home/odd:',
    'nohome:x:1003:1003:::',
  ].join('\n'),
  'etc/group': 'root:x:0:\napp:x:1001:\nwheel:x:10:app,root\ndocker:x:999:other,app\ntwice:x:10:app\n',
});

test.each([
  ['', { uid: 0, gid: 0, groups: [10], home: '/root' }],
  ['root', { uid: 0, gid: 0, groups: [10], home: '/root' }],
  ['app', { uid: 1000, gid: 1001, groups: [10, 999], home: '/home/app' }],
  ['1000', { uid: 1000, gid: 1001, groups: [10, 999], home: '/home/app' }],
  ['app:wheel', { uid: 1000, gid: 10, groups: [], home: '/home/app' }],
  ['app:4711', { uid: 1000, gid: 4711, groups: [], home: '/home/app' }],
  ['1000:1001', { uid: 1000, gid: 1001, groups: [], home: '/home/app' }],
  ['4711', { uid: 4711, gid: 0, groups: [], home: '/' }],
  ['4711:docker', { uid: 4711, gid: 999, groups: [], home: '/' }],
  ['65532:65532', { uid: 65532, gid: 65532, groups: [], home: '/' }],
  ['nohome', { uid: 1003, gid: 1003, groups: [], home: '/' }],
  // A number is a number, also when somebody is called so.
  ['77', { uid: 77, gid: 0, groups: [], home: '/' }],
])('USER %s', async (user, found) => {
  expect(await findUser(tree, user)).toEqual(found);
});

test('root, and numbers, need no passwd', async () => {
  const empty = memoryTree({});
  expect(await findUser(empty, '')).toEqual({ uid: 0, gid: 0, groups: [], home: '/' });
  expect(await findUser(empty, '5:6')).toEqual({ uid: 5, gid: 6, groups: [], home: '/' });
});

test('a user that nobody is: the error names who is like it, or that there is no passwd', async () => {
  const where = { file: 'Dockerfile', line: 3 };
  await expect(findUser(tree, 'ap', { code: 'DOCKERFILE_INVALID', where })).rejects.toMatchObject({
    code: 'DOCKERFILE_INVALID',
    where,
    hint: containing('Did you mean app?'),
  });
  await expect(findUser(tree, 'app:weel')).rejects.toMatchObject({ hint: containing('Did you mean wheel?') });
  await expect(findUser(memoryTree({}), 'app')).rejects.toMatchObject({
    hint: containing('no /etc/passwd'),
  });
});

test('passwd behind links is found inside the tree, never outside', async () => {
  const linked = memoryTree({
    etc: '-> usr/etc/',
    'usr/etc/passwd': '-> ../../../../data/./passwd',
    'data/passwd': 'app:x:7:8::/srv:',
  });
  expect(await findUser(linked, 'app')).toMatchObject({ uid: 7, gid: 8, home: '/srv' });
  const absolute = memoryTree({ 'a/b': '-> /c/d', 'c/d': 'text' });
  expect(await readText(absolute, '/a/b', 10)).toBe('text');
});

test('links that go round in a circle are an error, and so is a passwd without end', async () => {
  const round = memoryTree({ a: '-> b', b: '-> a' });
  await expect(resolveIn(round, 'a')).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
  const huge = memoryTree({ 'etc/passwd': { text: 'x', size: 10_000_000 } });
  await expect(findUser(huge, 'app')).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
});

test('any text is a passwd and a group: what is no line of one is passed over', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const { uid, gid } of parsePasswd(text)) expect(uid + gid).toBeGreaterThanOrEqual(0);
      for (const { gid } of parseGroup(text)) expect(gid).toBeGreaterThanOrEqual(0);
    }),
  );
});
