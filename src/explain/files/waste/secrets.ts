import type { Waste } from '../../types.ts';
import type { Merged } from '../merge.ts';
import { pathAt } from '../scan.ts';
import type { Marks } from './marks.ts';

/** Secrets in any layer: what a later layer deletes is still there for whoever has the image. */
export function secretWaste({ scans, contents }: Merged, marks: Marks): Waste[] {
  return scans.flatMap((scan, layer) =>
    [...scan.secrets].map(([entry, kind]) => {
      const mode = scan.modes[entry] ?? 0;
      const readers = (mode & 0o004) !== 0 ? 'readable by everyone' : 'readable by its owner';
      const hidden =
        contents.lost(marks.contentAt(layer, entry)) === undefined
          ? ''
          : ', and still in this layer though a later one hides it';
      return {
        kind: 'secret' as const,
        bytes: 0,
        path: `/${pathAt(scan, entry)}`,
        detail: `${kind}, ${readers} (${mode.toString(8).padStart(4, '0')})${hidden}`,
        layer,
        fix: 'Take it for known and replace it. Give it to the step that needs it with RUN --mount=type=secret, to the container when it runs.',
      };
    }),
  );
}
