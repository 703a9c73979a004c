import { stdout } from 'node:process';
import type { ArchiveItem } from '../../archive/collect.ts';
import { ToolError } from '../../core/errors.ts';
import type { Store } from '../../store/store.ts';
import type { Output } from '../types.ts';
import type { Exportable, Exporter } from './exporter.ts';

/** The images as archives take them. */
export function archiveItems(results: readonly Exportable[], store: Store): ArchiveItem[] {
  return results.map(({ image }) => ({
    descriptor: image.descriptor,
    names: image.references,
    source: store.blobs,
  }));
}

/** An OCI layout, as a tar or (`tar=false`) as a directory. */
export const exportOci: Exporter = async (results, output, { ctx, store }) => {
  const items = archiveItems(results, store);
  if (output.tar === false) {
    const { writeLayout } = await import('../../archive/layout-write.ts');
    return writeLayout(ctx, destinationOf(output), items);
  }
  const { writeOciTar } = await import('../../archive/write.ts');
  return writeOciTar(items, fileOrStdout(output));
};

/** What `docker load` and `podman load` read. */
export const exportDocker: Exporter = async (results, output, { store }) => {
  const { writeDockerTar } = await import('../../archive/docker.ts');
  return writeDockerTar(archiveItems(results, store), fileOrStdout(output));
};

/** A file's path, or standard output for `-`: the one stream that a result may take besides the renderers. */
export function fileOrStdout(output: Output): string | typeof stdout {
  const dest = destinationOf(output);
  return dest === '-' ? stdout : dest;
}

export function destinationOf({ type, dest }: Output): string {
  if (dest !== undefined) return dest;
  throw new ToolError('USAGE', `--output type=${type} says not where to`, {
    hint: `Add dest=PATH: --output type=${type},dest=PATH`,
  });
}
