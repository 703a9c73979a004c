import type { BuiltBase, BuiltBasePlatform } from '../../bases/build-base.ts';
import { row } from '../rows.ts';
import { safe } from '../safe.ts';
import { bytes, duration } from '../units.ts';
import { omittedRows } from './made.ts';
import { count, type View } from './view.ts';

/** A base that was made. */
export function renderBuiltBase(built: BuiltBase, view: View): string {
  const { style } = view;
  const several = built.platforms.length > 1;
  return [
    style.bold(safe(built.name)),
    ...built.references.map((name, index) => row(index === 0 ? 'name' : '', safe(name), view)),
    row('digest', built.descriptor.digest, view),
    ...built.platforms.flatMap((platform) => platformRows(platform, several, view)),
    row('time', duration(built.took), view),
  ].join('\n');
}

function platformRows({ base, size, platform }: BuiltBasePlatform, several: boolean, view: View): string[] {
  const { architecture, os, variant } = platform;
  const name = [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
  const { locked, generated, omitted, statement } = base;
  const from = locked && `${count(locked.packages.length, 'package')} of ${safe(locked.source)}`;
  return [
    ...(several
      ? [row('runs on', `${view.style.bold(name)} ${view.style.dim(base.descriptor.digest)}`, view)]
      : []),
    row('size', `${view.style.bold(bytes(size))}, compressed`, view),
    ...(from === undefined ? [] : [row('from', from, view)]),
    ...(generated.length === 0
      ? []
      : [row('made', `${count(generated.length, 'file')} in place of scripts`, view)]),
    ...omittedRows(omitted, view),
    ...(statement === undefined ? [] : [row('note', view.style.yellow(safe(statement)), view)]),
  ];
}
