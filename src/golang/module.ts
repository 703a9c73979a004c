/**
 * Builds a program from `module@version` by making a main module that does nothing but require it. So it works where `go install`
 * refuses (replace lines), and the version stays in the program's build info. The directory is kept: a second build finds all
 * of it ready.
 */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ToolError, systemCode } from '../core/errors.ts';
import { fileError, readJsonIfSound, writeFileAtomic } from '../core/files.ts';
import { withLock } from '../core/lock.ts';
import { withTempDir } from '../core/temp.ts';
import type { Ctx } from '../core/ctx.ts';
import type { Platform } from '../oci/types.ts';
import { hash1 } from './dirhash.ts';
import { settingsOf, runGo, toolchainOf } from './go-command.ts';
import type { GoCommand } from './go-command.ts';
import { goError } from './go-errors.ts';
import { listFlags } from './build-flags.ts';
import { aloneEnv } from './module-direct.ts';
import { replaceNotes, syntheticGoMod } from './module-synthetic.ts';
import type { ResolvedModule } from './module-resolve.ts';
import { readConcatenated } from './package-list.ts';
import { programName } from './program-name.ts';

export { resolveModule } from './module-resolve.ts';
export type { ResolvedModule } from './module-resolve.ts';

/** What `compile` and `collectInputs` need; `flags` and `env` go on top of the user's. */
export interface PreparedModule {
  readonly cwd: string;
  readonly package: string;
  readonly name: string;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What was done to the module's replace lines. */
  readonly notes: readonly string[];
}

/** Bumped when the synthetic module is made in another way. */
const layout = 1;

/**
 * Makes the main module, fetches all that the program needs on the platforms, and verifies it as the go command does: go.sum is
 * filled from the checksum database.
 * @throws ToolError GO_MODULE, CHECKSUM_MISMATCH, NETWORK, NO_MAIN_PACKAGE, STORE_BUSY
 */
export async function prepareModule(
  ctx: Ctx,
  resolved: ResolvedModule,
  go: GoCommand,
  platforms: readonly Platform[] = [go.platform],
): Promise<PreparedModule> {
  const goMod = syntheticGoMod(resolved);
  const key = await keyOf(ctx, resolved, go, platforms, goMod);
  const cwd = path.join(ctx.home, 'modules', key);
  const prepared: PreparedModule = {
    cwd,
    package: resolved.package,
    name: programName(resolved.package),
    // All that is needed is in go.mod and go.sum by now; side by side, builds must not write to them.
    flags: ['-mod=readonly'],
    env: aloneEnv,
    notes: replaceNotes(resolved),
  };
  if (await isReady(cwd)) return prepared;
  return withLock(ctx, `${cwd}.lock`, async () => {
    if (!(await isReady(cwd))) await make(ctx, resolved, go, platforms, goMod, cwd);
    return prepared;
  });
}

async function isReady(cwd: string): Promise<boolean> {
  return (await readJsonIfSound<{ layout?: number }>(path.join(cwd, 'prepared.json')))?.layout === layout;
}

/** Names all that decides what stands in go.mod and go.sum. */
async function keyOf(
  ctx: Ctx,
  resolved: ResolvedModule,
  go: GoCommand,
  platforms: readonly Platform[],
  goMod: string,
): Promise<string> {
  const toolchain = await toolchainOf(go);
  const goflags = (await settingsOf(ctx, go, toolchain)).get('GOFLAGS');
  const names = platforms.map(({ architecture, variant = '' }) => `${architecture}/${variant}`).sort();
  const parts = [layout, resolved.package, goMod, toolchain.version, names, go.cgo, listFlags(go, goflags)];
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  return `${programName(resolved.package)}-${resolved.version.replace(/[^\w.-]/g, '_')}-${hash}`;
}

async function make(
  ctx: Ctx,
  resolved: ResolvedModule,
  go: GoCommand,
  platforms: readonly Platform[],
  goMod: string,
  cwd: string,
): Promise<void> {
  await withTempDir(ctx, async (temp) => {
    const work = path.join(temp, 'module');
    try {
      await fs.mkdir(work);
      await fs.writeFile(path.join(work, 'go.mod'), goMod);
    } catch (error) {
      throw fileError(error, 'write', work);
    }
    for (const platform of platforms) await fetchFor(ctx, resolved, { ...go, platform }, work);
    await checkGoMod(resolved, work);
    await writeFileAtomic(
      path.join(work, 'prepared.json'),
      `${JSON.stringify({ layout, module: resolved.module, version: resolved.version })}\n`,
    );
    try {
      await fs.rm(cwd, { recursive: true, force: true });
      await fs.rename(work, cwd);
    } catch (error) {
      if (systemCode(error) !== 'ENOTEMPTY' && systemCode(error) !== 'EEXIST')
        throw fileError(error, 'write', cwd);
    }
  });
  // Older than the kernel's clock tick when the build begins, or its inputs could not be recorded.
  await sleep(20, undefined, { signal: ctx.signal });
}

/** Loads the program's packages once, which writes what go.mod and go.sum still lack. */
async function fetchFor(ctx: Ctx, resolved: ResolvedModule, go: GoCommand, cwd: string): Promise<void> {
  const alone = { ...go, env: { ...go.env, ...aloneEnv } };
  const goflags = (await settingsOf(ctx, alone, await toolchainOf(go))).get('GOFLAGS');
  const what = `${resolved.package}@${resolved.version}`;
  const list = async (...args: string[]) =>
    runGo(ctx, alone, ['list', '-mod=mod', ...listFlags(without(alone), goflags), ...args], { cwd });
  const exit = await list('-deps', '-json=ImportPath,Name', '--', resolved.package);
  if (exit.code !== 0) throw explain(resolved, goError(what, exit.stderr, cwd, 'list'));
  const main = readConcatenated(exit.stdout).find((found) => found.ImportPath === resolved.package);
  if (main?.Name === 'main') return;
  const all = await list('-e', '-json=ImportPath,Name', '--', `${resolved.module}/...`);
  const mains = readConcatenated(all.stdout)
    .filter((found) => found.Name === 'main')
    .map((found) => found.ImportPath);
  throw new ToolError('NO_MAIN_PACKAGE', `${what} is package ${main?.Name ?? 'unknown'}, not main`, {
    hint:
      mains.length === 0
        ? `${resolved.module} has no programs.`
        : `Programs of ${resolved.module} are ${mains.slice(0, 8).join(', ')}${mains.length > 8 ? ', …' : ''}.`,
  });
}

/** A -mod of the user's is about a module of his own. */
function without(go: GoCommand): GoCommand {
  return { ...go, flags: go.flags.filter((flag) => !/^--?mod(=|$)/.test(flag)) };
}

/** A folder's replacement that had to be dropped is the usual reason when versions are not to be had. */
function explain(resolved: ResolvedModule, error: ToolError): ToolError {
  const dropped = resolved.goMod.replace.filter(({ by }) => by.version === undefined);
  if (dropped.length === 0 || error.code !== 'GO_MODULE') return error;
  return new ToolError(error.code, error.message, {
    ...(error.detail !== undefined && { detail: error.detail }),
    cause: error,
    hint: `Its go.mod replaces ${dropped.map((line) => line.path).join(', ')} by folders, which are only in its repository: clone that, and build there.`,
  });
}

/** The go.mod that was read at first came unverified; go.sum holds what the checksum database vouches for. */
async function checkGoMod({ module, version, goModText }: ResolvedModule, cwd: string): Promise<void> {
  const sha256 = createHash('sha256').update(goModText).digest('hex');
  const wanted = `${module} ${version}/go.mod ${hash1([{ name: 'go.mod', sha256 }])}`;
  const lines = (await fs.readFile(path.join(cwd, 'go.sum'), 'utf8').catch(() => '')).split('\n');
  if (lines.includes(wanted)) return;
  throw new ToolError(
    'CHECKSUM_MISMATCH',
    `the go.mod of ${module}@${version} is not what the checksum database says`,
    {
      detail: `read:   ${wanted}\ngo.sum: ${lines.find((line) => line.startsWith(`${module} ${version}/go.mod `)) ?? '(nothing)'}`,
      hint: 'Two answers of the module proxy differ. Nothing of it was used; ask who runs the proxy in GOPROXY.',
    },
  );
}
