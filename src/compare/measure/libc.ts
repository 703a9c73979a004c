import type { Looked } from './look.ts';
import { libraryOf } from './places.ts';

/** Which C library an image holds, with its version where the library says one: `glibc 2.36, /lib/x86_64-linux-gnu/libc.so.6`. */
export async function libcOf(looked: Looked): Promise<string | undefined> {
  const glibc = libraryOf(looked, /^libc\.so\.6$/);
  const musl = libraryOf(looked, /^ld-musl-[\w-]+\.so\.1$/);
  const found = [
    glibc === undefined ? undefined : named('glibc', glibc, await glibcVersion(looked, glibc)),
    musl === undefined ? undefined : named('musl', musl, await muslVersion(looked, musl)),
  ].filter((text) => text !== undefined);
  return found.length === 0 ? undefined : found.join('; ');
}

/** Bytes of a C library; the largest are a tenth of it. */
const largest = 32 * 1024 * 1024;

function named(kind: string, path: string, version: string | undefined): string {
  return `${kind}${version === undefined ? '' : ` ${version}`}, ${path}`;
}

/** The library's own words, which it prints when it is run. */
async function glibcVersion(looked: Looked, path: string): Promise<string | undefined> {
  const text = (await looked.read(path, largest))?.toString('latin1') ?? '';
  return /GNU C Library [^\n]{0,200}?version (\d+\.\d+)/.exec(text)?.[1];
}

/** Its version stands by itself, as a text of its own. */
async function muslVersion(looked: Looked, path: string): Promise<string | undefined> {
  const text = (await looked.read(path, largest))?.toString('latin1') ?? '';
  return /\0([12]\.\d{1,2}\.\d{1,2})\0/.exec(text)?.[1];
}
