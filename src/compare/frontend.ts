/** The method `coracle` as its users have it: our own frontend for Go, with its memory of what was built. */
import path from 'node:path';
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import type { Door } from '../build/dockerfile/build.ts';
import type { BuildRequest } from '../build/types.ts';
import { buildIfChanged } from '../build/unchanged.ts';
import { lockName } from '../build/lock.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { withTempDir } from '../core/temp.ts';
import { labelled } from './events.ts';
import type { BuildHow, BuiltMethod } from './method.ts';
import type { ComparedProgram } from './program.ts';
import { referenceOf } from './build-method.ts';
import type { Workshop } from './build-method.ts';

const door: Door = {
  enterUserNamespace: () => Promise.resolve(),
  stdin: () => {
    throw new ToolError('INTERNAL', 'a Go build reads no standard input');
  },
};

/**
 * Whether the frontend makes the image: of one program without C, for which it needs no compiler but Go. What else there is is compiled where
 * the other methods are, so that the machine's own C compiler and libraries have no say.
 */
export function usesFrontend({ cgo, packages }: ComparedProgram): boolean {
  return cgo === false && packages.length === 1;
}

/** @throws ToolError as `coracle build` */
export async function buildFrontend(ctx: Ctx, shop: Workshop, how: BuildHow): Promise<BuiltMethod> {
  if (how.fresh !== true) return buildIn(ctx, shop, how, {});
  return withTempDir(ctx, async (temp) =>
    buildIn(ctx, shop, how, {
      GOCACHE: path.join(temp, 'builds'),
      GOMODCACHE: path.join(temp, 'modules'),
      GOPROXY: `file://${shop.modules}`,
    }),
  );
}

async function buildIn(
  ctx: Ctx,
  shop: Workshop,
  how: BuildHow,
  env: Readonly<Record<string, string>>,
): Promise<BuiltMethod> {
  const { program } = shop;
  const reference = referenceOf(program, 'coracle', how);
  const request = await requestFor(ctx, program, how, reference, env);
  const asked = createHash('sha256').update(JSON.stringify({ ...request, consulted: [] }));
  const invocation = { argv: ['compare', asked.digest('hex')], program: 'compare' };
  const { images } = await buildIfChanged(
    labelled(ctx, 'coracle'),
    invocation,
    () => Promise.resolve(request),
    door,
  );
  const [image] = images;
  if (!image) throw new ToolError('INTERNAL', 'the Go frontend gave no image');
  return { reference, descriptor: image.descriptor };
}

async function requestFor(
  ctx: Ctx,
  { request, packages, context, home, platform, toolchain }: ComparedProgram,
  { directory, fresh = false }: BuildHow,
  reference: string,
  env: Readonly<Record<string, string>>,
): Promise<BuildRequest> {
  const [first] = packages;
  return {
    ...request,
    what: path.join(directory, home, first?.path ?? '.'),
    main: [],
    tags: [reference],
    platforms: [platform],
    go: { ...request.go, cgo: 'off', version: toolchain.version, env: { ...request.go.env, ...env } },
    outputs: [],
    push: false,
    noCache: fresh,
    lock: { file: await ownLock(ctx, path.join(context, home)), frozen: false },
  };
}

/** A lock of our own, which begins as the project's: a comparison writes nothing into the project. */
async function ownLock(ctx: Ctx, project: string): Promise<string> {
  const name = createHash('sha256').update(project).digest('hex').slice(0, 16);
  const directory = path.join(ctx.home, 'compare', name);
  await fs.mkdir(directory, { recursive: true });
  const file = path.join(directory, lockName);
  const own = await fs.readFile(path.join(project, lockName)).catch(() => undefined);
  const before = await fs.readFile(file).catch(() => undefined);
  if (own && !before?.equals(own)) await fs.writeFile(file, own);
  return file;
}
