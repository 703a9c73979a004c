import type { Adviser } from '../facts.ts';
import { bytesText, chainEvidence, dropOf } from '../chains.ts';
import { packageBytes } from '../bytes.ts';

/** Bytes of data from which on a package of few functions is worth a word. */
const muchData = 64 * 1024;
/** Functions that survive the linker when a package is there for one or two of its own. */
const fewFunctions = 4;
const most = 10;

/**
 * Packages of which a few functions are used, and whose tables, which the linker cannot take apart, came along whole. The main package is in
 * the program for its own sake.
 */
export const mostlyData: Adviser = ({ ledger, source }) => {
  const data = packageBytes(ledger, ['data', 'read-only data']);
  const embedded = new Map<string, number>();
  for (const { what, account, bytes } of ledger.named) {
    const name = ledger.accounts[account]?.name ?? '';
    if (what === 'embedded file') embedded.set(name, (embedded.get(name) ?? 0) + bytes);
  }
  const functions = new Map<number, string[]>();
  for (const { name, account } of ledger.functions) push(functions, account, name);
  const found = ledger.accounts.flatMap(({ kind, group, name }, index) => {
    const names = functions.get(index) ?? [];
    const bytes = (data.get(name) ?? 0) - (embedded.get(name) ?? 0);
    const isMain = name === 'main' || name === ledger.binary?.buildInfo?.path;
    const counts =
      kind === 'package' && !isMain && (group === 'module' || group === 'main' || group === 'standard');
    if (!counts || bytes < muchData || names.length > fewFunctions || name === 'time/tzdata') return [];
    const saves = dropOf(source, name);
    return [
      {
        what: `${name} is in the program for its tables`,
        because: [
          `${bytesText(bytes)} of data`,
          names.length === 0
            ? 'none of its functions is left'
            : `of its functions are left: ${names.join(', ')}`,
          ...chainEvidence(source, name),
        ],
        ...(saves === undefined ? {} : { saves }),
        measured: false,
        fix: 'See whether what is used of it can be had without its tables.',
      },
    ];
  });
  return found.toSorted((a, b) => (b.saves ?? 0) - (a.saves ?? 0)).slice(0, most);
};

function push(map: Map<number, string[]>, key: number, value: string): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
