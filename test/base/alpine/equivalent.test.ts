import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { busyboxCommands } from '../../../src/base/alpine/busybox-commands.ts';
import { alpineEquivalent, alpineEquivalentPackages } from '../../../src/base/alpine/equivalent.ts';
import type { Composition } from '../../../src/base/debian/types.ts';
import { fileEntry } from '../../../src/base/parts/entry.ts';
import type { Entry } from '../../../src/layer/entry.ts';
import { call, describeWith, findProgram, installed } from '../../components/program.ts';
import { tempDir } from '../../support/ctx.ts';
import { machineProvider } from '../exact/machine-provider.ts';
import { runOn } from '../exact/run-on.ts';

const of = (entries: readonly Entry[]): Composition => ({
  packages: [],
  entries,
  generated: [],
  omitted: [],
});

test('a table of commands that no zero stands before, as in busybox 1.37', async () => {
  const content = Buffer.from(
    ['junk 2[', '2[[', '\xc0\xae [', '[[', 'ash', 'cat', 'busybox', '', ''].join('\0'),
    'latin1',
  );
  const entry = { ...fileEntry('usr/bin/busybox', '', 0), size: content.length };
  expect(await busyboxCommands({ ...entry, content: () => oneChunk(content) })).toEqual([
    '[',
    '[[',
    'ash',
    'cat',
  ]);
});

async function* oneChunk(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const needs = [installed('busybox'), installed('musl-gcc'), installed('dpkg-query')];
describeWith(needs, 'an equivalent of Alpine from Debian’s packages', () => {
  const composed = async (layout: 'merged' | 'apart'): Promise<Composition> => {
    const { tree } = await machineProvider(['busybox-static', 'musl']);
    const place = (one: string): string =>
      layout === 'merged' ? one : one.replace(/^usr\/(bin|lib)\//, '$1/');
    const own = [...tree.values()].filter(
      (one) => one.type === 'file' && !one.path.startsWith('var/') && !one.path.startsWith('usr/share/'),
    );
    const links: Entry[] = [...tree.values()]
      .filter((one) => one.type === 'symlink' && one.path.includes('musl'))
      .map((one) => ({ ...one, path: place(one.path) }));
    return of([...own.map((one) => ({ ...one, path: place(one.path) })), ...links]);
  };

  for (const layout of ['merged', 'apart'] as const) {
    test(`has a shell, its commands, and runs a program of musl’s (/usr ${layout})`, async () => {
      const base = await alpineEquivalent(await composed(layout), { mtime: 1 });
      const program = path.join(tempDir(), 'program');
      writeFileSync(`${program}.c`, '#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n');
      await call(['musl-gcc', '-o', program, `${program}.c`]);
      const argv = [
        '/bin/sh',
        '-c',
        '/app/program | tr a-z A-Z; id -un; ls -d /tmp; cat /etc/passwd | wc -l',
      ] as const;
      expect(await runOn(base, program, { argv })).toEqual({ code: 0, output: 'HELLO\nroot\n/tmp\n5\n' });
      expect(base.statement).toMatch(/equivalent.*musl, busybox.*from Debian/);
      expect(base.generated).toContainEqual({ path: 'etc/passwd', instead: 'alpine-baselayout' });
    });
  }

  test('its commands are those that busybox itself lists', async () => {
    const { tree } = await machineProvider(['busybox-static']);
    const { stdout } = await call([findProgram('busybox') ?? 'busybox', '--list']);
    const listed = stdout.split('\n').filter((name) => name !== '' && !['busybox', 'linuxrc'].includes(name));
    expect(await busyboxCommands(tree.get('usr/bin/busybox'))).toEqual(listed);
  });
});

test('packages without a busybox are refused', async () => {
  expect(alpineEquivalentPackages).toContain('busybox-static');
  await expect(alpineEquivalent(of([]), { mtime: 1 })).rejects.toMatchObject({ code: 'BASE_CANNOT_RUN' });
  const other = of([fileEntry('bin/busybox', 'no table', 0)]);
  await expect(alpineEquivalent(other, { mtime: 1 })).rejects.toMatchObject({ code: 'BASE_CANNOT_RUN' });
});
