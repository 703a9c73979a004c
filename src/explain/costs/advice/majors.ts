import type { Adviser } from '../facts.ts';
import { bytesText } from '../chains.ts';
import type { Advice, ModuleCost } from '../../types.ts';

const mostTold = 8;

/** One module in two major versions, which to Go are two modules with nothing in common. */
export const duplicatedMajors: Adviser = ({ modules, source }) => {
  const families = new Map<string, ModuleCost[]>();
  for (const module of modules) {
    if (module.own === 0) continue;
    const name = withoutMajor(module.path);
    const known = families.get(name);
    if (known) known.push(module);
    else families.set(name, [module]);
  }
  return [...families].flatMap(([name, versions]) =>
    versions.length < 2 ? [] : [advise(name, versions, source !== undefined)],
  );
};

function advise(name: string, versions: readonly ModuleCost[], sourced: boolean): Advice {
  const [newest, ...older] = versions.toSorted((a, b) => majorOf(b.path) - majorOf(a.path));
  // Older versions may share what they bring in: the sum of what each drops alone is the least that goes with all.
  const saves = older.reduce((sum, { drop }) => sum + drop, 0);
  return {
    what: `${name} is in the program in ${versions.length} major versions`,
    because: versions
      .slice(0, mostTold)
      .map(({ path, version, own, drop, chain }) =>
        [
          `${path} ${version}: ${bytesText(own)}`,
          ...(sourced ? [`${bytesText(drop)} would go with it`] : []),
          ...(chain.length > 0 ? [`imported by ${chain.join(' -> ')}`] : []),
        ].join(', '),
      ),
    saves,
    measured: false,
    fix: `Move what imports ${older.map(({ path }) => path).join(' and ')} to ${newest?.path ?? name}; coracle explain --why ${older[0]?.path ?? name} lists it.`,
  };
}

/** `gopkg.in/yaml` and `github.com/x/y` of a module path with a major version in it. */
function withoutMajor(path: string): string {
  return path.startsWith('gopkg.in/') ? path.replace(/\.v\d+$/, '') : path.replace(/\/v\d+$/, '');
}

function majorOf(path: string): number {
  return Number(/(?:\/v|\.v)(\d+)$/.exec(path)?.[1] ?? 1);
}
