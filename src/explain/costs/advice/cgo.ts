import type { Adviser } from '../facts.ts';
import { bytesText, chainEvidence } from '../chains.ts';
import { accountBytes } from '../bytes.ts';
import { measure } from './settings.ts';

/** Packages of the standard library that use C only for what they can also do in Go. */
const optional = new Set(['net', 'os/user', 'plugin', 'runtime/cgo']);

/** C code: what it takes, which packages brought it, and whether the program can be built without. */
export const cgo: Adviser = async (facts) => {
  const { ledger, packages, source } = facts;
  if (!packages.has('runtime/cgo') && !ledger.recognised.cgo) return [];
  const users =
    source?.listed.filter(({ CgoFiles: files = [] }) => files.length > 0).map((found) => found.ImportPath) ??
    [];
  const own = users.filter((name) => !optional.has(name));
  const needed = ledger.binary?.needed ?? [];
  const bytes = accountBytes(ledger);
  const inC = ledger.accounts.reduce(
    (sum, { group }, index) => (group === 'cgo' ? sum + (bytes[index] ?? 0) : sum),
    0,
  );
  const because = [
    ...(own.length > 0 ? own : users)
      .slice(0, 5)
      .flatMap((name) => [`${name} has C code`, ...chainEvidence(source, name)]),
    ...(inC > 0 ? [`C code and data: ${bytesText(inC)}`] : []),
    ...(needed.length > 0 ? [`needs ${needed.join(', ')} at run time`] : []),
    ...(needed.some((name) => name.startsWith('libstdc++')) ? ['C++ is among it'] : []),
  ];
  const onlyStandard = source !== undefined && own.length === 0;
  const advice = {
    what: onlyStandard ? 'cgo is used for the standard library only' : 'C code is linked into the program',
    because: because.length > 0 ? because : ['runtime/cgo is in the program'],
    measured: false,
    fix: onlyStandard
      ? 'Build with cgo: off (CGO_ENABLED=0): Go then looks up names and users by itself.'
      : 'Build with cgo: off (CGO_ENABLED=0) where the packages that have C code can do without it, or take others in Go alone.',
  };
  return [await measure(facts, advice, 'without cgo', () => ({ cgo: 'off' }))];
};
