import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Adviser, Facts, SourceFacts } from '../facts.ts';
import { bytesText } from '../chains.ts';
import { codeOnly, importNames, usesOf } from '../uses.ts';
import type { Advice, ImportCost } from '../../types.ts';

/** An import that costs less is not worth a word. */
const leastBytes = 32 * 1024;
const leastShare = 0.005;
/** Uses up to which an import might be done without. */
const fewUses = 2;
/** Imports whose uses are counted. */
const mostLooked = 40;

/** Imports of the main module that bring much with them and are used once or twice. */
export const fewlyUsed: Adviser = async (facts) => {
  const { source, ledger } = facts;
  if (!source) return [];
  const dear = source.imports.filter(({ drop }) => drop >= Math.max(leastBytes, ledger.size * leastShare));
  const advice: Advice[] = [];
  for (const cost of dear.slice(0, mostLooked)) {
    const uses = await usesIn(source, cost);
    if (uses === undefined || uses.length === 0 || uses.length > fewUses) continue;
    advice.push(adviceOn(facts, cost, uses));
  }
  return advice;
};

interface Use {
  /** `main.go:12`, or the file alone. */
  readonly place: string;
  /** `fmt.Sprintf` */
  readonly text: string;
}

/** Undefined when it cannot be told: imported under `.`, or where the source is not known. */
async function usesIn(
  { listed }: SourceFacts,
  { from, to }: ImportCost,
): Promise<readonly Use[] | undefined> {
  const importer = listed.find(({ ImportPath: name }) => name === from);
  const name = listed.find((found) => found.ImportPath === to)?.Name;
  if (importer?.Dir === undefined || name === undefined) return undefined;
  const uses: Use[] = [];
  for (const file of [...(importer.GoFiles ?? []), ...(importer.CgoFiles ?? [])]) {
    const code = codeOnly(await fs.readFile(path.join(importer.Dir, file), 'utf8').catch(() => ''));
    for (const as of importNames(code, to, name)) {
      if (as === '.') return undefined;
      if (as === '_') uses.push({ place: file, text: `import _ ${JSON.stringify(to)}` });
      else
        uses.push(
          ...usesOf(code, as).map((used) => ({
            place: `${file}:${used.line}`,
            text: `${name}.${used.name}`,
          })),
        );
    }
  }
  return uses;
}

function adviceOn({ packages }: Facts, cost: ImportCost, uses: readonly Use[]): Advice {
  const times = uses.length === 1 ? 'once' : 'twice';
  return {
    what: `${cost.to} is used ${times} in ${cost.from}, and nothing else needs it`,
    because: [
      ...uses.map(({ place, text }) => `${place}: ${text}`),
      `${cost.to} itself: ${bytesText(packages.get(cost.to) ?? 0)}`,
      `with all that only it needs: ${bytesText(cost.drop)}`,
      ...(cost.alone.length > 0 ? [`modules that would go: ${cost.alone.slice(0, 8).join(', ')}`] : []),
    ],
    saves: cost.drop,
    measured: false,
    fix: `Do without it in ${cost.from}, if something smaller does the same.`,
  };
}
