import type { IndexEntry } from '../layer/layer-index.ts';
import type { DirectoryForm } from './form.ts';
import { canStore } from './xattrs.ts';

/**
 * Where this process may not give a file its owner (an id that is not mapped), make a device, or set an attribute, something else stands in
 * for it on disk; the index keeps what it is. When a process leaves such a file behind, what stood in is taken for what it stood for.
 */
export function isStandIn(entry: IndexEntry, form: DirectoryForm): boolean {
  return (
    form.uid(entry.uid) !== entry.uid ||
    form.gid(entry.gid) !== entry.gid ||
    (entry.xattrs !== undefined && Object.keys(entry.xattrs).some((name) => !canStore(entry, name, form)))
  );
}

/** What a file that was found on disk is, when `beneath` is what the layers below have at its path. */
export function resolveStandIn(
  found: IndexEntry,
  beneath: IndexEntry | undefined,
  form: DirectoryForm,
): IndexEntry {
  if (!beneath) return found;
  const device =
    (beneath.type === 'char' || beneath.type === 'block') && found.type === 'file' && found.size === 0;
  if (found.type !== beneath.type && !device) return found;
  const kept = Object.entries(beneath.xattrs ?? {}).filter(([name]) => !canStore(beneath, name, form));
  const xattrs = kept.length === 0 ? found.xattrs : { ...found.xattrs, ...Object.fromEntries(kept) };
  const { digest, xattrs: _, ...rest } = found;
  return {
    ...rest,
    ...(device
      ? { type: beneath.type, major: beneath.major ?? 0, minor: beneath.minor ?? 0 }
      : digest !== undefined && { digest }),
    uid: found.uid === form.uid(beneath.uid) ? beneath.uid : found.uid,
    gid: found.gid === form.gid(beneath.gid) ? beneath.gid : found.gid,
    ...(xattrs && { xattrs }),
  };
}
