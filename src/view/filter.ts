import { nodeKinds, type ByteTree } from '../explain/tree.ts';

/** What is shown of a tree: all that holds. */
export interface Filter {
  /** As typed. */
  readonly text: string;
  /** Per node, of the bits below. */
  readonly marks: Uint8Array;
  /** Nodes that match. */
  readonly count: number;
  /** Their bytes, those inside one another counted once. */
  readonly bytes: number;
}

/** It matches by itself. */
export const matches = 1;
/** Something below it matches. */
export const leads = 2;
/** It lies in something that matches. */
export const inside = 4;

/**
 * Words, all of which must hold: `waste`, `kind:file`, or text of the name, in small or large letters. @returns undefined when there
 * are none
 */
export function filterTree(tree: ByteTree, text: string): Filter | undefined {
  const words = text.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return undefined;
  const tests = words.map((word) => testFor(tree, word));
  const { parent, bytes } = tree;
  const marks = new Uint8Array(parent.length);
  let count = 0;
  let sum = 0;
  for (let node = 0; node < parent.length; node++) {
    const above = marks[parent[node] ?? -1] ?? 0;
    let mark = (above & (matches | inside)) === 0 ? 0 : inside;
    if (tests.every((holds) => holds(node))) {
      count++;
      if (mark === 0) sum += bytes[node] ?? 0;
      mark |= matches;
    }
    marks[node] = mark;
  }
  for (let node = parent.length - 1; node > 0; node--) {
    const up = parent[node] ?? 0;
    if (((marks[node] ?? 0) & (matches | leads)) !== 0) marks[up] = (marks[up] ?? 0) | leads;
  }
  return { text: words.join(' '), marks, count, bytes: sum };
}

function testFor(tree: ByteTree, word: string): (node: number) => boolean {
  if (word === 'waste') return (node) => tree.waste.has(node);
  const kind = /^kind:(.*)$/s.exec(word)?.[1];
  if (kind !== undefined) {
    const wanted = nodeKinds.map((name) => name.replaceAll(' ', '-').startsWith(kind.toLowerCase()));
    return (node) => wanted[tree.kind[node] ?? 0] ?? false;
  }
  const holds = hasText(word);
  return (node) => holds(tree.names[node] ?? '');
}

/** Whether a name holds a text, in small or large letters. */
export function hasText(text: string): (name: string) => boolean {
  const pattern = new RegExp(text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`), 'iu');
  return (name) => pattern.test(name);
}
