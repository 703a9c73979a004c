import { parseStanza } from '../../base/debian/control.ts';
import type { OpenPackage } from '../../base/debian/kept-debs.ts';
import { parseRelations } from '../../base/debian/relations.ts';
import { compareNames } from '../../layer/names.ts';

/** Packages in the two goes in which they are configured. */
export interface Goes {
  /** The minimal system: what may count on nothing but itself. */
  readonly first: readonly OpenPackage[];
  /** What may count on the minimal system. */
  readonly rest: readonly OpenPackage[];
}

/** The users first, then what makes the directories; the rest by name. */
const foremost = ['base-passwd', 'base-files'];

/** Splits packages into the minimal system, with what it needs, and the others. */
export function inGoes(packages: readonly OpenPackage[]): Goes {
  const fields = new Map(packages.map((one) => [one, fieldsOf(one)]));
  const providers = new Map<string, OpenPackage[]>();
  for (const [one, { provides }] of fields) {
    for (const name of [one.record.name, ...provides])
      providers.set(name, [...(providers.get(name) ?? []), one]);
  }
  const first = new Set<OpenPackage>();
  const queue = packages.filter((one) => fields.get(one)?.minimal === true);
  for (let one = queue.pop(); one; one = queue.pop()) {
    if (first.has(one)) continue;
    first.add(one);
    for (const name of fields.get(one)?.needs ?? []) queue.push(...(providers.get(name) ?? []));
  }
  const sorted = packages.toSorted(
    (one, other) => rank(one) - rank(other) || compareNames(one.record.name, other.record.name),
  );
  return {
    first: sorted.filter((one) => first.has(one)),
    rest: sorted.filter((one) => !first.has(one)),
  };
}

function rank({ record }: OpenPackage): number {
  const at = foremost.indexOf(record.name);
  return at === -1 ? foremost.length : at;
}

interface Fields {
  readonly minimal: boolean;
  readonly needs: readonly string[];
  readonly provides: readonly string[];
}

function fieldsOf({ record, control }: OpenPackage): Fields {
  const stanza = parseStanza(control.get('control')?.toString('utf8') ?? '');
  const names = (field: string): string[] =>
    parseRelations(stanza.get(field) ?? '')
      .flat()
      .map(({ name }) => name);
  return {
    minimal:
      stanza.get('essential') === 'yes' || stanza.get('priority') === 'required' || record.name === 'apt',
    needs: [...names('pre-depends'), ...names('depends')],
    provides: names('provides'),
  };
}
