import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { mergeScans } from '../../explain/files/merge.ts';
import type { Merged } from '../../explain/files/merge.ts';
import { readContent } from '../../explain/image/contents.ts';
import { scanLayers } from '../../explain/image/scan-layers.ts';
import { hostPlatform } from '../../oci/platform.ts';
import type { ImageConfig, Manifest } from '../../oci/types.ts';
import { openTarget, platformImage } from '../../oci/view.ts';
import type { Descriptor } from '../../oci/types.ts';
import type { Store } from '../../store/store.ts';
import type { MeasuredImage } from './types.ts';

/** An image that was looked into. */
export interface Looked {
  /** Of the image for this machine, where it is one of several. */
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  readonly merged: Merged;
  /** Bytes of the layers' tar archives. */
  readonly unpacked: number;
  /** The bytes of a file, links followed; undefined when there is no such file, or it is larger than `most`. */
  read(path: string, most?: number): Promise<Buffer | undefined>;
}

/** Bytes of files that are read whole; the largest program is smaller. */
const largest = 512 * 1024 * 1024;

/**
 * Looks into an image of the store, as `explain` does: each layer is read once, and what was seen is kept by its digest.
 * @throws ToolError NOT_FOUND when there is none for this machine; IMAGE_INVALID when it is damaged
 */
export async function lookInto(
  ctx: Ctx,
  store: Store,
  { reference, descriptor }: MeasuredImage,
): Promise<Looked> {
  const image = await platformImage(await openTarget(store.blobs, descriptor), hostPlatform());
  const [manifest, config, layers] = await Promise.all([image.manifest(), image.config(), image.layers()]);
  const quiet: Ctx = { ...ctx, emit: () => undefined };
  const scanned = await scanLayers(quiet, layers, { store, proven: true, spool: undefined });
  const damaged = scanned.find(({ problem }) => problem !== undefined);
  if (damaged?.problem !== undefined)
    throw new ToolError('IMAGE_INVALID', `${reference} is damaged: ${damaged.problem}`, {
      hint: 'Build it again.',
    });
  const merged = await mergeScans(scanned.map(({ scan }) => scan));
  const { nodes, contents } = merged;
  return {
    descriptor: image.descriptor,
    manifest,
    config,
    merged,
    unpacked: scanned.reduce((sum, { unpacked }) => sum + unpacked, 0),
    read: async (path, most = largest) => {
      const node = nodes.follow(path.replace(/^\/+/, ''));
      if (node < 0 || !nodes.alive(node) || nodes.type(node) !== 'file') return undefined;
      const content = nodes.content(node);
      if (content < 0) return Buffer.alloc(0);
      const [at, entry] = [contents.layers[content] ?? -1, contents.entries[content] ?? -1];
      const [layer, seen] = [layers[at], scanned[at]];
      if (!layer || !seen || (seen.scan.sizes[entry] ?? 0) > most) return undefined;
      return readContent(layer, seen, entry);
    },
  };
}

/** The path itself when something is there, links followed; else undefined. */
export function placeOf({ merged: { nodes } }: Looked, path: string): string | undefined {
  const node = nodes.follow(path.replace(/^\/+/, ''));
  return node >= 0 && nodes.alive(node) ? path : undefined;
}

/** Paths of what lies in a directory, links followed; empty when there is none. */
export function listOf({ merged: { nodes } }: Looked, directory: string): string[] {
  const node = nodes.follow(directory.replace(/^\/+/, ''));
  if (node < 0 || !nodes.alive(node) || nodes.type(node) !== 'directory') return [];
  return [...nodes.children(node)].map((child) => `${directory}/${nodes.name(child)}`);
}

/** The 12 permission bits of what a path leads to; undefined when nothing is there. */
export function modeOf({ merged: { nodes, scans } }: Looked, path: string): number | undefined {
  const node = nodes.follow(path.replace(/^\/+/, ''));
  if (node < 0 || !nodes.alive(node)) return undefined;
  return nodes.layer(node) < 0 ? 0o755 : scans[nodes.layer(node)]?.modes[nodes.entry(node)];
}
