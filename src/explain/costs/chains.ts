import { chainTo } from './graph.ts';
import type { SourceFacts } from './facts.ts';

/** The import chain from main to a package, for people; undefined when it is not in the program. */
export function importChain({ graph, ways }: SourceFacts, name: string): string | undefined {
  const index = graph.packages.findIndex(({ path }) => path === name);
  if (index < 0 || (index > 0 && ways[index] === -1)) return undefined;
  return chainTo(graph, ways, index).join(' -> ');
}

/** The import chain as a piece of evidence, when the source is there, and it is not the main package itself. */
export function chainEvidence(source: SourceFacts | undefined, name: string): string[] {
  const chain = source && importChain(source, name);
  return chain === undefined || chain === name ? [] : [`imported by ${chain}`];
}

/** Bytes that would go if nobody imported a package; undefined without the source. */
export function dropOf(source: SourceFacts | undefined, name: string): number | undefined {
  const index = source?.graph.packages.findIndex(({ path }) => path === name) ?? -1;
  return index < 0 ? undefined : source?.drops[index];
}

/** `1,234,567 bytes`: exact, as evidence must be. */
export function bytesText(bytes: number): string {
  return `${bytes.toLocaleString('en-US')} ${bytes === 1 ? 'byte' : 'bytes'}`;
}
