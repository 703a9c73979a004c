import path from 'node:path';
import { getuid } from 'node:process';
import { writeOut } from '../../archive/write.ts';
import { ToolError } from '../../core/errors.ts';
import { extractTree } from '../../layer/extract.ts';
import { flatten } from '../../layer/flatten.ts';
import { writeTar } from '../../layer/tar-write.ts';
import type { Entry } from '../../layer/entry.ts';
import type { Bytes, Image } from '../../oci/image.ts';
import { isIndex } from '../../oci/image.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { destinationOf, fileOrStdout } from './archives.ts';
import type { Exportable, Exporter } from './exporter.ts';

/** The root file system as one tar: layers merged, whiteouts gone. */
export const exportTar: Exporter = async (results, output) => {
  const images = await rootsOf(results);
  const [only] = images;
  if (images.length !== 1 || !only) {
    throw new ToolError('UNSUPPORTED', 'a tar holds the files of one program on one platform', {
      hint: 'Name one with --platform, or write directories: --output type=local,dest=DIR',
    });
  }
  await writeOut(writeTar(await entriesOf(only.image)), fileOrStdout(output));
};

/** The root file system as a directory; with several programs or platforms, a directory below it for each. */
export const exportLocal: Exporter = async (results, output, { ctx }) => {
  const images = await rootsOf(results);
  const root = destinationOf(output);
  for (const { name, image } of images) {
    const directory = images.length === 1 ? root : path.join(root, name);
    const { skipped } = await extractTree(await entriesOf(image), directory, { owners: getuid?.() === 0 });
    if (skipped.length > 0) ctx.emit({ kind: 'warning', message: `not written to ${directory}: ${skipped.join(', ')} (devices and pipes)` });
  }
};

/** Every image of the results with a directory name of its own, as buildx names them: `linux_amd64`, or `api/linux_amd64`. */
async function rootsOf(results: readonly Exportable[]): Promise<{ name: string; image: Image }[]> {
  const found = await Promise.all(
    results.map(async ({ image, target }) => {
      const prefix = results.length === 1 ? '' : `${image.program}/`;
      if (!isIndex(target)) return [{ name: `${prefix}${platformDirectory(image.platforms[0]?.platform)}`, image: target }];
      const { manifests } = await target.index();
      return Promise.all(
        manifests.map(async (descriptor) => {
          const child = await target.child(descriptor);
          if (isIndex(child)) throw new ToolError('INTERNAL', 'an index within an index was built');
          return { name: `${prefix}${platformDirectory(descriptor.platform && formatPlatform(descriptor.platform))}`, image: child };
        }),
      );
    }),
  );
  return found.flat();
}

function platformDirectory(platform = 'unknown'): string {
  return platform.replaceAll('/', '_');
}

async function entriesOf(image: Image): Promise<AsyncIterable<Entry>> {
  const layers = await image.layers();
  return flatten(layers.map((layer) => (): Bytes => layer.open()));
}
