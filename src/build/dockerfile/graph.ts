import { ToolError } from '../../core/errors.ts';
import type { SourceOp, Vertex } from '../../solve/graph.ts';

/** What takes all walls down must be asked for on the command line, not by a Dockerfile alone. */
export function refuseInsecure(vertex: Vertex, allow: readonly string[]): void {
  if (allow.includes('security.insecure')) return;
  const found = verticesOf(vertex).find(({ op }) => op.kind === 'exec' && op.privileged);
  if (found?.op.kind !== 'exec') return;
  throw new ToolError('USAGE', 'a step asks for --security=insecure, which is not allowed', {
    ...(found.op.where ? { where: found.op.where } : {}),
    hint: 'If you trust the Dockerfile: --allow security.insecure',
  });
}

/** Everything that a vertex needs, itself included. */
export function verticesOf(last: Vertex): Vertex[] {
  const seen = new Set<Vertex>([last]);
  for (const vertex of seen) for (const input of vertex.inputs) seen.add(input);
  return [...seen];
}

/** The vertices whose layers are the image's: each stands on its input 0. */
export function chainOf(last: Vertex): Vertex[] {
  const chain: Vertex[] = [];
  for (
    let at: Vertex | undefined = last;
    at && (at.op.kind === 'copy' || at.op.kind === 'exec');
    at = at.inputs[0]
  )
    chain.unshift(at);
  return chain;
}

/** The images that steps run on. */
export function basesOfSteps(vertices: Iterable<Vertex>): SourceOp[] {
  return [...vertices].flatMap((vertex) => {
    if (vertex.op.kind !== 'exec') return [];
    let at = vertex.inputs[0];
    while (at && at.op.kind !== 'source') at = at.inputs[0];
    return at?.op.kind === 'source' ? [at.op] : [];
  });
}
