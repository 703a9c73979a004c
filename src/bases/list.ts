import { debianSource } from '../base/debian/source.ts';
import type { Ctx } from '../core/ctx.ts';
import { isToolError } from '../core/errors.ts';
import { listImages, type ListedImage } from '../images/list.ts';
import { namedBases, type NamedBase } from './names.ts';
import { baseReference, isBaseReference } from './references.ts';
import type { BaseSettings } from './types.ts';
import { verified } from './verify/verified.ts';

/** An image of a base in the store. */
export interface StoredBase {
  readonly reference: string;
  readonly digest: string;
  readonly platforms: readonly string[];
  /** Bytes of its layers as stored. */
  readonly size: number;
  /** When it was made or last used, in milliseconds since the epoch. */
  readonly at: number;
  /** When it passed its tests: ISO 8601. */
  readonly verified?: string;
}

export interface ListedBase extends NamedBase {
  readonly needs: string;
  /** What of that is missing here. */
  readonly lacks?: string;
  readonly stored: readonly StoredBase[];
  /** coracle.yaml names it. */
  readonly project: boolean;
}

export interface BaseList {
  readonly bases: readonly ListedBase[];
  /** Images that were made slim, and others of the store that no name of the list stands for. */
  readonly images: readonly StoredBase[];
  /** What coracle.yaml says lies under the program, when it is no name of the list. */
  readonly project?: string;
}

/** All bases that have a name, and which of them are in the store. Nothing is made or fetched. */
export async function listBases(ctx: Ctx, project: BaseSettings, named: boolean): Promise<BaseList> {
  const images = (await listImages(ctx)).filter(({ name }) => isBaseReference(name));
  const lacks = await lacksOf(ctx, project);
  const bases = await Promise.all(
    namedBases.map(async (base) => ({
      ...base,
      needs: needsOf(base),
      ...lacking(lacks(base)),
      stored: await Promise.all(
        images.filter((image) => isOf(image, base.name)).map(async (image) => storedOf(ctx, image)),
      ),
      project: named && base.name === project.name,
    })),
  );
  const others = images.filter((image) => !namedBases.some(({ name }) => isOf(image, name)));
  return {
    bases,
    images: await Promise.all(others.map(async (image) => storedOf(ctx, image))),
    ...(named && !bases.some((base) => base.project) && { project: project.name }),
  };
}

function isOf({ name }: ListedImage, base: string): boolean {
  return name.startsWith(baseReference(base, ''));
}

async function storedOf(
  ctx: Ctx,
  { name, descriptor, platforms, size, at }: ListedImage,
): Promise<StoredBase> {
  const passed = await verified(ctx, descriptor.digest);
  return {
    ...{ reference: name, digest: descriptor.digest, platforms, size, at },
    ...(passed !== undefined && { verified: passed }),
  };
}

function needsOf({ kind, name }: NamedBase): string {
  if (kind === 'auto' || kind === 'plain') return 'nothing but the program';
  if (name === 'alpine') return 'an Alpine repository and its keys';
  if (kind === 'exact') return 'the program, and a mirror of Debian for libraries';
  if (kind === 'distribution') return 'a mirror of Debian, and a sandbox for its scripts';
  return 'a mirror of Debian';
}

function lacking(lacks: string | undefined): { lacks?: string } {
  return lacks === undefined ? {} : { lacks };
}

/** What of a base's needs is missing on this machine, with these settings. */
async function lacksOf(
  ctx: Ctx,
  { debian, alpine }: BaseSettings,
): Promise<(base: NamedBase) => string | undefined> {
  const noMirror = await debianSource(ctx, debian).then(
    () => undefined,
    (error: unknown) => {
      if (isToolError(error, 'CONFIG_INVALID', 'UNSUPPORTED')) return error.message;
      throw error;
    },
  );
  const noRepository = alpine.repositories.length > 0 ? undefined : 'alpine.repositories names none';
  return ({ kind, name }) => {
    if (kind === 'auto' || kind === 'plain') return undefined;
    return name === 'alpine' ? noRepository : noMirror;
  };
}
