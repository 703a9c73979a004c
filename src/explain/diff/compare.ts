import { layersOfFiles, listFiles, type FileSum } from '../sums/files.ts';
import { measure, type BinaryMeasures, type Measures } from '../sums/measures.ts';
import type { Explanation, FilesExplanation } from '../types.ts';
import { compareAccess } from './access.ts';
import { causes } from './causes.ts';
import { compareConfigs } from './config.ts';
import { compareLayers } from './layers.ts';
import { pairPrograms, pairUp } from './pairs.ts';
import type { Difference, FileChange, ModuleChange, ProgramChange, Side, Total } from './types.ts';

/** Compares two explanations, of one sort or of two: what only one sort has is then said of that side alone. */
export function compare(before: Explanation, after: Explanation): Difference {
  const [old, now] = [measure(before), measure(after)];
  const images = before.kind === 'image' && after.kind === 'image';
  const files = before.kind !== 'binary' && after.kind !== 'binary';
  return {
    before: sideOf(old),
    after: sideOf(now),
    totals: totalsOf(old, now),
    causes: causes(old, now),
    layers: images ? compareLayers(before.layers, after.layers) : [],
    files: files ? compareFiles(before, after) : [],
    programs: pairPrograms(old.binaries, now.binaries).flatMap(({ before: one, after: other }) =>
      one && other && one.digest === other.digest ? [] : [programChange(one, other)],
    ),
    access: files ? compareAccess(before, after) : [],
    config: images ? compareConfigs(before.config, after.config) : [],
  };
}

function sideOf({ kind, source, digest, created, revision }: Measures): Side {
  return {
    kind,
    source,
    ...(digest === undefined ? {} : { digest }),
    ...(created === undefined ? {} : { created }),
    ...(revision === undefined ? {} : { revision }),
  };
}

function totalsOf(before: Measures, after: Measures): Total[] {
  const wasted = ({ waste, kind }: Measures): number | undefined =>
    kind === 'binary' ? undefined : Object.values(waste).reduce((sum, bytes) => sum + bytes, 0);
  const programs = ({ binaries, kind }: Measures): number | undefined =>
    kind === 'binary' ? undefined : binaries.reduce((sum, { bytes }) => sum + bytes, 0);
  const total = (
    what: Total['what'],
    unit: Total['unit'],
    of: (measures: Measures) => number | undefined,
  ): Total[] => {
    const [old, now] = [of(before), of(after)];
    if (old === undefined && now === undefined) return [];
    return [
      {
        what,
        unit,
        ...(old === undefined ? {} : { before: old }),
        ...(now === undefined ? {} : { after: now }),
      },
    ];
  };
  return [
    ...total('to pull', 'bytes', ({ kind, size }) => (kind === 'image' ? size : undefined)),
    ...total('size', 'bytes', ({ kind, size }) => (kind === 'image' ? undefined : size)),
    ...total('unpacked', 'bytes', ({ unpacked }) => unpacked),
    ...total('programs', 'bytes', programs),
    ...total('files', 'count', ({ fileCount }) => fileCount),
    ...total('waste', 'bytes', wasted),
    ...total('efficiency', 'share', ({ efficiency }) => efficiency),
  ];
}

function compareFiles(before: FilesExplanation, after: FilesExplanation): FileChange[] {
  const layersBefore = layersOfFiles(before.trees.layers);
  const layersAfter = layersOfFiles(after.trees.layers);
  const pairs = pairUp(
    listFiles(before.trees.files).filter(({ kind }) => kind !== 'deleted'),
    listFiles(after.trees.files).filter(({ kind }) => kind !== 'deleted'),
    ({ path }) => path,
  );
  const changes = pairs.flatMap(({ before: old, after: now }): FileChange[] => {
    if (old && now && !differs(old, now, before, after)) return [];
    const path = now?.path ?? old?.path ?? '';
    const layer = now ? layersAfter.get(path) : layersBefore.get(path);
    return [
      {
        path,
        state: !old ? 'added' : now ? 'changed' : 'removed',
        before: old?.bytes ?? 0,
        after: now?.bytes ?? 0,
        ...(layer === undefined ? {} : { layer }),
      },
    ];
  });
  return changes.sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
}

/** Whether a file is another one: by kind, size, what it holds, and where a link leads. */
function differs(old: FileSum, now: FileSum, before: FilesExplanation, after: FilesExplanation): boolean {
  if (old.kind !== now.kind || old.bytes !== now.bytes) return true;
  if (old.kind === 'link') return old.note !== now.note;
  const [one, other] = [before.digests?.get(old.node), after.digests?.get(now.node)];
  return one !== undefined && other !== undefined && one !== other;
}

function programChange(old: BinaryMeasures | undefined, now: BinaryMeasures | undefined): ProgramChange {
  return {
    path: now?.path ?? old?.path ?? '',
    state: !old ? 'added' : now ? 'changed' : 'removed',
    before: old?.bytes ?? 0,
    after: now?.bytes ?? 0,
    ...(old?.goVersion === undefined ? {} : { goBefore: old.goVersion }),
    ...(now?.goVersion === undefined ? {} : { goAfter: now.goVersion }),
    modules: mostMoved(
      pairUp(old?.modules ?? [], now?.modules ?? [], ({ path }) => path).map(
        ({ before, after }): ModuleChange => ({
          path: after?.path ?? before?.path ?? '',
          state: moduleState(before?.version, after?.version),
          ...(before ? { from: before.version } : {}),
          ...(after ? { to: after.version } : {}),
          before: before?.bytes ?? 0,
          after: after?.bytes ?? 0,
        }),
      ),
    ).filter(({ state, before, after }) => state !== 'changed' || before !== after),
    packages: mostMoved(
      pairUp(old?.packages ?? [], now?.packages ?? [], ({ name }) => name).map(({ before, after }) => ({
        name: after?.name ?? before?.name ?? '',
        before: before?.bytes ?? 0,
        after: after?.bytes ?? 0,
      })),
    ).filter(({ before, after }) => before !== after),
  };
}

function moduleState(from: string | undefined, to: string | undefined): ModuleChange['state'] {
  if (from === undefined) return 'added';
  if (to === undefined) return 'removed';
  return from === to ? 'changed' : 'updated';
}

function mostMoved<T extends { readonly before: number; readonly after: number }>(
  changes: readonly T[],
): T[] {
  return [...changes].sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
}
