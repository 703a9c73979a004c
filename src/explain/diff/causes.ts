/**
 * diff/ says what differs between two explanations, what grew, and by which change. It compares what it is given; how it looks it must not
 * know.
 */
import type { BinaryMeasures, Measures } from '../sums/measures.ts';
import { pairPrograms, pairUp } from './pairs.ts';

/** A change that moved bytes. */
export interface Cause {
  readonly what:
    | 'module added'
    | 'module removed'
    | 'module updated'
    | 'module'
    | 'standard library'
    | 'Go version'
    | 'other accounts'
    | 'program added'
    | 'program removed'
    | 'file added'
    | 'file removed'
    | 'file';
  /** Module, program or path. */
  readonly name: string;
  /** Versions, where they differ. */
  readonly from?: string;
  readonly to?: string;
  /** Bytes more than before, uncompressed. */
  readonly bytes: number;
  /** Packages or files that moved most of it. */
  readonly because: readonly string[];
}

/** What moved bytes between two states, most first. */
export function causes(before: Measures, after: Measures): Cause[] {
  const programs = pairPrograms(before.binaries, after.binaries).flatMap(({ before: old, after: now }) => {
    if (old && now) return old.digest === now.digest ? [] : programCauses(old, now);
    if (now) return [lone('program added', now.path, now.bytes)];
    return old ? [lone('program removed', old.path, -old.bytes)] : [];
  });
  const isProgram = new Set([...before.binaries, ...after.binaries].map(({ path }) => path));
  const entries = (files: Measures['files']): { path: string; bytes: number }[] =>
    Object.entries(files).flatMap(([path, bytes]) => (isProgram.has(path) ? [] : [{ path, bytes }]));
  const files = pairUp(entries(before.files), entries(after.files), ({ path }) => path).map(
    ({ before: old, after: now }): Cause => {
      const what = !old ? 'file added' : now ? 'file' : 'file removed';
      return lone(what, now?.path ?? old?.path ?? '', (now?.bytes ?? 0) - (old?.bytes ?? 0));
    },
  );
  return [...programs, ...files]
    .filter((cause) => cause.bytes !== 0)
    .sort((a, b) => Math.abs(b.bytes) - Math.abs(a.bytes));
}

function lone(what: Cause['what'], name: string, bytes: number): Cause {
  return { what, name, bytes, because: [] };
}

/** Packages that are named as the reason of a change. */
const mostNamed = 3;

function programCauses(before: BinaryMeasures, after: BinaryMeasures): Cause[] {
  const moved = packagesMoved(before, after);
  const modules = pairUp(before.modules, after.modules, ({ path }) => path).map(
    ({ before: old, after: now }): Cause => {
      const [from, to] = [old?.version, now?.version];
      const what = !old
        ? 'module added'
        : !now
          ? 'module removed'
          : from === to
            ? 'module'
            : 'module updated';
      const name = now?.path ?? old?.path ?? '';
      return {
        what,
        name,
        ...(from !== undefined && from !== to ? { from } : {}),
        ...(to !== undefined && from !== to ? { to } : {}),
        bytes: (now?.bytes ?? 0) - (old?.bytes ?? 0),
        because: old && now ? namesOf(moved.get(name) ?? []) : [],
      };
    },
  );
  const standard = moved.get('') ?? [];
  const ofGo = before.goVersion === after.goVersion ? 'standard library' : 'Go version';
  const library: Cause = {
    what: ofGo,
    name: after.path,
    ...(ofGo === 'Go version' && before.goVersion !== undefined ? { from: before.goVersion } : {}),
    ...(ofGo === 'Go version' && after.goVersion !== undefined ? { to: after.goVersion } : {}),
    bytes: standard.reduce((sum, { bytes }) => sum + bytes, 0),
    because: namesOf(standard),
  };
  const known = [...modules, library].reduce((sum, { bytes }) => sum + bytes, 0);
  return [...modules, library, lone('other accounts', after.path, after.bytes - before.bytes - known)];
}

interface Moved {
  readonly name: string;
  readonly bytes: number;
}

/** Packages whose bytes differ, by their module; those of the standard library by ''. */
function packagesMoved(before: BinaryMeasures, after: BinaryMeasures): Map<string, Moved[]> {
  const moved = new Map<string, Moved[]>();
  for (const { before: old, after: now } of pairUp(before.packages, after.packages, ({ name }) => name)) {
    const bytes = (now?.bytes ?? 0) - (old?.bytes ?? 0);
    const module = now?.module ?? old?.module ?? '';
    const list = moved.get(module) ?? [];
    if (bytes !== 0) list.push({ name: now?.name ?? old?.name ?? '', bytes });
    moved.set(module, list);
  }
  return moved;
}

function namesOf(moved: readonly Moved[]): string[] {
  return [...moved]
    .sort((a, b) => Math.abs(b.bytes) - Math.abs(a.bytes))
    .slice(0, mostNamed)
    .map(({ name }) => name);
}
