/** A build's graph from inputs to users: who sees what a step leaves behind. */
import type { Vertex } from '../solve/graph.ts';
import type { Lowered } from './frontend.ts';

export interface Graph {
  /** Each after its inputs. */
  readonly vertices: readonly Vertex[];
  readonly users: ReadonlyMap<Vertex, readonly Use[]>;
  readonly target: Vertex;
}

export interface Use {
  readonly by: Vertex;
  readonly input: number;
}

/** All that the result stands on. */
export function graphOf({ vertex: target }: Lowered): Graph {
  const vertices = new Set<Vertex>();
  const users = new Map<Vertex, Use[]>();
  // Without recursion: stages of thousands of steps are no deep stack.
  const todo: { readonly vertex: Vertex; readonly seen: boolean }[] = [{ vertex: target, seen: false }];
  const entered = new Set<Vertex>();
  for (let next = todo.pop(); next; next = todo.pop()) {
    const { vertex, seen } = next;
    if (seen) {
      vertices.add(vertex);
      continue;
    }
    if (entered.has(vertex)) continue;
    entered.add(vertex);
    todo.push({ vertex, seen: true }, ...vertex.inputs.map((input) => ({ vertex: input, seen: false })));
    for (const [input, used] of vertex.inputs.entries())
      users.set(used, [...(users.get(used) ?? []), { by: vertex, input }]);
  }
  return { vertices: [...vertices], users, target };
}
