/** The doors of costs/: a directory of Go source explained by building it, and a program explained beside its source. */
import path from 'node:path';
import type { BuildRequest } from '../../build/types.ts';
import { step } from '../../build/times.ts';
import type { Ctx } from '../../core/ctx.ts';
import { sha256File } from '../../core/files.ts';
import { withTempDir } from '../../core/temp.ts';
import { withFileSource } from '../../golang/binary/source.ts';
import { compile } from '../../golang/compile.ts';
import { readLedger } from '../../golang/ledger/read.ts';
import type { Ledger } from '../../golang/ledger/types.ts';
import { listPackages } from '../../golang/package-list.ts';
import type { ListedPackage } from '../../golang/package-list.ts';
import type { BinaryExplanation, Costs } from '../types.ts';
import { costsOfSource } from './costs.ts';
import { asBuilt } from './as-built.ts';
import { findProgram } from './program.ts';
import type { BuildSettings } from './program.ts';
import { requestOfDirectory } from './request.ts';
import { whatIf } from './what-if.ts';

export interface SourceOptions {
  /** As for --platform; undefined takes that of the configuration, else this machine's. */
  readonly platform?: string;
  /** Of the configuration, whose settings count. */
  readonly environment?: string;
  /** What `coracle build` would be asked, when there is more to it than the directory's configuration. */
  readonly request?: BuildRequest;
  /** Build the program in other ways too, to measure advice; on by default. */
  readonly measure?: boolean;
}

/**
 * Builds the program of a directory as `coracle build` would, and explains it.
 * @throws ToolError as a build: GO_COMPILE, NO_MAIN_PACKAGE, SEVERAL_MAIN_PACKAGES, CONFIG_INVALID …
 */
export async function explainSource(
  ctx: Ctx,
  directory: string,
  options: SourceOptions = {},
): Promise<BinaryExplanation> {
  const request = options.request ?? (await requestOfDirectory(ctx, directory, options));
  const { settings } = await findProgram(ctx, request, directory);
  return withTempDir(ctx, async (temp) => {
    const output = path.join(temp, 'program');
    // Beside the compile, which waits for its last package with most cores idle.
    const [listed] = await Promise.all([
      listProgram(ctx, settings),
      step(ctx, `compile ${directory}`, async () => compile(ctx, { ...settings, output })),
    ]);
    const [{ ledger }, digest] = await Promise.all([withFileSource(output, readLedger), sha256File(output)]);
    const builds = options.measure === false ? undefined : whatIf(ctx, settings, ledger.size);
    return {
      kind: 'binary',
      source: directory,
      digest,
      ledger,
      costs: await costsOfSource(ctx, ledger, listed, builds),
    };
  });
}

/**
 * The costs of a program that was built elsewhere, from the source at hand: its graph as of the flags that its build info tells.
 * @throws ToolError CONFIG_INVALID when the source is of another program; and as explainSource
 */
export async function costsWithSource(
  ctx: Ctx,
  ledger: Ledger,
  directory: string,
  options: SourceOptions = {},
): Promise<Costs> {
  const request = options.request ?? (await requestOfDirectory(ctx, directory, options));
  const builtWith = ledger.binary?.goVersion?.split(' ')[0];
  const found = await findProgram(ctx, request, directory, builtWith);
  const { settings, differences } = asBuilt(ledger, found, directory);
  const listed = await listProgram(ctx, settings);
  const builds = options.measure === false ? undefined : whatIf(ctx, settings);
  const costs = await costsOfSource(ctx, ledger, listed, builds);
  return { ...costs, limits: [...(costs.limits ?? []), ...differences, ...versionsApart(ledger, listed)] };
}

async function listProgram(ctx: Ctx, settings: BuildSettings): Promise<ListedPackage[]> {
  const { packages } = await listPackages(
    ctx,
    settings,
    settings.cwd,
    [
      'ImportPath',
      'Name',
      'Dir',
      'Standard',
      'Module',
      'Imports',
      'ImportMap',
      'GoFiles',
      'CgoFiles',
      'Error',
    ],
    ['-deps', '--', settings.package],
  );
  return packages;
}

/** Modules whose version in the file is not that of the source: bytes are of the one, imports of the other. */
function versionsApart(ledger: Ledger, listed: readonly ListedPackage[]): string[] {
  const here = new Map(
    listed.flatMap(({ Module: module }) => (module ? [[module.Path, module.Version]] : [])),
  );
  const apart = (ledger.binary?.buildInfo?.deps ?? [])
    .filter(({ path: name, version }) => here.has(name) && here.get(name) !== version)
    .map(
      ({ path: name, version }) =>
        `${name} (${version} in the file, ${here.get(name) ?? 'a folder'} in the source)`,
    );
  return apart.length === 0 ? [] : [`versions differ: ${apart.slice(0, 5).join(', ')}`];
}
