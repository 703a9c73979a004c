import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, systemCode } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { blockSize } from '../layer/tar-format.ts';
import { isElf } from './files/elf-look.ts';

/** What a text names. Paths are absolute. */
export type Thing =
  /** A name for images/source.ts. */
  | { readonly kind: 'image'; readonly name: string }
  /** An archive that has to be unpacked before one can jump in it. */
  | { readonly kind: 'packed archive'; readonly path: string }
  | { readonly kind: 'binary'; readonly path: string }
  | { readonly kind: 'directory'; readonly path: string };

const schemes = /^(?:docker:\/\/|store:|oci:|oci-archive:|docker-archive:|sha256:)/;

/**
 * Finds out what is to be explained. A path that exists comes before an image of the same name.
 * @throws ToolError NOT_FOUND for a path that is not there, UNSUPPORTED for a file that is nothing Coracle explains
 */
export async function whatIs(ctx: Ctx, text: string): Promise<Thing> {
  if (text === '')
    throw new ToolError('USAGE', 'nothing is named', {
      hint: 'Name an image, a program or a directory: coracle explain IMAGE|BINARY|DIR',
    });
  const packed = /^(?:docker-archive|oci-archive|oci):([^:]+)$/.exec(text)?.[1];
  if (packed !== undefined && (await packing(path.resolve(ctx.cwd, packed))) !== undefined)
    return { kind: 'packed archive', path: path.resolve(ctx.cwd, packed) };
  if (schemes.test(text)) return { kind: 'image', name: text };
  const place = path.resolve(ctx.cwd, text);
  const stat = await fs.stat(place).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'].includes(systemCode(error) ?? ''))
      return undefined;
    throw fileError(error, 'read', place);
  });
  if (!stat) {
    if (!/^(?:\.{0,2}\/|\.{1,2}$)/.test(text)) return { kind: 'image', name: text };
    throw new ToolError('NOT_FOUND', `there is no ${text}`, {
      hint: 'The path is taken from the current directory.',
    });
  }
  if (stat.isDirectory()) return directory(text, place);
  if (!stat.isFile())
    throw new ToolError('UNSUPPORTED', `${text} is neither a file nor a directory`, {
      hint: 'Save it to a file first.',
    });
  return fileOf(text, place);
}

async function directory(text: string, place: string): Promise<Thing> {
  const has = async (name: string): Promise<boolean> =>
    fs.stat(path.join(place, name)).then(
      (stat) => stat.isFile(),
      () => false,
    );
  if ((await has('oci-layout')) && (await has('index.json'))) return { kind: 'image', name: `oci:${text}` };
  // What docker save wrote, unpacked.
  if (
    (await has('manifest.json')) &&
    !(await has('package.json')) &&
    (await isDockerManifest(path.join(place, 'manifest.json')))
  )
    return { kind: 'image', name: `docker-archive:${text}` };

  return { kind: 'directory', path: place };
}

async function isDockerManifest(file: string): Promise<boolean> {
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  return text.trimStart().startsWith('[') && text.includes('"Layers"') && text.includes('"Config"');
}

async function fileOf(text: string, place: string): Promise<Thing> {
  const head = await headOf(place, blockSize);
  if (isElf(head)) return { kind: 'binary', path: place };
  if (packingOf(head) !== undefined) return { kind: 'packed archive', path: place };
  if (head.subarray(257, 262).toString('latin1') === 'ustar' || place.endsWith('.tar')) {
    const { tarFiles } = await import('../archive/tar-files.ts');
    const files = await tarFiles(place);
    if (await files.find('manifest.json')) return { kind: 'image', name: `docker-archive:${text}` };
    if (await files.find('oci-layout')) return { kind: 'image', name: `oci:${text}` };
    throw new ToolError(
      'UNSUPPORTED',
      `${text} is a tar archive, but not of an image: it has neither manifest.json nor oci-layout`,
      {
        hint: 'Unpack it, and name the directory.',
      },
    );
  }
  throw new ToolError(
    'UNSUPPORTED',
    `${text} is ${foreign(head)}; Coracle explains images, ELF programs and directories`,
    {
      hint: 'Name an image archive (docker save, oci), a Linux program, or a directory.',
    },
  );
}

async function packing(place: string): Promise<string | undefined> {
  const stat = await fs.stat(place).catch(() => undefined);
  return stat?.isFile() ? packingOf(await headOf(place, 6)) : undefined;
}

function packingOf(head: Buffer): string | undefined {
  const text = head.toString('latin1');
  const packings = { '\x1f\x8b': 'gzip', '\x28\xb5\x2f\xfd': 'zstd', BZh: 'bzip2', '\xfd7zXZ': 'xz' };
  return Object.entries(packings).find(([magic]) => text.startsWith(magic))?.[1];
}

function foreign(head: Buffer): string {
  const text = head.toString('latin1');
  if (text === '') return 'an empty file';
  if (text.startsWith('MZ')) return 'a Windows program';
  if (/^(?:\xcf\xfa\xed\xfe|\xce\xfa\xed\xfe|\xca\xfe\xba\xbe)/.test(text)) return 'a program of macOS';
  if (text.startsWith('#!')) return 'a script';
  if (text.startsWith('!<arch>\n')) return 'a static library or a package of Debian';
  if (text.startsWith('PK')) return 'a zip archive';
  return text.startsWith('\0asm') ? 'a WebAssembly module' : 'a file of a kind that is not known';
}

async function headOf(place: string, size: number): Promise<Buffer> {
  try {
    const handle = await fs.open(place, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(error, 'read', place);
  }
}
