import type { ListedToolchain } from '../golang/toolchain.ts';
import { table } from './rows.ts';
import type { Style } from './style.ts';
import { bytes } from './units.ts';

/** Go toolchains as a table. */
export function renderToolchains(toolchains: readonly ListedToolchain[], style: Style): string {
  const rows = toolchains.map((toolchain) => [
    toolchain.version,
    toolchain.origin === 'host' ? "this machine's" : 'fetched',
    toolchain.bytes === undefined ? '-' : bytes(toolchain.bytes),
    toolchain.goroot,
  ]);
  return table([['VERSION', 'ORIGIN', 'SIZE', 'GOROOT'], ...rows], style);
}
