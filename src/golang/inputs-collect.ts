/** Collects a program's inputs from `go list -deps`, meant to run beside the compile. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { mapLimit } from '../core/concurrency.ts';
import { readFileIfThere } from '../core/files.ts';
import type { Ctx, Env } from '../core/ctx.ts';
import { flagValue, linksStatically } from './build-flags.ts';
import { staticLibraries } from './c-library.ts';
import { onPath } from '../core/on-path.ts';
import { goEnvironment, settingsOf, toolchainOf } from './go-command.ts';
import type { GoCommand } from './go-command.ts';
import type { GoEnv } from './goenv.ts';
import { headerHash } from './go-header.ts';
import { parseGoMod } from './gomod.ts';
import { parseGoWork } from './gowork.ts';
import { recordEmbeds } from './inputs-embed.ts';
import { recorder } from './inputs-recorder.ts';
import type { Recorder } from './inputs-recorder.ts';
import { vcsKey } from './inputs.ts';
import type { Inputs } from './inputs.ts';
import { findUpward, findWork } from './module-root.ts';
import { listPackages } from './package-list.ts';
import type { ListedPackage } from './package-list.ts';
import { splitQuoted } from './quoted.ts';
import type { VcsState } from './vcs.ts';

export interface CollectOptions {
  /** As for `compile`. */
  readonly cwd: string;
  readonly package: string;
  /** Of `markBeginning`, called before the compile and before anything that decides about it was read. */
  readonly began: bigint;
  /** The repository asked, if its state is in the program or in the image. */
  readonly vcs?: { readonly dir: string; readonly state: VcsState };
}

/** Go files read at once to take the hash of their heads. */
const readsAtOnce = 16;

/**
 * The inputs of one program for one platform. Undefined when they cannot be known: a file changed while the build ran, the
 * packages do not load, or flags name programs of the user's own (-toolexec, -overlay).
 */
export async function collectInputs(
  ctx: Ctx,
  go: GoCommand,
  options: CollectOptions,
): Promise<Inputs | undefined> {
  const { cwd, began } = options;
  const toolchain = await toolchainOf(go);
  const settings = await settingsOf(ctx, go, toolchain);
  const goflags = settings.get('GOFLAGS');
  const flag = (name: string): string | undefined => flagValue(name, go.flags, goflags);
  if (flag('toolexec') !== undefined || flag('overlay') !== undefined) return undefined;
  const env = await goEnvironment(ctx, go, cwd);
  const { packages } = await listPackages(
    ctx,
    go,
    cwd,
    ['ImportPath', 'Dir', 'Standard', 'Module', 'EmbedPatterns', 'EmbedFiles', 'Error'],
    ['-deps', '--', options.package],
  );
  if (packages.length === 0 || packages.some((found) => found.Error !== undefined)) return undefined;
  const immutable = [toolchain.goroot, env['GOMODCACHE']]
    .filter((dir) => dir !== undefined)
    .map((dir) => `${path.resolve(dir)}/`);
  const own = packages.filter(
    ({ Dir: dir, Standard: standard }) =>
      dir !== undefined && !standard && !immutable.some((root) => dir.startsWith(root)),
  );
  const record = recorder(began);
  for (const found of own) await recordPackage(record, found);
  await recordModules(record, own, cwd);
  await recordWorkspace(record, settings, cwd);
  for (const name of ['modfile', 'pgo'] as const) {
    const file = flag(name);
    if (!file || /^(auto|off)$/.test(file)) continue;
    record.file(path.resolve(cwd, file));
    if (name === 'modfile') record.file(path.resolve(cwd, file.replace(/\.mod$/, '.sum')));
  }
  for (const file of [...settings.files, path.join(toolchain.goroot, 'VERSION'), toolchain.go])
    record.file(file);
  if (go.cgo !== 'off') await recordCompiler(ctx, go, record, env, settings);
  const inputs = record.finish();
  if (!inputs || !options.vcs) return inputs;
  return { ...inputs, vcs: { dir: options.vcs.dir, key: vcsKey(options.vcs.state) } };
}

async function recordPackage(record: Recorder, found: ListedPackage): Promise<void> {
  const { Dir: dir = '', EmbedFiles: embedded = [], EmbedPatterns: patterns = [] } = found;
  const names = record.directory(dir, 'source');
  // Nobody edits vendored code by hand: its heads are not worth reading.
  const vendored = dir.includes('/vendor/');
  const sources = names.filter((name) => name !== 'go.mod');
  const headers = await mapLimit(sources, readsAtOnce, async (name) => {
    if (!name.endsWith('.go')) return '';
    const text = async (): Promise<string> => fs.readFile(path.join(dir, name), 'utf8').catch(() => '');
    return vendored ? undefined : headerHash(await text());
  });
  for (const [index, name] of sources.entries()) record.file(path.join(dir, name), headers[index]);
  for (const name of embedded) record.file(path.join(dir, name), '');
  recordEmbeds(record, dir, patterns);
}

/** go.mod and go.sum of every module that is not in the cache, and the places where a nearer go.mod would split one. */
async function recordModules(record: Recorder, own: readonly ListedPackage[], cwd: string): Promise<void> {
  const main = await findUpward(cwd, 'go.mod');
  const roots = new Set(main === undefined ? [] : [main]);
  for (const { Module: module, Dir: dir = '' } of own) {
    const root = module?.Replace?.Dir ?? module?.Dir;
    if (root === undefined) continue;
    if (isAbove(root, dir) && !dir.includes('/vendor/')) {
      for (let at = dir; at !== root; at = path.dirname(at)) record.absent(path.join(at, 'go.mod'));
    }
    roots.add(root);
  }
  if (main !== undefined) {
    for (let at = cwd; at !== main; at = path.dirname(at)) record.absent(path.join(at, 'go.mod'));
  }
  for (const root of roots) await recordModule(record, root);
}

async function recordModule(record: Recorder, root: string): Promise<void> {
  const file = path.join(root, 'go.mod');
  for (const name of ['go.mod', 'go.sum', 'vendor/modules.txt']) record.file(path.join(root, name));
  // Those replaced by a folder take part in choosing versions even when no package of theirs is used.
  const text = await readFileIfThere(file);
  if (!text) return; // a replacement that was vendored need not be there
  for (const { by } of parseGoMod(text.toString('utf8'), file).replace) {
    if (by.version === undefined) record.file(path.resolve(root, by.path, 'go.mod'));
  }
}

async function recordWorkspace(record: Recorder, settings: GoEnv, cwd: string): Promise<void> {
  if (settings.get('GOWORK') === 'off') return;
  const work = await findWork(settings, cwd);
  if (!settings.get('GOWORK')) {
    for (let at = cwd; at !== (work && path.dirname(work)); at = path.dirname(at)) {
      record.absent(path.join(at, 'go.work'));
      if (path.dirname(at) === at) break;
    }
  }
  if (work === undefined) return;
  record.file(work);
  record.file(`${work}.sum`);
  const root = path.dirname(work);
  record.file(path.join(root, 'vendor', 'modules.txt'));
  const { use, replace } = parseGoWork(await fs.readFile(work, 'utf8'), work);
  for (const { path: directory } of use) await recordModule(record, path.resolve(root, directory));
  for (const { by } of replace)
    if (by.version === undefined) record.file(path.resolve(root, by.path, 'go.mod'));
}

/**
 * The C compilers, and the C library where it is linked in. The system's headers are not looked at, no more than the go command does: they
 * change with the library.
 */
async function recordCompiler(
  ctx: Ctx,
  { cgo }: GoCommand,
  record: Recorder,
  env: Env,
  settings: GoEnv,
): Promise<void> {
  for (const [name, usual] of [
    ['CC', 'gcc'],
    ['CXX', 'g++'],
  ] as const) {
    const [program = usual] = splitQuoted(env[name] ?? settings.get(name) ?? usual, name);
    const file = await onPath(program, env['PATH'] ?? '');
    if (file === undefined) continue;
    record.file(path.resolve(file));
    if (name !== 'CC' || !linksStatically(cgo)) continue;
    for (const library of await staticLibraries(ctx, path.resolve(file), env)) record.file(library);
  }
}

/** True when `dir` is `root` or below it. */
function isAbove(root: string, dir: string): boolean {
  return dir === root || dir.startsWith(`${root}/`);
}
