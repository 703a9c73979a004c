import type { BaseList, ListedBase, StoredBase } from '../../bases/list.ts';
import { row } from '../rows.ts';
import { safe } from '../safe.ts';
import { age, bytes } from '../units.ts';
import type { View } from './view.ts';

/** Every base that has a name: what it is, when to take it, what it needs, where it is. */
export function renderBases({ bases, images, project }: BaseList, now: number, view: View): string {
  const rows = { ...view, indent: Math.max(...bases.map(({ name }) => name.length)) + 4 };
  const parts = bases.map((base) => one(base, now, rows));
  const others = images.map((image) =>
    row('', `${safe(image.reference)}: ${stored(image, now, view)}`, { ...view, indent: 3 }),
  );
  return [
    ...parts,
    ...(others.length === 0 ? [] : [view.style.dim(' images made slim'), ...others]),
    ...(project === undefined ? [] : [` coracle.yaml names ${view.style.bold(safe(project))}, an image.`]),
  ].join('\n');
}

function one(base: ListedBase, now: number, view: View & { readonly indent: number }): string {
  const { style } = view;
  const mark = base.project ? style.green(' (of coracle.yaml)') : '';
  const lacks = base.lacks === undefined ? '' : style.yellow(`; ${safe(base.lacks)}`);
  const lines = [
    row(base.name, `${style.bold(base.means)}${mark}`, view),
    row('', `when: ${base.when}`, view),
    row('', `needs: ${base.needs}${lacks}`, view),
    ...base.stored.map((image) => row('', `in the store: ${stored(image, now, view)}`, view)),
  ];
  return lines.join('\n');
}

function stored({ digest, platforms, size, at, verified }: StoredBase, now: number, { style }: View): string {
  const tested = verified === undefined ? '' : `, ${style.green('verified')}`;
  return `${bytes(size)}, ${platforms.join(', ')}, ${style.dim(digest.slice(0, 19))}, ${age(now - at)}${tested}`;
}
