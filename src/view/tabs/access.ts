import { treeBuilder, type ByteTree } from '../../explain/tree.ts';
import type { AccessFindings, FileFinding } from '../../explain/types.ts';
import type { Tab } from './viewed.ts';

/** Who could do what in a container. */
export function accessTab(access: AccessFindings): Tab {
  return { name: 'access', sort: 'order', plain: true, tree: () => accessTree(access), facts: () => [] };
}

type Line = readonly [name: string, note: string];

function accessTree(access: AccessFindings): ByteTree {
  const builder = treeBuilder();
  const groups: readonly (readonly [name: string, lines: readonly Line[]])[] = [
    ['setuid and setgid', access.setuid.map(fileLine)],
    ['file capabilities', access.capabilities.map(fileLine)],
    ['world-writable', access.worldWritable.map(fileLine)],
    ['device nodes', access.devices.map(fileLine)],
    ['users', access.users.map(({ name, uid, shell }): Line => [name, `${uid} ${shell}`.trim()])],
    ['shells', access.shells.map((path): Line => [path, ''])],
    ['package managers', access.packageManagers.map((path): Line => [path, ''])],
  ];
  const found = groups.filter(([, lines]) => lines.length > 0);
  const root = builder.add(-1, found.length === 0 ? 'nothing of note' : 'who could do what', 'group', 0);
  for (const [name, lines] of found) {
    const group = builder.add(root, name, 'group', 0, { note: String(lines.length) });
    for (const [line, note] of lines) builder.add(group, line, 'file', 0, note === '' ? {} : { note });
  }
  return builder.done();
}

function fileLine({ path, layer, detail }: FileFinding): Line {
  return [path, `${detail}, layer ${layer + 1}`];
}
