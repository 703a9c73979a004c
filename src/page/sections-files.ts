import { instructionOf } from '../explain/image/history.ts';
import type { FilesExplanation, ImageExplanation, Waste } from '../explain/types.ts';
import { bytes } from '../render/units.ts';
import type { Cell, Section } from './data.ts';
import { programSection } from './sections-binary.ts';
import { problemsSection } from './sections-problems.ts';
import { count, mostRows } from './words.ts';

/** Of a page about an image: what to do first, then how it came to be. */
export function imageSections(image: ImageExplanation): Section[] {
  return [
    ...wasteSection(image.waste, true),
    layersSection(image),
    ...programSection(image.binaries),
    ...accessSection(image),
    ...dockerfileSection(image),
    ...problemsSection(image.problems),
  ];
}

/** Of a page about a directory. */
export function filesSections(of: FilesExplanation): Section[] {
  return [
    ...wasteSection(of.waste, false),
    ...programSection(of.binaries),
    ...accessSection(of),
    ...problemsSection(of.problems),
  ];
}

function layersSection({ layers }: ImageExplanation): Section {
  return {
    as: 'table',
    id: 'layers',
    title: 'Layers',
    about: 'From the base up, with the instruction that made each.',
    columns: [
      { label: '#', as: 'count' },
      { label: 'instruction', as: 'code' },
      { label: 'compressed', as: 'bytes' },
      { label: 'unpacked', as: 'bytes' },
      { label: 'added', as: 'bytes' },
      { label: 'changed', as: 'bytes' },
      { label: 'hidden below', as: 'bytes' },
    ],
    rows: layers.map((layer) => [
      layer.index + 1,
      layer.createdBy === undefined ? `unknown (${layer.digest})` : instructionOf(layer.createdBy),
      layer.size,
      layer.unpacked,
      layer.added.bytes,
      layer.changed.bytes,
      layer.removed.bytes,
    ]),
  };
}

function dockerfileSection({ dockerfile }: ImageExplanation): Section[] {
  if (dockerfile === '') return [];
  return [
    {
      as: 'text',
      id: 'dockerfile',
      title: 'Dockerfile',
      about: 'Reconstructed from the history of the image: it would make the like.',
      text: dockerfile,
    },
  ];
}

/** @param layered whether findings name their layer */
function wasteSection(found: readonly Waste[], layered: boolean): Section[] {
  if (found.length === 0) return [];
  // They have few bytes, and must not be among those that are left out.
  const secrets = found.filter(({ kind }) => kind === 'secret');
  const waste = [...secrets, ...found.filter(({ kind }) => kind !== 'secret')];
  const rest = waste.slice(mostRows);
  const left = rest.reduce((sum, one) => sum + one.bytes, 0);
  return [
    {
      as: 'table',
      id: 'waste',
      title: 'Waste',
      about: `${count(waste.length)} findings, ${secrets.length > 0 ? 'secrets and then ' : ''}the largest first: which bytes could go, and how.`,
      columns: [
        { label: 'bytes', as: 'bytes' },
        { label: 'kind', as: 'text' },
        { label: 'path', as: 'path' },
        { label: 'why', as: 'text' },
        ...(layered ? [{ label: 'layer', as: 'text' } as const] : []),
        { label: 'fix', as: 'text' },
      ],
      rows: waste
        .slice(0, mostRows)
        .map((one) => [
          ...[one.bytes, one.kind, one.path, one.detail],
          ...(layered ? [layersOf(one)] : []),
          one.fix,
        ]),
      ...(rest.length === 0 ? {} : { more: `and ${count(rest.length)} smaller ones, ${bytes(left)}` }),
    },
  ];
}

function layersOf({ layer, causedBy }: Waste): string {
  const own = String(layer + 1);
  return causedBy === undefined || causedBy === layer ? own : `${own}, by ${causedBy + 1}`;
}

function accessSection({ access }: FilesExplanation): Section[] {
  const rows: Cell[][] = [];
  const findings = [
    ['setuid or setgid', access.setuid],
    ['capabilities', access.capabilities],
    ['world-writable', access.worldWritable],
    ['device', access.devices],
  ] as const;
  for (const [what, found] of findings) {
    for (const { path, detail } of found.slice(0, mostRows)) rows.push([what, path, detail]);
    if (found.length > mostRows) rows.push([what, '', `and ${count(found.length - mostRows)} more`]);
  }
  for (const shell of access.shells) rows.push(['shell', shell, '']);
  for (const manager of access.packageManagers) rows.push(['package manager', manager, '']);
  for (const user of access.users.slice(0, mostRows))
    rows.push(['user', '', `${user.name} (${user.uid}) ${user.shell}`]);
  if (rows.length === 0) return [];
  return [
    {
      as: 'table',
      id: 'access',
      title: 'Who may do what',
      about: 'Files that give rights, and what an intruder would find at hand.',
      columns: [
        { label: 'what', as: 'text' },
        { label: 'path', as: 'path' },
        { label: 'detail', as: 'text' },
      ],
      rows,
    },
  ];
}
