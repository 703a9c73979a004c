import { ToolError } from '../core/errors.ts';
import { baseOf, parentOf } from './safe-path.ts';

const prefix = '.wh.';
const opaque = '.wh..wh..opq';
/** Names by which AUFS kept its own books; they mean nothing here. */
const aufs = '.wh..wh.';

/** What an entry's name says besides naming a file (OCI image-spec, layer.md, Whiteouts). */
export type Whiteout =
  /** Nothing: it is an entry as any other. */
  | { readonly kind: 'none' }
  /** What the layers below have at `path` is gone. */
  | { readonly kind: 'hides'; readonly path: string }
  /** All that the layers below have in the directory `path` is gone. */
  | { readonly kind: 'opaque'; readonly path: string }
  /** To be passed over. */
  | { readonly kind: 'ignored' };

/**
 * Reads a path of a layer.
 * @throws ToolError ARCHIVE_UNSAFE for a whiteout that hides nothing that could be hidden, IMAGE_INVALID for what lies below one
 */
export function whiteoutOf(path: string): Whiteout {
  if (!path.includes(prefix)) return none;
  checkParents(path);
  const name = baseOf(path);
  if (!name.startsWith(prefix)) return none;
  if (name === opaque) return { kind: 'opaque', path: parentOf(path) };
  if (name.startsWith(aufs)) return { kind: 'ignored' };
  return { kind: 'hides', path: hidden(path) };
}

const none: Whiteout = { kind: 'none' };

/** The entry's path that hides `path`. */
export function whiteoutPath(path: string): string {
  const parent = parentOf(path);
  return `${parent === '' ? '' : `${parent}/`}${prefix}${baseOf(path)}`;
}

/** The entry's path that hides all that lies in `directory` below. */
export function opaquePath(directory: string): string {
  return directory === '' ? opaque : `${directory}/${opaque}`;
}

function hidden(path: string): string {
  const name = baseOf(path).slice(prefix.length);
  if (name === '' || name === '.' || name === '..') {
    throw new ToolError(
      'ARCHIVE_UNSAFE',
      `the whiteout ${JSON.stringify(path)} hides nothing that can be hidden`,
      {
        hint: 'The layer is broken or was tampered with; take the image from its publisher again.',
      },
    );
  }
  const parent = parentOf(path);
  return parent === '' ? name : `${parent}/${name}`;
}

/** A directory that is named like a whiteout would become one when the tree is written as a layer. */
function checkParents(path: string): void {
  if (
    !parentOf(path)
      .split('/')
      .some((part) => part.startsWith(prefix))
  )
    return;
  throw new ToolError('IMAGE_INVALID', `the entry ${JSON.stringify(path)} lies below a whiteout`, {
    hint: `Names that start with ${prefix} are reserved in layers; rename the directory and make the image again.`,
  });
}
