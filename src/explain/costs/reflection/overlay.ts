/** The program without its method look-ups, for measuring alone: it is built and weighed, never run. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { flagValue } from '../../../golang/build-flags.ts';
import type { ListedPackage } from '../../../golang/package-list.ts';
import type { WhatIf } from '../what-if.ts';

/**
 * A value's method is looked up by calls that have twins for fields, of the same types: with these in their place the program compiles, and
 * the linker has no reason left to keep methods that nobody calls.
 */
const calls = /\.(Method|MethodByName)\(/g;

/**
 * Bytes that all of a program's exported methods cost which only reflection could call.
 * @param packages import paths of those whose functions look methods up
 * @param temp where changed sources may be written
 * @returns undefined when it cannot be built so: another type's look-up, a user's own overlay, generated sources
 */
export async function savedWithoutLookups(
  whatIf: WhatIf,
  listed: readonly ListedPackage[],
  packages: ReadonlySet<string>,
  temp: string,
): Promise<number | undefined> {
  const { settings } = whatIf;
  if (flagValue('overlay', settings.flags, settings.env['GOFLAGS']) !== undefined) return undefined;
  const replace: Record<string, string> = {};
  const changedPackages = new Set<string>();
  for (const { ImportPath: name, Name: short, Dir: dir, GoFiles: files = [] } of listed) {
    if (dir === undefined || !(packages.has(name) || (short === 'main' && packages.has('main')))) continue;
    for (const file of files) {
      const source = path.join(dir, file);
      const text = await fs.readFile(source, 'utf8').catch(() => '');
      const changed = text.replaceAll(calls, (_, call: string) => `.${call.replace('Method', 'Field')}(`);
      if (changed === text) continue;
      const copy = path.join(temp, `${Object.keys(replace).length}.go`);
      await fs.writeFile(copy, changed);
      replace[source] = copy;
      changedPackages.add(short === 'main' && packages.has('main') ? 'main' : name);
    }
  }
  // With one look-up left, the linker keeps everything all the same, and nothing would be measured.
  if (changedPackages.size < packages.size) return undefined;
  const overlay = path.join(temp, 'overlay.json');
  await fs.writeFile(overlay, JSON.stringify({ Replace: replace }));
  const saved = await whatIf.saved('without look-ups of methods by name', {
    flags: [...settings.flags, `-overlay=${overlay}`],
  });
  return typeof saved === 'number' ? saved : undefined;
}
