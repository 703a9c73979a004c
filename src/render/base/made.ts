import type { OmittedKind } from '../../bases/types.ts';
import { row } from '../rows.ts';
import { safe } from '../safe.ts';
import { bytes } from '../units.ts';
import { count, type View } from './view.ts';

/** What was left out of a base, by kind. */
export function omittedRows(omitted: readonly OmittedKind[], view: View): string[] {
  return omitted.map(({ kind, files, bytes: size }, index) =>
    row(index === 0 ? 'without' : '', `${safe(kind)}: ${count(files, 'file')}, ${bytes(size)}`, view),
  );
}
