/** The images that methods stand on. Each is made once in a comparison, and found again by the next. */
import { makeBase } from '../bases/make.ts';
import { plainSettings } from '../bases/settings.ts';
import type { BaseImage, BaseSettings } from '../bases/types.ts';
import { onceMap } from '../core/concurrency.ts';
import type { Ctx } from '../core/ctx.ts';
import type { RegistryAccess } from '../images/registries.ts';
import type { ContainerConfig } from '../oci/types.ts';
import type { Store } from '../store/store.ts';
import { alpineBase } from './alpine-base.ts';
import type { BaseName, Recipe } from './methods/recipe.ts';
import type { ComparedProgram } from './program.ts';

export interface MethodBase {
  readonly name: BaseName;
  /** In the store. */
  readonly reference: string;
  readonly config: ContainerConfig;
  /** What people would write in FROM in its place; undefined where there is nothing like it. */
  readonly standsFor?: string;
  /** What must be said wherever it is shown. */
  readonly statement?: string;
  /** Why it is as it is, a sentence each. */
  readonly reasons: readonly string[];
}

/** What is made for this program alone comes from whoever can compile it. */
export type ProgramBase = (ctx: Ctx, recipe: Recipe) => Promise<BaseImage>;

export interface Bases {
  /** @throws ToolError whatever making it gives */
  get(ctx: Ctx, name: BaseName, recipe: Recipe): Promise<MethodBase>;
}

export interface BasesOptions {
  readonly store: Store;
  readonly program: ComparedProgram;
  readonly access: RegistryAccess;
  /** Checked certificates of authorities to trust besides. */
  readonly extraCa: readonly string[];
  readonly forProgram: ProgramBase;
}

export function openBases({ store, program, access, extraCa, forProgram }: BasesOptions): Bases {
  const once = onceMap<MethodBase>();
  const { platform, toolchain } = program;
  const compression = { kind: 'gzip' } as const;
  const common = { platform, compression, extraCa, locked: {}, access };
  const settings = (name: string, packages: readonly string[] = []): BaseSettings =>
    settingsFor(program, name, packages);

  const make = async (ctx: Ctx, name: BaseName, recipe: Recipe): Promise<MethodBase> => {
    switch (name) {
      case 'toolchain':
      case 'toolchain-musl': {
        const { toolchainBase } = await import('../bases/distribution/toolchain.ts');
        const musl = name === 'toolchain-musl';
        const base = await toolchainBase(ctx, store, {
          ...{ settings: settings(name), toolchain, platform, musl },
        });
        return asMethodBase(name, base, `golang:${toolchain.version}`);
      }
      case 'debian-slim':
        return asMethodBase(
          name,
          await makeBase(ctx, store, settings(name, ['ca-certificates']), common),
          'debian:stable-slim with ca-certificates installed',
        );
      case 'static-debian':
        return asMethodBase(
          name,
          await makeBase(ctx, store, settings(name), common),
          'distroless/static-debian12:nonroot',
        );
      case 'alpine':
        return alpineBase(ctx, store, settings('alpine'), common);
      case 'libraries':
      case 'auto':
      default:
        return asMethodBase(name, await forProgram(ctx, recipe));
    }
  };
  const key = (name: BaseName, { name: method }: Recipe): string =>
    name === 'libraries' || name === 'auto' ? `${name} ${method}` : name;
  return {
    get: async (ctx, name, recipe) => once(key(name, recipe), async () => make(ctx, name, recipe)),
  };
}

/** A base by name, from where the project's configuration says that packages come from. */
export function settingsFor(
  { request }: ComparedProgram,
  name: string,
  packages: readonly string[] = [],
): BaseSettings {
  const { debian, alpine } = request.base;
  return { ...plainSettings(name), packages, debian, alpine };
}

export function asMethodBase(name: BaseName, base: BaseImage, standsFor?: string): MethodBase {
  const { reference, config, reasons, statement } = base;
  return {
    ...{ name, reference, config, reasons },
    ...(standsFor !== undefined && { standsFor }),
    ...(statement !== undefined && { statement }),
  };
}
