import type { FileCalls } from '../core/syscalls.ts';
import { ToolError } from '../core/errors.ts';
import type { IndexEntry } from '../layer/layer-index.ts';
import type { DirectoryForm } from './form.ts';

/**
 * Extended attributes between an index and a directory in overlayfs form. What overlayfs keeps for itself stands below its prefix; a
 * container's own attributes of such names stand one level deeper (`user.overlay.X` as `user.overlay.overlay.X`), as overlayfs shows them
 * without it (Linux, Documentation/filesystems/overlayfs.rst, Nested overlayfs).
 */
const nested = 'overlay.';

/** What an entry's attributes are on disk; those that cannot be set here are left out. */
export function* storedXattrs(
  entry: IndexEntry,
  form: DirectoryForm,
): Generator<readonly [string, Uint8Array]> {
  for (const [name, value] of Object.entries(entry.xattrs ?? {})) {
    if (canStore(entry, name, form)) yield [storedName(name, form), value];
  }
}

/** True when the disk can hold this attribute of this entry: `user` ones only for files and directories. */
export function canStore({ type }: IndexEntry, name: string, form: DirectoryForm): boolean {
  return form.storable(name) && (!name.startsWith('user.') || type === 'file' || type === 'directory');
}

function storedName(name: string, { overlayPrefix }: DirectoryForm): string {
  if (overlayPrefix === undefined || !name.startsWith(overlayPrefix)) return name;
  return overlayPrefix + nested + name.slice(overlayPrefix.length);
}

export interface ReadXattrs {
  readonly own: Readonly<Record<string, Uint8Array>> | undefined;
  /** overlayfs's mark: what other layers have in the directory is not seen. */
  readonly opaque: boolean;
}

/** Labels that the machine's security modules put on every file: they say nothing of the layer. */
const labels: ReadonlySet<string> = new Set([
  'security.selinux',
  'security.ima',
  'security.evm',
  'security.SMACK64',
]);

/**
 * The attributes of what a process left behind.
 * @throws ToolError SANDBOX_FAILED when overlayfs put its own books in place of contents
 */
export function readXattrs(calls: FileCalls, place: Buffer, form: DirectoryForm): ReadXattrs {
  const { overlayPrefix: prefix } = form;
  const names = calls.listxattr(place);
  if (names.length === 0) return nothing;
  const own: (readonly [string, Uint8Array])[] = [];
  let opaque = false;
  for (const name of names) {
    const rest = prefix !== undefined && name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
    if (rest === 'opaque') opaque = calls.getxattr(place, name)?.toString('latin1') === 'y';
    else if (rest === 'redirect' || rest === 'metacopy') throw elsewhere(place, rest);
    else if (labels.has(name) || (rest !== undefined && !rest.startsWith(nested))) continue;
    else {
      const value = calls.getxattr(place, name);
      if (value) own.push([rest === undefined ? name : `${prefix}${rest.slice(nested.length)}`, value]);
    }
  }
  return { own: own.length === 0 ? undefined : Object.fromEntries(own.sort(byName)), opaque };
}

const nothing: ReadXattrs = { own: undefined, opaque: false };

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function elsewhere(place: Buffer, what: string): ToolError {
  return new ToolError(
    'SANDBOX_FAILED',
    `overlayfs left a ${what} mark at ${JSON.stringify(place.toString())}: the content is not there`,
    { hint: 'Overlay must be mounted with redirect_dir=off and metacopy=off; this is a bug in Coracle.' },
  );
}
