/** Why a step runs: what it depended on last time, at the same place of the same build, beside what it depends on now. */
import type { KeyValue } from '../store/cache.ts';
import type { Vertex } from './graph.ts';
import type { KeyParts } from './solver.ts';

const bucket = 'slots';
/** Changes named for one step; a person reads the first few. */
const most = 5;

export interface Slots {
  /** What changed since the place was filled last, for people; empty when it never was. */
  changed(vertex: Vertex, parts: KeyParts): Promise<readonly string[]>;
  remember(vertex: Vertex, parts: KeyParts | undefined, how: 'ran' | 'cached'): Promise<void>;
}

/** @param scope names the build */
export function slots(cache: KeyValue, scope: string): Slots {
  const keyOf = ({ slot }: Vertex): string | undefined =>
    slot === undefined ? undefined : `${scope} ${slot}`;
  return {
    changed: async (vertex, parts) => {
      const key = keyOf(vertex);
      const before = key === undefined ? undefined : await cache.get<KeyParts>(bucket, key);
      return before ? differences(before, withBase(vertex, parts)) : [];
    },
    remember: async (vertex, keyed, how) => {
      const key = keyOf(vertex);
      if (key === undefined || !keyed) return;
      const parts = withBase(vertex, keyed);
      // What was found in the cache is mostly what stood there before: reading is cheaper than writing.
      if (how === 'cached') {
        const before = await cache.get<KeyParts>(bucket, key);
        if (before && differences(before, parts).length === 0) return;
      }
      await cache.set(bucket, key, parts);
    },
  };
}

const beneath = 'the files beneath';
/** The image that the step's stage starts from: not part of the key, but the reason why what is beneath changed. */
const base = 'the base';

function withBase(vertex: Vertex, parts: KeyParts): KeyParts {
  let at: Vertex | undefined = vertex;
  while (at && at.op.kind !== 'source') at = at.inputs[0];
  return at?.op.kind === 'source' ? { ...parts, [base]: `${at.op.reference}@${at.op.digest}` } : parts;
}

function differences(before: KeyParts, now: KeyParts): string[] {
  if (before['format'] !== now['format']) return ['Coracle itself changed'];
  // There may be tens of thousands, of which hardly any differ.
  const differing = Object.keys(now).filter((name) => before[name] !== now[name]);
  for (const name of Object.keys(before)) if (now[name] === undefined) differing.push(name);
  const found = differing.flatMap((name) => {
    if (name === base) return [rebased(before[base], now[base])];
    if (name === beneath && before[base] !== now[base]) return [];
    if (before[name] === undefined) return [`${name} is new`];
    return [now[name] === undefined ? `${name} is gone` : `${name} changed`];
  });
  // `files` stands for all of them: worth a word only when none can be named.
  const named = found.filter((text) => text !== 'files changed');
  const shown = named.length > 0 ? named : found;
  return shown.length > most ? [...shown.slice(0, most), `${shown.length - most} more changes`] : shown;
}

/** An image by its name, and by the digests where that is the same. */
function rebased(before = 'nothing', now = 'nothing'): string {
  const [[oldName, old = ''], [name, digest = '']] = [before.split('@sha256:'), now.split('@sha256:')];
  if (oldName !== name) return `the base is ${name}, and was ${oldName}`;
  return `the base ${name} changed from sha256:${old.slice(0, 12)} to sha256:${digest.slice(0, 12)}`;
}
