import path from 'node:path';
import { loadLayers } from '../../config/load.ts';
import { mergeConfig } from '../../config/merge.ts';
import type { Ctx } from '../../core/ctx.ts';
import { parsePlace } from '../../images/place.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';
import type { Explanation } from '../types.ts';
import { parseBudgets, type Budget } from './parse.ts';

/**
 * The limits that coracle.yaml sets for what was explained. Those beside a file or directory are for it; those of the working directory are
 * for its own image, by the name that the file gives it, and for archives beside it: explaining some other image asks nothing of it.
 * @param environment whose settings count; none by default
 * @throws ToolError CONFIG_INVALID, FILE_UNREADABLE
 */
export async function configuredBudgets(
  ctx: Ctx,
  what: string,
  kind: Explanation['kind'],
  environment?: string,
): Promise<Budget[]> {
  const files = await loadLayers(ctx, kind === 'image' ? '.' : what, undefined, () => environment);
  const { config, origin } = mergeConfig(files.layers);
  const { budget = [], image } = config;
  if (budget.length === 0 || (kind === 'image' && !isOwn(ctx, what, image))) return [];
  if (typeof budget === 'string') return parseBudgets(budget, origin('budget'));
  return budget.flatMap((text, index) => parseBudgets(text, origin('budget', index)));
}

/** Whether an image is the one of the working directory's coracle.yaml. */
function isOwn(ctx: Ctx, what: string, image: string | undefined): boolean {
  const place = parsePlace(what, ctx.cwd);
  if (place.kind === 'oci' || place.kind === 'docker-archive')
    return !path.relative(ctx.cwd, place.path).startsWith('..');
  const { reference } = place;
  if (!reference) return false;
  // Without a name in the file it is named after its program, which is mostly called as its directory.
  if (image === undefined)
    return reference.repository.split('/').at(-1) === path.basename(ctx.cwd).toLowerCase();
  const bare = (name: { registry: string; repository: string }): string =>
    formatReference({ registry: name.registry, repository: name.repository });
  return bare(reference) === bare(parseReference(image));
}
