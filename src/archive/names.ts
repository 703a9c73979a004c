/**
 * How names stand in an index.json: `org.opencontainers.image.ref.name` holds the tag alone (image-spec, annotations.md), and
 * `io.containerd.image.name` the whole reference, as BuildKit and containerd write and read it.
 */
import { isToolError } from '../core/errors.ts';
import { formatReference, isTag, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { Descriptor } from '../oci/types.ts';

export const refName = 'org.opencontainers.image.ref.name';
export const imageName = 'io.containerd.image.name';

/** The entry of an index.json for each name (a full reference, or a tag alone), or the one entry of an image without names. */
export function namedEntries(descriptor: Descriptor, names: readonly string[]): Descriptor[] {
  if (names.length === 0) return [descriptor];
  return names.map((name) => withName(descriptor, name));
}

function withName(descriptor: Descriptor, name: string): Descriptor {
  // A tag alone names an image only inside its layout.
  if (isTag(name)) return { ...descriptor, annotations: { ...descriptor.annotations, [refName]: name } };
  const { tag } = parseReference(name);
  const labels = { [imageName]: name, ...(tag !== undefined && { [refName]: tag }) };
  return { ...descriptor, annotations: { ...descriptor.annotations, ...labels } };
}

/** Adds entries to those of an index, as BuildKit does: one of the same name gives way, and so does the same image without a name. */
export function mergeEntries(old: readonly Descriptor[], added: readonly Descriptor[]): Descriptor[] {
  const kept = old.filter((entry) => !added.some((item) => isReplaced(entry, item)));
  return [...kept, ...added];
}

function isReplaced(old: Descriptor, added: Descriptor): boolean {
  const [oldName, name] = [old.annotations?.[imageName], added.annotations?.[imageName]];
  const [oldTag, tag] = [old.annotations?.[refName], added.annotations?.[refName]];
  if (oldName === undefined && oldTag === undefined) return old.digest === added.digest;
  // Other tools write the tag alone; two images of one tag could not be told apart by it.
  return oldName === undefined ? oldTag === tag : oldName === name;
}

/** What an entry is called, for people: a reference or a tag. */
export function labelOf(entry: Descriptor): string | undefined {
  return entry.annotations?.[imageName] ?? entry.annotations?.[refName];
}

/** The full reference of an entry, if it says one; a tag alone is none. */
export function nameOf(entry: Descriptor): string | undefined {
  const label = labelOf(entry);
  return label !== undefined && /[/:]/.test(label) ? fullName(label) : undefined;
}

/** The entries that `wanted` names: the whole name, or a familiar form of it, or else the tag alone. */
export function findNamed(entries: readonly Descriptor[], wanted: string): Descriptor[] {
  const exact = entries.filter(
    (entry) =>
      sameName(entry.annotations?.[imageName], wanted) || sameName(entry.annotations?.[refName], wanted),
  );
  return exact.length > 0 ? exact : entries.filter((entry) => entry.annotations?.[refName] === wanted);
}

/** True when both mean the same reference: `gin` and `docker.io/library/gin:latest`. */
export function sameName(one: string | undefined, other: string): boolean {
  return one !== undefined && (one === other || fullName(one) === fullName(other));
}

/** The full form of a name that people write; the text itself where it is none. */
export function fullName(text: string): string {
  try {
    return formatReference(withDefaultTag(parseReference(text)));
  } catch (error) {
    if (isToolError(error, 'REFERENCE_INVALID')) return text;
    throw error;
  }
}
