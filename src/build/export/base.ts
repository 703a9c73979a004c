import type { BuiltBase } from '../../bases/build-base.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { openStore } from '../../store/store.ts';
import type { BuiltImage, Output, RegistrySettings } from '../types.ts';
import { exportAll } from './index.ts';

/**
 * Writes a base to where the user wants it besides the store, as any image that was built.
 * @throws ToolError USAGE for a push without a tag; what outputs and registries give
 */
export async function exportBase(
  ctx: Ctx,
  built: BuiltBase,
  outputs: readonly Output[],
  registries: Readonly<Record<string, RegistrySettings>>,
): Promise<void> {
  const image: BuiltImage = {
    program: built.name,
    references: built.references,
    descriptor: built.descriptor,
    platforms: [],
    pushed: [],
    notes: [],
  };
  await exportAll(ctx, await openStore(ctx), [image], outputs, registries);
}

/** Said before anything is made. @throws ToolError USAGE */
export function refuseNamelessPush(outputs: readonly Output[], tags: readonly string[]): void {
  if (tags.length > 0 || !outputs.some(({ type }) => type === 'registry')) return;
  throw new ToolError('USAGE', 'the base has no name to be pushed under', {
    hint: 'Give it one: -t registry.example.com/team/base:1',
  });
}
