import { nodeKinds, type ByteTree } from '../explain/tree.ts';

/** What is shown of a tree. */
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

/** Words that are looked at; each is a bit. */
const mostWords = 8;

/**
 * Words, all of which must hold: `waste`, `kind:file`, or text of the name, in small or large letters. Text may be of a name above, as
 * long as some word holds for the node itself: `usr kind:link`. @returns undefined when there are no words
 */
export function filterTree(tree: ByteTree, text: string): Filter | undefined {
  const words = text.trim().split(/\s+/).filter(Boolean).slice(0, mostWords);
  if (words.length === 0) return undefined;
  const tests = words.map((word) => testFor(tree, word));
  const all = 2 ** tests.length - 1;
  const passedDown = tests.reduce((bits, { passesDown }, bit) => (passesDown ? bits | (1 << bit) : bits), 0);
  const { parent, bytes } = tree;
  const marks = new Uint8Array(parent.length);
  const held = new Uint8Array(parent.length);
  let count = 0;
  let sum = 0;
  for (let node = 0; node < parent.length; node++) {
    const above = parent[node] ?? -1;
    let own = 0;
    for (const [bit, { holds }] of tests.entries()) if (holds(node)) own |= 1 << bit;
    held[node] = own | ((held[above] ?? 0) & passedDown);
    let mark = ((marks[above] ?? 0) & (matches | inside)) === 0 ? 0 : inside;
    if (own !== 0 && held[node] === all) {
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

interface Test {
  holds(node: number): boolean;
  readonly passesDown: boolean;
}

function testFor(tree: ByteTree, word: string): Test {
  if (word === 'waste') return { holds: (node) => tree.waste.has(node), passesDown: false };
  const kind = /^kind:(.*)$/s.exec(word)?.[1];
  if (kind !== undefined) {
    const wanted = nodeKinds.map((name) => name.replaceAll(' ', '-').startsWith(kind.toLowerCase()));
    return { holds: (node) => wanted[tree.kind[node] ?? 0] ?? false, passesDown: false };
  }
  const has = hasText(word);
  return { holds: (node) => has(tree.names[node] ?? ''), passesDown: true };
}

/** Whether a name holds a text, in small or large letters. */
export function hasText(text: string): (name: string) => boolean {
  const pattern = new RegExp(text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`), 'iu');
  return (name) => pattern.test(name);
}
