/** The program without its method look-ups, for measuring alone: it is built and weighed, never run. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../../core/ctx.ts';
import { flagValue } from '../../../golang/build-flags.ts';
import { goEnvironment } from '../../../golang/go-command.ts';
import type { ListedPackage } from '../../../golang/package-list.ts';
import type { BuildSettings } from '../program.ts';
import { copyModule, flagsFor } from './module-copy.ts';
import type { CopiedModule } from './module-copy.ts';

/**
 * A value's method is looked up by calls that have twins for fields, of the same types: with these in their place the program compiles, and
 * the linker has no reason left to keep methods that nobody calls.
 */
const allCalls = /\.(Method|MethodByName)\(/g;
/** Where only methods of one name are asked for, the rest of the package stays as it is. */
const namedCalls = (method: string): RegExp => new RegExp(`\\.(MethodByName)\\("${method}"`, 'g');

/**
 * The settings that build the program without these packages' look-ups of methods.
 * @param packages import paths; with each a name, if only methods of that name are asked for
 * @param temp where changed sources may be written
 * @returns undefined when one of them cannot be changed so: generated sources, a user's own overlay, a workspace
 */
export async function withoutLookups(
  ctx: Ctx,
  settings: BuildSettings,
  listed: readonly ListedPackage[],
  packages: ReadonlyMap<string, string | undefined>,
  temp: string,
): Promise<BuildSettings | undefined> {
  const env = await goEnvironment(ctx, settings, settings.cwd);
  if (flagValue('overlay', settings.flags, env['GOFLAGS']) !== undefined) return undefined;
  const replace: Record<string, string> = {};
  const copies = new Map<string, CopiedModule>();
  let changed = 0;
  for (const found of listed.filter(({ ImportPath: name }) => packages.has(name))) {
    const files = await changedSources(found, packages.get(found.ImportPath));
    if (files.size > 0) changed++;
    const copy = await copyOf(found, env['GOMODCACHE'], copies, temp);
    for (const [file, text] of files) {
      const to = copy
        ? path.join(copy.to, path.relative(copy.from, file))
        : path.join(temp, `${Object.keys(replace).length}.go`);
      await fs.writeFile(to, text);
      if (!copy) replace[file] = to;
    }
  }
  // With one look-up left, the linker keeps everything all the same, and nothing would be measured.
  if (changed < packages.size) return undefined;
  const flags = await flagsFor(ctx, settings, [...copies.values()], temp);
  if (flags === undefined) return undefined;
  const overlay = path.join(temp, 'overlay.json');
  await fs.writeFile(overlay, JSON.stringify({ Replace: replace }));
  return { ...settings, flags: [...settings.flags, ...flags, `-overlay=${overlay}`] };
}

/** Sources of a package that look methods up, as they would be without. */
async function changedSources(
  found: ListedPackage,
  method: string | undefined,
): Promise<Map<string, string>> {
  const changed = new Map<string, string>();
  for (const file of sourcesOf(found)) {
    const text = await fs.readFile(file, 'utf8').catch(() => '');
    const calls = method === undefined ? allCalls : namedCalls(method);
    const other = text.replaceAll(calls, (call) => call.replace('Method', 'Field'));
    if (other !== text) changed.set(file, other);
  }
  return changed;
}

/** The copy of a package's module, made at first need; undefined when it does not lie in the module cache. */
async function copyOf(
  { Module: module }: ListedPackage,
  cache: string | undefined,
  copies: Map<string, CopiedModule>,
  temp: string,
): Promise<CopiedModule | undefined> {
  const from = module?.Replace?.Dir ?? module?.Dir;
  if (module === undefined || from === undefined || cache === undefined) return undefined;
  if (!path.resolve(from).startsWith(`${path.resolve(cache)}${path.sep}`) || module.Main === true)
    return undefined;
  const known = copies.get(module.Path);
  if (known) return known;
  const copy = { path: module.Path, from, to: path.join(temp, `module-${copies.size}`) };
  await copyModule(copy);
  copies.set(module.Path, copy);
  return copy;
}

/** Import paths of the packages that ask for methods of this very name, by its constant. */
export async function askersFor(method: string, listed: readonly ListedPackage[]): Promise<string[]> {
  const asked = `.MethodByName(${JSON.stringify(method)})`;
  const found: string[] = [];
  for (const one of listed) {
    if (one.Standard === true || one.Imports?.includes('reflect') !== true) continue;
    for (const file of sourcesOf(one)) {
      const text = await fs.readFile(file, 'utf8').catch(() => '');
      if (!text.includes(asked)) continue;
      found.push(one.ImportPath);
      break;
    }
  }
  return found;
}

function sourcesOf({ Dir: dir, GoFiles: files = [] }: ListedPackage): string[] {
  return dir === undefined ? [] : files.map((file) => path.join(dir, file));
}
