import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Digest } from '../oci/digest.ts';
import type { BlobStore } from './blobs.ts';
import { listBlobs, listFiles, listLayers, listLeft, listRecords } from './inventory.ts';
import type { StoredBlob, StoredLayer, StoredRecord } from './inventory.ts';
import type { Place } from './place.ts';
import { reach } from './reach.ts';
import { removeLayers } from './remove-layers.ts';
import type { RefStore } from './refs.ts';
import { oldestLease, sweepTemp } from './sweep.ts';

export interface PruneOptions {
  /** Milliseconds: facts of the cache that were not used for so long go, and blobs that only they needed. Default 7 days. */
  readonly olderThan?: number;
  /** Keep at most so many bytes: the facts used least recently go first. Images with a name always stay. */
  readonly keepBytes?: number;
  /** Names that go too. */
  readonly forget?: readonly string[];
  /** Everything without a name goes, however new, but for what a running command uses. */
  readonly all?: boolean;
  /** Only tell. */
  readonly dryRun?: boolean;
}

export interface Pruned {
  readonly removed: { readonly what: string; readonly bytes: number }[];
  readonly bytes: number;
}

export const defaultAge = 7 * 24 * 3600 * 1000;
/** A blob used in the last hour may belong to something that has no name yet. */
const grace = 3600 * 1000;

/**
 * Removes what is of no use any more. Safe beside running commands: they touch what they use, and a blob is looked at once more
 * after it was taken away and before it is gone.
 */
export async function prune(
  place: Place,
  blobs: BlobStore,
  refs: RefStore,
  now: number,
  options: PruneOptions,
): Promise<Pruned> {
  const removed: { what: string; bytes: number }[] = [];
  const dryRun = options.dryRun ?? false;
  const forgotten: ReadonlySet<string> = new Set(options.forget);
  const named = await namedDigests(blobs, refs, forgotten);
  for (const name of forgotten) {
    if (!dryRun) await refs.remove(name);
    removed.push({ what: `name ${name}`, bytes: 0 });
  }
  const there = await listBlobs(place.root);
  const facts = [
    ...(await listRecords(place.root)),
    ...(await listLayers(place.root)),
    ...(await listLeft(place.root)),
  ];
  const { kept, dropped } = choose(facts, there, named, now, options);
  const needed = new Set([...named, ...kept.flatMap((record) => record.blobs)]);
  const spared = Math.min(options.all ? now : now - grace, (await oldestLease(place.root)) ?? now);

  const layers: StoredLayer[] = [];
  for (const item of dropped) {
    if ('folder' in item) layers.push(item);
    else {
      if (!dryRun) await fs.rm(item.file, { force: true });
      removed.push({ what: `record ${item.what}`, bytes: item.bytes });
    }
  }
  const unused = layers.filter((layer) => layer.used < spared);
  for (const { what, bytes } of dryRun ? unused : await removeLayers(place, unused, spared))
    removed.push({ what, bytes });
  const victims = there.filter((blob) => !needed.has(blob.digest) && blob.used < spared);
  const gone = dryRun
    ? victims
    : await removeBlobs(place, victims, spared, async () => namedDigests(blobs, refs));
  for (const blob of gone) removed.push({ what: `blob ${blob.digest}`, bytes: blob.bytes });
  for (const item of await listFiles(path.join(place.root, 'quarantine'))) {
    if (!dryRun) await fs.rm(item.file, { force: true });
    removed.push({ what: `damaged blob ${path.basename(item.file)}`, bytes: item.bytes });
  }
  for (const item of await sweepTemp(place.root, { idle: options.all ? 0 : 60_000, dryRun })) {
    removed.push({ what: `temporary file ${path.basename(item.file)}`, bytes: item.bytes });
  }
  return { removed, bytes: removed.reduce((sum, item) => sum + item.bytes, 0) };
}

async function namedDigests(
  blobs: BlobStore,
  refs: RefStore,
  forgotten: ReadonlySet<string> = new Set(),
): Promise<ReadonlySet<Digest>> {
  const names = (await refs.list()).filter(({ name }) => !forgotten.has(name));
  const { digests } = await reach(
    blobs,
    names.map((ref) => ref.descriptor),
  );
  return digests;
}

type Fact = StoredRecord | StoredLayer;

/** Which facts go: those not used for long, then those used longest ago until the rest fits. */
function choose(
  facts: readonly Fact[],
  there: readonly StoredBlob[],
  named: ReadonlySet<Digest>,
  now: number,
  { all = false, keepBytes, olderThan = keepBytes === undefined ? defaultAge : Infinity }: PruneOptions,
): { kept: Fact[]; dropped: Fact[] } {
  const sizes = new Map(there.map((blob) => [blob.digest, blob.bytes]));
  const counted = new Set(named);
  let bytes = [...named].reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0);
  const kept: Fact[] = [];
  const dropped: Fact[] = [];
  let full = all;
  for (const fact of facts.toSorted((a, b) => b.used - a.used)) {
    const more = fact.blobs.filter((digest) => !counted.has(digest));
    const cost = fact.bytes + [...new Set(more)].reduce((sum, digest) => sum + (sizes.get(digest) ?? 0), 0);
    full ||= keepBytes !== undefined && bytes + cost > keepBytes;
    if (full || now - fact.used > olderThan) {
      dropped.push(fact);
      continue;
    }
    bytes += cost;
    for (const digest of more) counted.add(digest);
    kept.push(fact);
  }
  return { kept, dropped };
}

/**
 * Takes the victims away by rename, then looks again: one that was used after the choice (its time says so), or that has got a
 * name meanwhile, goes back.
 */
async function removeBlobs(
  place: Place,
  victims: readonly StoredBlob[],
  spared: number,
  namedNow: () => Promise<ReadonlySet<Digest>>,
): Promise<StoredBlob[]> {
  const gone: StoredBlob[] = [];
  const named = victims.length === 0 ? new Set<Digest>() : await namedNow();
  for (const blob of victims) {
    if (named.has(blob.digest)) continue;
    const trash = await place.tempName();
    try {
      await fs.rename(blob.file, trash);
    } catch {
      continue; // another prune was faster, or the store is read-only
    }
    const { mtimeMs } = await fs.stat(trash);
    if (mtimeMs >= spared) {
      await fs.rename(trash, blob.file);
      continue;
    }
    await fs.rm(trash, { force: true });
    gone.push(blob);
  }
  return gone;
}
