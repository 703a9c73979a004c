import path from 'node:path';
import type { BuildResult } from '../build/types.ts';
import { writeFileAtomic } from '../core/files.ts';
import { buildDocument, imageId, metadataOf } from '../render/build-document.ts';
import type { Out } from './out.ts';

/** Shows the result of a build on standard output. `started` is when the command started, as performance.now() says it. */
export async function printBuild(result: BuildResult, out: Out, loaded: boolean): Promise<void> {
  if (out.json) return out.document(buildDocument(result));
  if (out.quiet) return out.print(result.images.map(imageId).join('\n'));
  const { renderBuild } = await import('../render/build.ts');
  const view = { style: out.style, columns: out.columns, took: performance.now(), debug: out.debug, loaded };
  return out.print(renderBuild(result, view));
}

/** Writes what scripts ask for in files. @throws ToolError FILE_UNWRITABLE */
export async function writeBuildFiles(
  result: BuildResult,
  cwd: string,
  metadata?: string,
  iid?: string,
): Promise<void> {
  if (metadata !== undefined)
    await writeFileAtomic(path.resolve(cwd, metadata), `${JSON.stringify(metadataOf(result), null, 2)}\n`);
  if (iid !== undefined) await writeFileAtomic(path.resolve(cwd, iid), result.images.map(imageId).join('\n'));
}
