import path from 'node:path';
import { writeOut } from '../../archive/write.ts';
import { ToolError } from '../../core/errors.ts';
import { extractTree } from '../../layer/extract.ts';
import { mergeLayers } from '../../layer/merge.ts';
import { writeTar } from '../../layer/tar-write.ts';
import type { Image } from '../../oci/image.ts';
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
  await writeOut(writeTar(mergeLayers(await only.image.layers())), fileOrStdout(output));
};

/** The root file system as a directory; with several programs or platforms, a directory below it for each. */
export const exportLocal: Exporter = async (results, output, { ctx }) => {
  const images = await rootsOf(results);
  const root = destinationOf(output);
  for (const { name, image } of images) {
    const directory = images.length === 1 ? root : path.join(root, name);
    const { skipped } = await extractTree(mergeLayers(await image.layers()), directory, {
      signal: ctx.signal,
    });
    for (const { path: name, why } of skipped) {
      ctx.emit({ kind: 'warning', message: `${name} was not written to ${directory}: ${why}` });
    }
  }
};

/** Every image of the results with a directory name of its own, as buildx names them: `linux_amd64`, or `api/linux_amd64`. */
async function rootsOf(results: readonly Exportable[]): Promise<{ name: string; image: Image }[]> {
  const found = await Promise.all(
    results.map(async ({ image, target }) => {
      const prefix = results.length === 1 ? '' : `${image.program}/`;
      if (!isIndex(target))
        return [{ name: `${prefix}${platformDirectory(image.platforms[0]?.platform)}`, image: target }];
      const { manifests } = await target.index();
      return Promise.all(
        manifests.map(async (descriptor) => {
          const child = await target.child(descriptor);
          if (isIndex(child)) throw new ToolError('INTERNAL', 'an index within an index was built');
          return {
            name: `${prefix}${platformDirectory(descriptor.platform && formatPlatform(descriptor.platform))}`,
            image: child,
          };
        }),
      );
    }),
  );
  return found.flat();
}

function platformDirectory(platform = 'unknown'): string {
  return platform.replaceAll('/', '_');
}
