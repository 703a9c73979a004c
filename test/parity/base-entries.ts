/** Entries of base images, in short. */
import type { TarEntry } from './tar.ts';

export type Entry = Partial<TarEntry> & { readonly name: string };

const time = Date.UTC(2021, 1, 3, 4, 5, 6) / 1000;

export function dir(name: string, more: Partial<TarEntry> = {}): Entry {
  return { name: `${name}/`, type: '5', mode: 0o755, mtime: time, ...more };
}
export function plain(name: string, content = '', more: Partial<TarEntry> = {}): Entry {
  return { name, content: Buffer.from(content), mtime: time, ...more };
}
export function link(name: string, target: string): Entry {
  return { name, type: '2', mode: 0o777, link: target, mtime: time };
}
