import { failed, notApplicable, outside, passed, type Trial } from '../trial.ts';
import type { Tried } from '../types.ts';
import { differenceOf, listed, type Listed } from './package-lists.ts';
import { readLists, type PackageList } from './package-files.ts';

/**
 * The lists of packages that a base holds can be read by the package manager that it holds, and say what it was composed of.
 */
export async function packages(trial: Trial): Promise<Tried> {
  const lists = await readLists(trial.inside);
  if (lists.length === 0) return notApplicable('there is no list of packages in it');
  const told: string[] = [];
  const by = new Set<string>();
  for (const list of lists) {
    const result = await oneList(trial, list);
    if ('outcome' in result) return result;
    told.push(result.told);
    for (const who of result.by) by.add(who);
  }
  return passed(told.join('; '), [...by].join('; '));
}

async function oneList(
  trial: Trial,
  list: PackageList,
): Promise<Tried | { told: string; by: readonly string[] }> {
  const { request } = trial;
  if (list.broken !== undefined) return failed(list.broken, outside);
  const managers = await listed(trial.inside, list.kind);
  for (const { by, ran, packages: said } of managers) {
    if (!said) return failed(`${by} cannot read the list of packages`, `${by}, inside`, ran);
    const wrong = list.packages && differenceOf(said, list.packages, by, list.path);
    if (wrong !== undefined) return failed(wrong, `${by}, inside`);
  }
  const known: readonly Listed[] | undefined = list.packages ?? managers[0]?.packages;
  if (!known) return notApplicable(`nothing in it reads ${list.path}, and neither can we`);
  if (request.packages) {
    const wrong = differenceOf(known, request.packages, list.path, 'what it was composed of');
    if (wrong !== undefined) return failed(wrong, outside);
  }
  const agreed = request.packages ? ', as it was composed' : '';
  return {
    told: `${known.length} ${known.length === 1 ? 'package' : 'packages'} in ${list.path}${agreed}`,
    by: managers.length > 0 ? managers.map((manager) => `${manager.by}, inside`) : [outside],
  };
}
