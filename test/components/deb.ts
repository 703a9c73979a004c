import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { cached } from './cache.ts';

/** A binary package: its bytes, and its control stanza without what an index adds (Filename, Size, SHA256). */
export interface Deb {
  readonly control: string;
  readonly bytes: Buffer;
}

export interface DebFile {
  /** `./usr/bin/tool`; a path that ends with a slash is a directory. */
  readonly path: string;
  readonly content?: string | Buffer;
  readonly mode?: number;
  /** Makes it a symbolic link. */
  readonly target?: string;
}

/**
 * A package written here: ar, tar and gzip by hand, so that it holds what a test wants and nothing else.
 * @param fields of the control file; Version, Architecture and the like have defaults
 * @param scripts further files of control.tar by name: `postinst` …
 */
export function makeDeb(
  fields: Readonly<Record<string, string>> & { readonly Package: string },
  files: readonly DebFile[] = [],
  scripts: Readonly<Record<string, string>> = {},
): Deb {
  const all = {
    Version: '1.0',
    Architecture: 'amd64',
    Maintainer: 'Nobody <nobody@example.invalid>',
    Priority: 'optional',
    Section: 'misc',
    Description: 'a package of a test',
    ...fields,
  };
  const control = Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
  const controlFiles = [
    { path: './control', content: control },
    ...Object.entries(scripts).map(([name, content]) => ({ path: `./${name}`, content, mode: 0o755 })),
  ];
  const bytes = ar([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzipSync(tar(controlFiles))],
    ['data.tar.gz', gzipSync(tar(files))],
  ]);
  return { control, bytes };
}

/** An ar archive as dpkg-deb writes it. */
export function ar(members: readonly (readonly [name: string, content: Buffer])[]): Buffer {
  const parts = members.flatMap(([name, content]) => [
    Buffer.from(
      `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(content.length).padEnd(10)}\`\n`,
    ),
    content,
    Buffer.alloc(content.length % 2, '\n'),
  ]);
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

/** A tar archive in the ustar format. */
export function tar(files: readonly DebFile[]): Buffer {
  const parts = files.flatMap((file) => {
    const content = Buffer.from(file.content ?? '');
    return [tarHeader(file, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function tarHeader({ path: name, mode, target }: DebFile, size: number): Buffer {
  const directory = name.endsWith('/');
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number): void =>
    void header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  header.write(name, 0, 100);
  octal(mode ?? (directory ? 0o755 : 0o644), 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(1_700_000_000, 136, 12);
  header.write('        ', 148, 'latin1');
  header.write(directory ? '5' : target === undefined ? '0' : '2', 156, 'latin1');
  header.write(target ?? '', 157, 100);
  header.write('ustar\x0000root', 257, 'latin1');
  header.write('root', 297, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** Why packages cannot be fetched through apt here; undefined when they can. */
export function aptMissing(): string | undefined {
  const tools = ['/usr/bin/apt-get', '/usr/bin/dpkg-deb'].filter((tool) => !existsSync(tool));
  if (tools.length > 0) return `no ${tools.join(', ')} on this machine`;
  const lists = existsSync('/var/lib/apt/lists') ? readdirSync('/var/lib/apt/lists') : [];
  return lists.some((name) => name.includes('_Packages'))
    ? undefined
    : 'apt has no lists of packages (apt-get update)';
}

/** Packages fetched through the machine's own apt, once: they are kept in the test cache. */
export async function aptDebs(names: readonly string[]): Promise<Deb[]> {
  const key = createHash('sha256')
    .update([...names].sort().join(' '))
    .digest('hex')
    .slice(0, 16);
  const directory = await cached(`debian-debs-${key}`, async (fresh) => {
    // As the user who runs the test: apt's own user may not write here.
    execFileSync('apt-get', ['-q', '-o', 'APT::Sandbox::User=', 'download', ...names], {
      cwd: fresh,
      stdio: 'pipe',
    });
  });
  return readdirSync(directory)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => {
      const file = path.join(directory, name);
      return { bytes: readFileSync(file), control: execFileSync('dpkg-deb', ['-f', file]).toString() };
    });
}
