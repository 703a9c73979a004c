/** Writes into the graph what steps with Go's caches, and those above them, have to know to run. */
import type { ExecOp, GoCachePlaces, GoCacheTaken, Vertex } from '../solve/graph.ts';
import type { Lowered } from './frontend.ts';
import type { Graph } from './go-cache-graph.ts';
import type { StepReading } from './go-cache-step.ts';

/** A step that may have the caches. */
export interface Candidate {
  readonly vertex: Vertex;
  readonly op: ExecOp;
  readonly home: string;
  readonly places: GoCachePlaces;
  readonly reading: StepReading | string;
}

/** For people. */
export function stageOf({ stages }: Lowered, vertex: Vertex): string {
  const found = stages.find(({ steps }) => steps.includes(vertex));
  return `stage ${found?.name ?? '?'}`;
}

/**
 * The same build with the caches for the chosen steps.
 * @param scope names project and Dockerfile
 */
export function rewritten(
  lowered: Lowered,
  { vertices }: Graph,
  chosen: ReadonlyMap<Vertex, Candidate>,
  scope: string,
): Lowered {
  if (chosen.size === 0) return lowered;
  const units = unitsOf(vertices, chosen);
  const now = new Map<Vertex, Vertex>();
  const at = (vertex: Vertex): Vertex => now.get(vertex) ?? vertex;
  for (const vertex of vertices) {
    const { op } = vertex;
    const unit = units.get(vertex);
    const inputs = vertex.inputs.map(at);
    if (op.kind === 'exec' && unit) {
      const candidate = chosen.get(vertex);
      const takes =
        candidate && takenBy(vertex, chosen, at, inputs, { scope, unit, stage: stageOf(lowered, vertex) });
      const goCache = { places: unit.places, ...(takes && { takes }) };
      now.set(vertex, { ...vertex, op: { ...op, goCache }, inputs });
    } else if (inputs.some((input, index) => input !== vertex.inputs[index]))
      now.set(vertex, { ...vertex, inputs });
  }
  const stages = lowered.stages.map((stage) => ({ ...stage, steps: stage.steps.map(at) }));
  return { ...lowered, vertex: at(lowered.vertex), stages };
}

/** Steps that share caches: those above the same first one. */
interface Unit {
  readonly places: GoCachePlaces;
  cgo: boolean;
  readonly sources: Set<string>;
}

function unitsOf(
  vertices: readonly Vertex[],
  chosen: ReadonlyMap<Vertex, Candidate>,
): ReadonlyMap<Vertex, Unit> {
  const units = new Map<Vertex, Unit>();
  for (const vertex of vertices) {
    const candidate = chosen.get(vertex);
    const beneath = vertex.inputs[0] && units.get(vertex.inputs[0]);
    const own = candidate && { places: candidate.places, cgo: false, sources: new Set<string>() };
    const unit = vertex.op.kind === 'exec' || vertex.op.kind === 'copy' ? (beneath ?? own) : undefined;
    if (!unit) continue;
    units.set(vertex, unit);
    if (!candidate || typeof candidate.reading === 'string') continue;
    unit.cgo ||= candidate.reading.cgo;
    for (const source of [...candidate.reading.sources, ...sourcesIn(candidate.op)]) unit.sources.add(source);
  }
  return units;
}

/** Variables that decide where modules come from. */
function sourcesIn({ env }: ExecOp): readonly string[] {
  return env.filter((each) =>
    /^GO(PROXY|SUMDB|NOSUMDB|NOSUMCHECK|PRIVATE|NOPROXY|INSECURE|VCS|AUTH|FLAGS)=/.test(each),
  );
}

function takenBy(
  vertex: Vertex,
  chosen: ReadonlyMap<Vertex, Candidate>,
  at: (vertex: Vertex) => Vertex,
  /** Grows by what earlier steps need. */
  inputs: Vertex[],
  { scope, unit, stage }: { readonly scope: string; readonly unit: Unit; readonly stage: string },
): GoCacheTaken | undefined {
  const candidate = chosen.get(vertex);
  if (!candidate || typeof candidate.reading === 'string') return undefined;
  const chain = chainBelow(vertex);
  const earlier = chain.flatMap((below, index) => {
    const { op, inputs: theirs } = at(below);
    if (op.kind !== 'exec' || !op.goCache?.takes) return [];
    const own = chosen.get(below)?.vertex.inputs.length ?? 1;
    const numbers = theirs.slice(1, own).map((input) => {
      const known = inputs.indexOf(input, 1);
      return known >= 0 ? known : inputs.push(input) - 1;
    });
    return [{ op, inputs: numbers, above: chain.length - index }];
  });
  const first = chain.findIndex(readsContext);
  return {
    stage,
    scope: JSON.stringify([scope, [...unit.sources].sort()]),
    project: JSON.stringify([...unit.sources].sort()),
    changing: first < 0 ? 0 : chain.length - first,
    cgo: unit.cgo,
    compiles: candidate.reading.compiles,
    tests: candidate.reading.tests,
    earlier,
  };
}

/** What a step stands on that has a layer each, the lowest first; not what the stage begins with. */
function chainBelow(vertex: Vertex): Vertex[] {
  const chain: Vertex[] = [];
  for (let at = vertex.inputs[0]; at && (at.op.kind === 'exec' || at.op.kind === 'copy'); at = at.inputs[0])
    chain.unshift(at);
  return chain;
}

/** It may hold files of the build context, or what was made of some. */
function readsContext({ op, inputs }: Vertex): boolean {
  return (op.kind === 'copy' || op.kind === 'exec') && inputs.slice(1).some(reachesTree);
}

function reachesTree(vertex: Vertex): boolean {
  const seen = new Set([vertex]);
  for (const one of seen) {
    if (one.op.kind === 'tree') return true;
    for (const input of one.inputs) seen.add(input);
  }
  return false;
}
