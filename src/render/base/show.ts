import type { ShownBase } from '../../bases/show.ts';
import { row, table } from '../rows.ts';
import { safe } from '../safe.ts';
import { bytes } from '../units.ts';
import { omittedRows } from './made.ts';
import { count, type View } from './view.ts';

/** What is in a base, the largest packages first. */
export function renderShownBase(shown: ShownBase, view: View): string {
  const { style } = view;
  const { made, users } = shown;
  const rows: [string, string][] = [
    ['digest', shown.digest],
    ['runs on', shown.platform],
    [
      'size',
      `${style.bold(bytes(shown.size))} compressed, ${bytes(shown.bytes)} in ${count(shown.files, 'file')}`,
    ],
    ['user', shown.user === '' ? 'root' : safe(shown.user)],
    [
      'users',
      users.length === 0
        ? 'no /etc/passwd'
        : users.map(({ name, uid }) => `${safe(name)} (${uid})`).join(', '),
    ],
    ['shells', some(shown.shells)],
    ['setuid', some(shown.setuid)],
    ['tested', shown.verified ?? style.dim('not yet: coracle base verify')],
    ...(made?.locked ? [['from', safe(made.locked.source)] as [string, string]] : []),
    ...(made?.statement === undefined
      ? []
      : [['note', style.yellow(safe(made.statement))] as [string, string]]),
  ];
  return [
    style.bold(safe(made?.name ?? shown.image)),
    ...rows.map(([name, text]) => row(name, text, view)),
    ...omittedRows(made?.omitted ?? [], view),
    '',
    packageTable(shown, view),
    ...generatedLines(shown, view),
  ].join('\n');
}

function packageTable({ packages, others, rpm }: ShownBase, { style }: View): string {
  if (packages.length === 0)
    return rpm
      ? 'Its packages are in a database of RPM, which rpm inside reads: coracle base verify.'
      : 'It has no list of packages.';
  const sorted = packages.toSorted((one, other) => (other.bytes ?? 0) - (one.bytes ?? 0));
  const shares = sorted.map(({ name, version, files, bytes: size }) => [
    name,
    version,
    files === undefined ? '-' : `${files}`,
    size === undefined ? '-' : bytes(size),
  ]);
  const rest = others.files > 0 ? [['(no package)', '', `${others.files}`, bytes(others.bytes)]] : [];
  return table([['PACKAGE', 'VERSION', 'FILES', 'BYTES'], ...shares, ...rest], style);
}

/** Grouped by script: many files are of one. */
function generatedLines({ made }: ShownBase, view: View): string[] {
  const groups = new Map<string, string[]>();
  for (const { path, instead } of made?.generated ?? [])
    groups.set(instead, [...(groups.get(instead) ?? []), path]);
  if (groups.size === 0) return [];
  const lines = [...groups].map(([instead, paths]) => {
    const shown = paths
      .slice(0, 4)
      .map((path) => `/${safe(path)}`)
      .join(', ');
    const more = paths.length > 4 ? ` and ${paths.length - 4} more` : '';
    return row('', `${safe(instead)}: ${view.style.dim(`${shown}${more}`)}`, { ...view, indent: 3 });
  });
  return ['', view.style.dim('made in place of scripts'), ...lines];
}

function some(paths: readonly string[]): string {
  return paths.length === 0 ? 'none' : safe(paths.join(' '));
}
