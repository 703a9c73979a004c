import { expect, test } from 'vitest';
import { giveOwners } from '../../../src/bases/distribution/owners.ts';
import { fileEntry } from '../../../src/base/parts/entry.ts';
import { applyLayer } from '../../../src/layer/apply.ts';
import type { Entry } from '../../../src/layer/entry.ts';

/** What owners a tree has after calls, each its words, made in a directory. */
async function after(...calls: readonly (readonly string[])[]): Promise<Record<string, string>> {
  const tree = new Map<string, Entry>();
  const record = calls.map((words) => `${words.join('\n')}\n\n`).join('');
  const link: Entry = { ...fileEntry('link', '', 0), type: 'symlink', size: 0, linkName: '/srv/a' };
  const { content: _, ...bare } = link;
  const files = ['srv/a', 'srv/deep/b', 'opt/c', 'opt/tool'].map((name) => fileEntry(name, name, 0));
  await applyLayer(tree, [
    fileEntry('etc/passwd', 'root:x:0:0::/:/bin/sh\nman:x:6:12::/:\n', 0),
    fileEntry('etc/group', 'root:x:0:\nmail:x:8:\n', 0),
    fileEntry('run/coracle-owners', record, 0),
    ...files,
    bare,
  ]);
  await giveOwners(tree);
  const given = [...tree.values()].filter(({ uid, gid }) => uid !== 0 || gid !== 0);
  return Object.fromEntries(given.map(({ path, uid, gid }) => [path, `${uid}:${gid}`]));
}

test('what scripts gave away belongs to whom they gave it', async () => {
  expect(await after(['chown', '/', 'man:mail', '/srv/a'])).toEqual({ 'srv/a': '6:8' });
  expect(await after(['chown', '/srv', '-R', ':mail', 'deep'])).toEqual({
    'srv/deep': '0:8',
    'srv/deep/b': '0:8',
  });
  expect(await after(['chgrp', '/', 'mail', 'opt/c'], ['chown', '/', '70', 'opt/c'])).toEqual({
    'opt/c': '70:8',
  });
  expect(await after(['chown', '/', 'man', '/link'])).toEqual({ 'srv/a': '6:0' });
  expect(await after(['chown', '/', '-h', 'man', '/link'])).toEqual({ link: '6:0' });
  expect(await after(['chown', '/', 'nobody-here', '/srv/a'], ['chown', '/', 'man', '/gone'])).toEqual({});
});

test('install gives what it makes', async () => {
  expect(await after(['install', '/', '-o', 'man', '-gmail', '-m', '600', '/tmp/x', '/opt/c'])).toEqual({
    'opt/c': '6:8',
  });
  expect(await after(['install', '/', '-d', '--group=mail', '/srv', '/opt'])).toEqual({
    srv: '0:8',
    opt: '0:8',
  });
  expect(await after(['install', '/', '--owner', 'man', '-t', '/opt', 'build/tool'])).toEqual({
    'opt/tool': '6:0',
  });
  expect(await after(['install', '/opt', '-o', 'man', '/tmp/tool', '.'])).toEqual({ 'opt/tool': '6:0' });
  expect(await after(['install', '/', '-m', '600', '/tmp/x', '/opt/c'])).toEqual({});
});
