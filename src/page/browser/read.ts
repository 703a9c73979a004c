import type { PageHead } from '../data.ts';
import { readTree, type Tree } from './tree.ts';
import { unpack } from './unpack.ts';

/** What a page holds, unpacked. A tree's columns are read when it is first looked at. */
export interface Page {
  readonly head: PageHead;
  readonly strings: readonly string[];
  tree(index: number): Tree;
}

/** Unpacks the data of a page, in base64; its layout is in encode.ts. */
export async function readPage(base64: string): Promise<Page> {
  const bytes = await unpack(base64);
  const view = new DataView(bytes.buffer);
  const text = new TextDecoder();
  const part = (at: number): Uint8Array => bytes.subarray(at + 4, at + 4 + view.getUint32(at, true));
  const json = part(0);
  const words = part(4 + json.length);
  const columns = bytes.subarray(8 + json.length + words.length);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the writer of the page made it of this type
  const head = JSON.parse(text.decode(json)) as PageHead;
  const strings = text.decode(words).split('\0');
  const trees: (Tree | undefined)[] = [];
  return {
    head,
    strings,
    tree: (index) => {
      const tree = trees[index] ?? readTree(head.trees, index, columns, strings, head.kinds);
      trees[index] = tree;
      return tree;
    },
  };
}
