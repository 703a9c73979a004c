import { deflateRawSync } from 'node:zlib';
import type { ByteTree } from '../explain/tree.ts';
import { safe } from '../render/safe.ts';
import type { PageHead, TreeHead } from './data.ts';
import { byteWriter, type ByteWriter } from './varint.ts';

/** A tree with what a page says of it. */
export type NamedTree = Pick<TreeHead, 'name' | 'label' | 'colouring'> & { readonly tree: ByteTree };

/**
 * A page's data: deflated (RFC 1951) `length, JSON head, length, strings, columns of each tree`. Strings are kept once for all trees, with
 * a NUL between them; columns are differences as LEB128, which deflate makes small: 150,000 nodes take about a megabyte.
 */
export function encodePage(head: Omit<PageHead, 'trees'>, trees: readonly NamedTree[]): Uint8Array {
  const strings = stringTable();
  const columns = byteWriter();
  const heads = trees.map(({ name, label, colouring, tree }) => ({
    name,
    label,
    colouring,
    nodes: tree.names.length,
    columns: writeColumns(columns, tree, strings.number),
  }));
  const json = Buffer.from(JSON.stringify({ ...head, trees: heads } satisfies PageHead));
  const text = Buffer.from(strings.all.join('\0'));
  const whole = Buffer.concat([length(json), json, length(text), text, columns.done()]);
  return deflateRawSync(whole, { level: 6 });
}

function length(bytes: Uint8Array): Buffer {
  const four = Buffer.alloc(4);
  four.writeUInt32LE(bytes.length);
  return four;
}

/** Strings by number. What could deceive a reader's eye (control characters, reversed text) does not come through. */
function stringTable(): { readonly all: string[]; number(text: string): number } {
  const all: string[] = [];
  const numbers = new Map<string, number>();
  return {
    all,
    number: (text) => {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      const number = all.length;
      all.push(safe(text));
      numbers.set(text, number);
      return number;
    },
  };
}

/** @returns the bytes of each column */
function writeColumns(out: ByteWriter, tree: ByteTree, number: (text: string) => number): number[] {
  const { names, parent, bytes, kind } = tree;
  const count = names.length;
  const own = Float64Array.from(bytes);
  for (let node = 1; node < count; node++) {
    const above = parent[node] ?? 0;
    own[above] = (own[above] ?? 0) - (bytes[node] ?? 0);
  }
  const lengths: number[] = [];
  const column = (write: () => void): void => {
    const before = out.length();
    write();
    lengths.push(out.length() - before);
  };
  column(() => {
    let last = -1;
    for (let node = 0; node < count; node++) {
      const name = number(names[node] ?? '');
      out.signed(name - last - 1);
      last = name;
    }
  });
  column(() => {
    for (let node = 1; node < count; node++) out.unsigned(node - (parent[node] ?? 0));
  });
  column(() => {
    for (let node = 0; node < count; node++) out.signed(own[node] ?? 0);
  });
  column(() => {
    for (let node = 0; node < count; node++) out.unsigned(kind[node] ?? 0);
  });
  for (const said of [tree.note, tree.waste]) {
    column(() => {
      let last = 0;
      for (const [node, text] of [...said].sort(([a], [b]) => a - b)) {
        out.unsigned(node - last);
        out.unsigned(number(text));
        last = node;
      }
    });
  }
  return lengths;
}
