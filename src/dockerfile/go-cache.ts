/**
 * Decides which steps of a Dockerfile are given Go's caches, GOMODCACHE and GOCACHE, that are kept between builds. The image must be what
 * it would be without: so what such a step leaves in them may be seen by no other step, and be taken by no COPY. The graph alone is
 * asked here; what only trees tell is checked when a step runs (solve/exec/go-cache.ts).
 */
import path from 'node:path';
import { assignment } from '../solve/exec/environment.ts';
import { goCachePlaces, related } from '../solve/exec/go-cache-places.ts';
import { mayReach } from '../solve/exec/go-cache-seen.ts';
import type { CopyOp, ExecOp, GoCachePlaces, Vertex } from '../solve/graph.ts';
import type { Lowered } from './frontend.ts';
import { rewritten, stageOf, type Candidate } from './go-cache-give.ts';
import { graphOf, type Graph } from './go-cache-graph.ts';
import { NotUnderstood } from './go-cache-words.ts';
import { judgeStep, type StepReading } from './go-cache-step.ts';

export interface GoCached {
  /** The same build, with the caches where they do no harm. */
  readonly lowered: Lowered;
  /** Why stages that compile Go have none, one sentence each. */
  readonly reasons: readonly string[];
}

/**
 * Gives go steps the caches.
 * @param scope names project and Dockerfile, so that no other's caches are used
 */
export function giveGoCaches(lowered: Lowered, scope: string): GoCached {
  const graph = graphOf(lowered);
  const candidates = graph.vertices.flatMap((vertex) => candidateOf(vertex) ?? []);
  if (candidates.length === 0) return { lowered, reasons: [] };
  const reasons = new Set<string>();
  const chosen = new Map<Vertex, Candidate>();
  for (const candidate of candidates) {
    const { vertex } = candidate;
    const why = whyNot(graph, candidate);
    if (why === undefined) chosen.set(vertex, candidate);
    else if (why !== inImage)
      reasons.add(`${stageOf(lowered, vertex)}: Go's caches are not kept, because of ${why}`);
  }
  return { lowered: rewritten(lowered, graph, chosen, scope), reasons: [...reasons] };
}

function candidateOf(vertex: Vertex): Candidate | undefined {
  const { op } = vertex;
  if (op.kind !== 'exec' || !op.argv.some((word) => /(^|[\s;&|(`/])go\s|^go$/.test(word))) return undefined;
  const env = new Map(op.env.map(assignment));
  const home = env.get('HOME') || homeOf(op.user);
  const places = home === undefined ? undefined : goCachePlaces((name) => env.get(name), home);
  if (home === undefined || !places) return undefined;
  const reading = judged(op, places, home);
  if (typeof reading !== 'string' && !reading.go) return undefined;
  return { vertex, op, home, places, reading };
}

/** Where a user's home usually is; that it is so is checked when the image's passwd is at hand. */
function homeOf(user: string): string | undefined {
  const name = user.split(':')[0] ?? '';
  if (name === '' || name === 'root' || name === '0') return '/root';
  return /^\d+$/.test(name) ? undefined : `/home/${name}`;
}

function judged(op: ExecOp, places: GoCachePlaces, home: string): StepReading | string {
  if (op.mounts.some(({ type }) => type === 'secret' || type === 'ssh')) return 'a secret or an SSH agent';
  if (op.privileged) return '--security=insecure';
  try {
    return judgeStep(op, places, home);
  } catch (error) {
    if (error instanceof NotUnderstood) return error.message;
    throw error;
  }
}

const inImage = 'being a part of the image';

/** Why a step must not have the caches: what it does, what is done above it, and what is taken from there. */
function whyNot(graph: Graph, { vertex, op, home, places, reading }: Candidate): string | undefined {
  if (typeof reading === 'string') return reading;
  const above = new Set([vertex]);
  // Grows while it is gone through.
  for (const one of above) {
    if (one === graph.target) return inImage;
    for (const { by, input } of graph.users.get(one) ?? []) {
      if (by.op.kind === 'exec') {
        const why = input === 0 ? whyNotAbove(by.op, op, home, places) : whyNotMounted(by.op, input, places);
        if (why !== undefined) return why;
        if (input === 0) above.add(by);
      } else if (by.op.kind === 'copy') {
        const why = input === 0 ? whyNotCopied(by.op, places) : whyNotTaken(by.op, input, places);
        if (why !== undefined) return why;
        if (input === 0) above.add(by);
      } else return `a step that takes all of the stage`;
    }
  }
  return undefined;
}

function whyNotAbove(above: ExecOp, op: ExecOp, home: string, places: GoCachePlaces): string | undefined {
  const reading = judged(above, places, home);
  if (typeof reading === 'string') return reading;
  if (!reading.go) return undefined;
  const theirs = candidateOf({ op: above, inputs: [] })?.places;
  if (above.user !== op.user || JSON.stringify(theirs) !== JSON.stringify(places))
    return 'go steps of several users or places';
  return undefined;
}

function whyNotMounted({ mounts }: ExecOp, input: number, { unseen }: GoCachePlaces): string | undefined {
  const seen = mounts.some(
    (mount) => 'source' in mount && mount.input === input && mayReach(mount.source, unseen),
  );
  return seen ? 'a mount that shows the caches' : undefined;
}

/** COPY into the stage itself. */
function whyNotCopied({ actions }: CopyOp, { unseen }: GoCachePlaces): string | undefined {
  const into = actions.some((action) => {
    const dest = action.kind === 'directory' ? action.path : action.dest;
    return unseen.some((place) => `${dest}/`.startsWith(`${place}/`));
  });
  return into ? 'a COPY into the caches' : undefined;
}

/** COPY from the stage. */
function whyNotTaken({ actions }: CopyOp, number: number, { unseen }: GoCachePlaces): string | undefined {
  for (const action of actions) {
    if (action.kind !== 'copy' || action.input !== number) continue;
    for (const source of action.sources) {
      const place = path.posix.join('/', source);
      const odd = source.split('/').includes('..');
      // With --parents the directories above are copied too, and their times tell what was made in them.
      const parents = action.parents ? ancestors(place.replace('/./', '/')) : [];
      if (odd || mayReach(place, unseen) || parents.some((parent) => related(parent, unseen)))
        return `COPY --from of ${source}`;
    }
  }
  return undefined;
}

/** Of a path, without the root. */
function ancestors(place: string): string[] {
  const parts = place.split('/').slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
