/** What all methods of one comparison share: the program, its modules, the bases. */
import path from 'node:path';
import { extraCertificates } from '../build/extra-certificates.ts';
import type { Ctx } from '../core/ctx.ts';
import type { RegistryAccess } from '../images/registries.ts';
import type { Store } from '../store/store.ts';
import { openBases } from './bases.ts';
import { compileRecipe } from './build-method.ts';
import type { Workshop } from './build-method.ts';
import { stageModules } from './modules.ts';
import { programBase } from './program-base.ts';
import type { ComparedProgram } from './program.ts';

/**
 * @param temp a private directory for as long as methods are built
 * @throws ToolError FILE_UNREADABLE
 */
export async function openWorkshop(
  ctx: Ctx,
  store: Store,
  program: ComparedProgram,
  access: RegistryAccess,
  temp: string,
): Promise<Workshop> {
  const modules = path.join(temp, 'modules');
  await stageModules(ctx, program, modules);
  const bases = openBases({
    ...{ store, program, access, extraCa: await extraCertificates(program.request.ca) },
    forProgram: async (within, recipe) =>
      programBase(within, store, program, recipe, async (directory) =>
        compileRecipe(within, shop, recipe, directory),
      ),
  });
  const shop: Workshop = { program, bases, modules };
  return shop;
}
