import type { ContainerConfig } from '../../oci/types.ts';
import type { ElfFacts } from './elf-look.ts';
import type { Merged } from './merge.ts';
import type { Surroundings } from './waste/rules.ts';

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The node of the program that a container starts; -1 when there is none, or it cannot be told. */
export function entryNode({ nodes }: Merged, config: ContainerConfig): number {
  const [program] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (program === undefined || program === '') return -1;
  const follow = (path: string): number => nodes.follow(path.replace(/^\/+/, ''));
  if (program.startsWith('/')) return follow(program);
  if (program.includes('/')) return follow(`${config.WorkingDir ?? ''}/${program}`);
  const path =
    (config.Env ?? []).find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? usualPath;
  for (const directory of path.split(':')) {
    const node = follow(`${directory}/${program}`);
    if (node > 0 && nodes.type(node) !== 'directory') return node;
  }
  return -1;
}

/** What the headers of a node's file say, when it is an ELF file. */
export function elfOf({ nodes, contents, scans }: Merged, node: number): ElfFacts | undefined {
  const content = node < 0 ? -1 : nodes.content(node);
  return content < 0
    ? undefined
    : scans[contents.layers[content] ?? -1]?.elves.get(contents.entries[content] ?? -1);
}

/** What there is to judge files by. `entry`: the node that a container starts, -1 when it is not known. */
export function surroundingsOf(merged: Merged, entry: number): Surroundings {
  const { nodes } = merged;
  const has = (names: readonly string[]): boolean =>
    names.some((name) =>
      ['usr/bin', 'bin', 'usr/local/bin', 'usr/local/go/bin'].some(
        (directory) => nodes.find(`${directory}/${name}`) > 0,
      ),
    );
  const facts = elfOf(merged, entry);
  const ofToolchain = entry >= 0 && nodes.path(entry).startsWith('usr/local/go/');
  const isShell = entry >= 0 && /^(?:busybox|toybox|\w*sh)$/.test(nodes.name(entry));
  return {
    compiler: has(['gcc', 'cc', 'clang', 'tcc', 'ld', 'go', 'g++', 'rustc']),
    node: has(['node', 'nodejs', 'bun', 'deno']),
    standalone: facts !== undefined && !ofToolchain && !isShell && (facts.go || !facts.dynamic),
  };
}
