import type { Binary } from '../golang/binary/read.ts';
import { contentOf, resolvePath } from './tree.ts';
import type { BaseTree } from './tree.ts';

/** Debian's names of the directories for one machine. */
const multiarch: Readonly<Record<string, readonly string[]>> = {
  amd64: ['x86_64-linux-gnu'],
  arm64: ['aarch64-linux-gnu'],
  '386': ['i386-linux-gnu', 'i686-linux-gnu'],
  arm: ['arm-linux-gnueabihf', 'arm-linux-gnueabi'],
  loong64: ['loongarch64-linux-gnu'],
  mips: ['mips-linux-gnu'],
  mipsle: ['mipsel-linux-gnu'],
  mips64: ['mips64-linux-gnuabi64'],
  mips64le: ['mips64el-linux-gnuabi64'],
  ppc64: ['powerpc64-linux-gnu'],
  ppc64le: ['powerpc64le-linux-gnu'],
  riscv64: ['riscv64-linux-gnu'],
  s390x: ['s390x-linux-gnu'],
};

/** Bytes read of one configuration file of the loader. */
const longestConfig = 64 * 1024;

/** musl's loader, by its name. */
export function isMusl(interpreter: string): boolean {
  return /\/ld-musl-[^/]*$/.test(interpreter);
}

/**
 * The directories in which the loader of a base looks after those that the program itself names: glibc's (ld.so(8): the configured
 * ones, then the built-in ones) or musl's (its path file, else three).
 */
export async function systemDirectories(
  tree: BaseTree,
  binary: Pick<Binary, 'machine' | 'interpreter'>,
): Promise<string[]> {
  const interpreter = binary.interpreter ?? '';
  if (isMusl(interpreter)) {
    const configured = await textAt(
      tree,
      interpreter.replace(/^.*\/ld-musl-([^.]*)\..*$/, 'etc/ld-musl-$1.path'),
    );
    return configured === undefined
      ? ['lib', 'usr/local/lib', 'usr/lib']
      : configured.split(/[:\n]/).filter((part) => part !== '');
  }
  const names = multiarch[binary.machine] ?? [];
  return [
    ...(await configuredDirectories(tree)),
    ...['lib', 'usr/lib', 'usr/local/lib'].flatMap((directory) =>
      names.map((name) => `${directory}/${name}`),
    ),
    ...(/\/lib64\//.test(interpreter) || /64|s390x/.test(binary.machine) ? ['lib64', 'usr/lib64'] : []),
    'lib',
    'usr/lib',
    'usr/local/lib',
  ];
}

/**
 * Whether glibc's loader looks into a directory (as in Entry) when it has neither configuration nor cache. The others that
 * `systemDirectories` gives are known to it from the cache alone.
 */
export function isBuiltIn(directory: string, machine: string): boolean {
  const names = ['', ...(multiarch[machine] ?? []).map((name) => `/${name}`)];
  return ['lib', 'usr/lib', 'lib64', 'usr/lib64'].some((place) =>
    names.some((name) => directory === place + name),
  );
}

/** /etc/ld.so.conf and /etc/ld.so.conf.d, from which ldconfig makes the loader's cache. */
async function configuredDirectories(tree: BaseTree): Promise<string[]> {
  const files = [
    'etc/ld.so.conf',
    ...[...tree.keys()].filter((path) => /^etc\/ld\.so\.conf\.d\/[^/]+\.conf$/.test(path)).sort(),
  ];
  const texts = await Promise.all(files.map(async (file) => textAt(tree, file)));
  return texts
    .flatMap((text) => (text ?? '').split('\n'))
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line.startsWith('/'));
}

async function textAt(tree: BaseTree, path: string): Promise<string | undefined> {
  const found = resolvePath(tree, path);
  return found && (await contentOf(found.entry, longestConfig))?.toString('utf8');
}
