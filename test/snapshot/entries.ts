import type { Entry } from '../../src/layer/entry.ts';
import type { LayerIndex } from '../../src/layer/layer-index.ts';

/** An entry with its content as text. */
export type Given = Partial<Omit<Entry, 'content'>> & { readonly path: string; readonly text?: string };

/** A whole entry from what matters in it; a type from what it has. */
export function entry({ text, ...given }: Given): Entry {
  const bytes = Buffer.from(text ?? '', 'latin1');
  const type = given.type ?? (text === undefined ? 'directory' : 'file');
  return {
    type,
    mode: type === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    mtime: 1_700_000_000,
    size: type === 'file' ? bytes.length : 0,
    ...given,
    ...(type === 'file' && { content: () => chunks(bytes) }),
  };
}

export async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** For comparing: without the times that the build made. */
export function timeless(index: LayerIndex): unknown[] {
  return index.map(({ made, mtime, xattrs, ...rest }) => ({
    ...rest,
    ...(made ? { made } : { mtime }),
    ...(xattrs && { xattrs: Object.fromEntries(Object.entries(xattrs).map(([k, v]) => [k, [...v]])) }),
  }));
}
