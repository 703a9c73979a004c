/** Bases that are made for one program: its exact libraries, or what the tree of decisions says. */
import path from 'node:path';
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { composeBase } from '../bases/compose.ts';
import { extraCertificates } from '../build/extra-certificates.ts';
import { decideBase } from '../bases/decide.ts';
import { planExact } from '../bases/exact.ts';
import { factsOf } from '../bases/facts.ts';
import { baseImageOf } from '../bases/make-image.ts';
import type { BaseImage, ComposedBase } from '../bases/types.ts';
import type { Ctx } from '../core/ctx.ts';
import { withTempDir } from '../core/temp.ts';
import { readBinary } from '../golang/binary/read.ts';
import type { Binary } from '../golang/binary/read.ts';
import { zoneinfoZip } from '../golang/toolchain.ts';
import type { Entry } from '../layer/entry.ts';
import { compareNames } from '../layer/names.ts';
import type { Store } from '../store/store.ts';
import { settingsFor } from './bases.ts';
import type { Recipe } from './methods/recipe.ts';
import type { ComparedProgram } from './program.ts';

/** Base layers stand on no clock. */
const mtime = 0;

/**
 * What the programs of a recipe need beneath them, all together.
 * @param compile writes the recipe's programs into a directory
 * @throws ToolError BASE_CANNOT_RUN; as planExact, composeBase
 */
export async function programBase(
  ctx: Ctx,
  store: Store,
  program: ComparedProgram,
  recipe: Recipe,
  compile: (directory: string) => Promise<void>,
): Promise<BaseImage> {
  return withTempDir(ctx, async (temp) => {
    await compile(temp);
    const composed: ComposedBase[] = [];
    for (const { name } of program.packages) {
      const binary = await readBinary(path.join(temp, name));
      composed.push(await baseOf(ctx, program, recipe, name, binary));
    }
    const { platform } = program;
    return baseImageOf(ctx, store, together(composed), { platform, compression: { kind: 'gzip' } });
  });
}

async function baseOf(
  ctx: Ctx,
  program: ComparedProgram,
  { onto }: Recipe,
  name: string,
  binary: Binary,
): Promise<ComposedBase> {
  const { platform, toolchain, request } = program;
  const { env, user } = request.image;
  const extraCa = await extraCertificates(request.ca);
  const decided = onto === 'auto' ? decideBase(factsOf(binary, env)) : undefined;
  if (decided && ['glibc', 'cc'].includes(decided.name)) {
    const base = await composeBase(ctx, settingsFor(program, decided.name), { platform, extraCa });
    return { ...base, reasons: decided.reasons };
  }
  const zoneinfo = zoneinfoZip(toolchain);
  const zoneinfoDigest = createHash('sha256')
    .update(await fs.readFile(zoneinfo))
    .digest('hex');
  const owner = numericUser(user);
  const options = {
    ...{ platform, env, extraCa, mtime, zoneinfo, zoneinfoDigest },
    program: `/app/${name}`,
    ...(owner && { user: owner }),
  };
  return (await planExact(ctx, settingsFor(program, 'distalpine'), binary, options)).compose();
}

/** `1000` or `1000:1000`; undefined for a name, which only an image's own passwd can tell. */
function numericUser(user: string | undefined): { uid: number; gid: number } | undefined {
  const [, uid, gid = uid] = /^(\d+)(?::(\d+))?$/.exec(user ?? '') ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** Of several programs: each file once. */
function together(bases: readonly ComposedBase[]): ComposedBase {
  const [first] = bases;
  if (!first) throw new Error('a program without packages');
  if (bases.length === 1) return first;
  const hash = createHash('sha256').update(JSON.stringify(bases.map(({ key }) => key)));
  return {
    ...first,
    key: hash.digest('hex'),
    generated: bases.flatMap(({ generated }) => generated),
    reasons: [...new Set(bases.flatMap(({ reasons }) => reasons))],
    entries: async () => {
      const all = new Map<string, Entry>();
      for (const base of bases)
        for (const entry of await base.entries()) if (!all.has(entry.path)) all.set(entry.path, entry);
      return [...all.values()].sort((one, other) => compareNames(one.path, other.path));
    },
  };
}
