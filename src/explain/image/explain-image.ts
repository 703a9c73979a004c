/**
 * explain/image/ explains an image: each layer is read once, as a stream; what a container sees and what it does not is told from what the
 * streams had in them. It must not know how explanations look.
 */
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { withTempDir } from '../../core/temp.ts';
import type { Layer } from '../../oci/image.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { openStore } from '../../store/store.ts';
import { breathing } from '../files/breath.ts';
import { entryNode, surroundingsOf } from '../files/entrypoint.ts';
import { explainFiles } from '../files/explain-files.ts';
import { ledgers } from '../files/ledger-of.ts';
import { mergeScans } from '../files/merge.ts';
import type { Merged } from '../files/merge.ts';
import { passedHash } from '../files/scan.ts';
import { treesOf } from '../sums/ledger-trees.ts';
import { layersTree } from '../files/trees.ts';
import type { LayerNode } from '../files/trees.ts';
import type { ExplainRequest, ImageExplanation, LayerExplanation } from '../types.ts';
import { explainBinaries, programsIn } from './binaries.ts';
import type { FoundBinaries } from './binaries.ts';
import { reconstructDockerfile } from './dockerfile.ts';
import { instructionOf, makersOf } from './history.ts';
import type { Made } from './history.ts';
import { openImage } from './open-image.ts';
import type { OpenedImage } from './open-image.ts';
import { scanLayers } from './scan-layers.ts';
import { spoolIn } from './spool.ts';
import type { Spool, SpoolTerms } from './spool.ts';
import type { ContainerConfig } from '../../oci/types.ts';
import type { ScannedLayer } from './scan-layer.ts';

/**
 * Says where every byte of an image comes from.
 * @throws ToolError as openImage; what damaged all of its layers, when nothing can be said
 */
export async function explainImage(ctx: Ctx, request: ExplainRequest): Promise<ImageExplanation> {
  const opened = await openImage(ctx, request);
  const [config, layers] = await Promise.all([opened.image.config(), opened.image.layers()]);
  // What lies in a plain file is read there again when it is needed.
  const streamed = layers.some(({ locate, mediaType }) => !locate || !mediaType.endsWith('tar'));
  if (!request.binaries || !streamed) return explainOpened(ctx, request, opened, undefined);
  return withTempDir(ctx, async (directory) =>
    explainOpened(ctx, request, opened, spoolIn({ directory, config: startOf(config.config) })),
  );
}

/** As much of the settings as a thread needs. */
function startOf({ Entrypoint, Cmd }: ContainerConfig = {}): SpoolTerms['config'] {
  return { ...(Entrypoint && { Entrypoint }), ...(Cmd && { Cmd }) };
}

async function explainOpened(
  ctx: Ctx,
  request: ExplainRequest,
  { image, name, proven }: OpenedImage,
  spool: Spool | undefined,
): Promise<ImageExplanation> {
  const [manifest, config, layers] = await Promise.all([image.manifest(), image.config(), image.layers()]);
  const store = await openStore(ctx);
  const inside = config.config ?? {};
  const scanned = await scanLayers(ctx, layers, { store, proven, spool });
  const breathe = breathing(ctx.signal);
  const merged = await mergeScans(
    scanned.map(({ scan }) => scan),
    breathe,
  );
  const makers = makersOf(config);
  const entry = entryNode(merged, inside);
  const files = await explainFiles(merged, {
    ...{ name, breathe },
    around: surroundingsOf(merged, entry),
    hashOf: (layer, entry) => scanned[layer] && passedHash(scanned[layer].scan, entry),
    stepOf: (layer) => instructionOf(makers[layer]?.createdBy ?? ''),
  });
  const explained = layers.map((layer, index) => explainLayer(layer, index, scanned, makers, merged));
  const told = ({ binaries, problems }: FoundBinaries): ImageExplanation => ({
    kind: 'image',
    source: name,
    descriptor: image.descriptor,
    platform: formatPlatform(config),
    config,
    size: image.descriptor.size + manifest.config.size + sum(layers.map(({ size }) => size)),
    unpacked: sum(scanned.map(({ unpacked }) => unpacked)),
    layers: explained,
    dockerfile: reconstructDockerfile(config, name),
    ...files.explanation,
    binaries,
    trees: treesOf(
      {
        layers: () => layersTree(name, layerNodes(explained, scanned), files.wasteOf),
        files: () => files.tree,
      },
      name,
      binaries,
    ),
    problems: [...problemsOf(scanned), ...merged.problems, ...problems],
  });
  const none: FoundBinaries = { binaries: [], problems: [] };
  const programs = request.binaries ? programsIn(merged, entry) : [];
  if (programs.length === 0) return told(none);
  request.early?.(told(none));
  const known = ledgers(store, ctx.signal, { apart: request.early !== undefined });
  try {
    return told(await explainBinaries(ctx, merged, programs, { layers, scanned, spool, ledgers: known }));
  } finally {
    await known.close();
  }
}

function explainLayer(
  { digest, diffId, mediaType, size }: Layer,
  index: number,
  scanned: readonly ScannedLayer[],
  makers: readonly Made[],
  { changes }: Merged,
): LayerExplanation {
  const none = { files: 0, bytes: 0 };
  const { added = none, changed = none, removed = none } = changes[index] ?? {};
  const found = scanned[index];
  return {
    ...{ index, digest, diffId, mediaType, size },
    unpacked: found?.unpacked ?? 0,
    overhead: overheadOf(found),
    ...(makers[index] ?? { from: 'unknown' as const }),
    ...{ added, changed, removed },
  };
}

/** Bytes of the tar that are in no file: headers, padding, what stands behind the last entry. */
function overheadOf(found: ScannedLayer | undefined): number {
  return found ? found.unpacked - sum(found.scan.sizes) : 0;
}

function layerNodes(layers: readonly LayerExplanation[], scanned: readonly ScannedLayer[]): LayerNode[] {
  return scanned.map(({ scan }, index) => {
    const { createdBy, digest = '', overhead = 0 } = layers[index] ?? {};
    const name = `${index + 1} ${digest.slice('sha256:'.length, 'sha256:'.length + 12)}`;
    return { scan, name, overhead, ...(createdBy === undefined ? {} : { note: instructionOf(createdBy) }) };
  });
}

/** What could not be read; an error, when that is everything. */
function problemsOf(scanned: readonly ScannedLayer[]): string[] {
  const damaged = scanned.filter(({ problem }) => problem !== undefined);
  const [first] = damaged;
  if (
    first?.problem !== undefined &&
    damaged.length === scanned.length &&
    scanned.every(({ scan }) => scan.count === 0)
  ) {
    throw new ToolError('IMAGE_INVALID', `no layer of the image can be read: ${first.problem}`, {
      hint: 'Fetch the image again, or build it again; if that does not help, its origin is damaged.',
    });
  }
  return scanned.flatMap(({ problem, scan }, index) =>
    problem === undefined
      ? []
      : [
          `layer ${index + 1} is damaged, and only ${scan.count.toLocaleString('en-US')} of its entries are known: ${problem}`,
        ],
  );
}

function sum(numbers: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < numbers.length; index++) total += numbers[index] ?? 0;
  return total;
}
