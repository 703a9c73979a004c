import { expect, test } from 'vitest';
import type { OpenPackage } from '../../../src/base/debian/kept-debs.ts';
import { fileEntry } from '../../../src/base/parts/entry.ts';
import { layOut } from '../../../src/bases/distribution/lay-out.ts';
import { containing } from '../../support/containing.ts';

function pack(name: string, files: readonly string[], preinst?: string, more = ''): OpenPackage {
  const control = `Package: ${name}\nVersion: 1.0\nArchitecture: amd64\n${more}`;
  return {
    record: { name, version: '1.0', architecture: 'amd64', sha256: name, size: 1, filename: `${name}.deb` },
    control: new Map([
      ['control', Buffer.from(control)],
      ...(preinst === undefined ? [] : [['preinst', Buffer.from(preinst)] as const]),
    ]),
    entries: files.map((file) => fileEntry(file, file, 1)),
  };
}

const divert = '#!/bin/sh\ndpkg-divert --package mine --add --rename --divert /bin/tool.theirs /bin/tool\n';

test('a preinst that diverts the file of another package, and has its own there, is refused by its name', async () => {
  const theirs = pack('theirs', ['bin/tool']);
  for (const more of ['', 'Replaces: theirs\n']) {
    await expect(
      layOut([pack('mine', ['usr/bin/tool'], divert, more), theirs], 'amd64'),
    ).rejects.toMatchObject({
      code: 'PACKAGE_UNRESOLVABLE',
      message: containing('mine moves /bin/tool of theirs aside'),
      hint: containing('Leave mine out'),
    });
  }
});

test('a preinst that only moves a file away may do so', async () => {
  const { tree } = await layOut(
    [pack('mine', ['usr/bin/other'], divert), pack('theirs', ['bin/tool'])],
    'amd64',
  );
  expect([...tree.keys()]).toContain('bin/tool');
});
