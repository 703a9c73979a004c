import type { Ledger, LedgerRow } from '../../../src/golang/ledger/types.ts';
import { hostGo } from '../../golang/go-project.ts';

export interface Told {
  readonly goVersion?: string;
  readonly machine?: string;
  readonly stripped?: boolean;
  readonly needed?: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
  readonly race?: boolean;
  readonly cgo?: boolean;
  /** Names of sections. */
  readonly sections?: readonly string[];
  readonly form?: Ledger['recognised']['form'];
  /** Bytes by account: a package of the standard library, or `module path@version` of another. */
  readonly packages?: Readonly<Record<string, number>>;
  readonly rows?: readonly LedgerRow[];
  readonly functions?: readonly string[];
}

/** A ledger as plain data, for what is said of it. */
export function ledgerOf(told: Told): Ledger {
  const { goVersion = `go${hostGo().version}`, machine = 'amd64', stripped = true, needed = [] } = told;
  const packages = Object.entries(told.packages ?? { main: 0 });
  const rows = packages.map(([, bytes], account): LedgerRow => ({
    account,
    kind: 'code',
    evidence: 'pclntab',
    bytes,
  }));
  const all = [...rows, ...(told.rows ?? [])];
  const size = all.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    size,
    recognised: {
      form: told.form ?? 'program',
      garbled: false,
      race: told.race ?? false,
      cgo: told.cgo ?? false,
    },
    binary: {
      machine,
      class: 64,
      littleEndian: true,
      static: needed.length === 0,
      pie: false,
      needed,
      rpath: [],
      runpath: [],
      versions: [],
      goVersion,
      buildInfo: {
        goVersion,
        path: 'example.com/app',
        deps: [],
        settings: { '-compiler': 'gc', ...told.settings },
      },
      stripped,
      functionsKnown: true,
      size,
    },
    accounts: packages.map(([key]) => accountOf(key)),
    rows: all,
    functions: (told.functions ?? []).map((name) => ({
      name,
      account: 0,
      code: 1,
      inlined: 0,
      tables: 0,
      generic: false,
    })),
    named: [],
    sections: (told.sections ?? []).map((name) => ({ name, offset: 0, bytes: 0 })),
    problems: [],
  };
}

function accountOf(key: string): Ledger['accounts'][number] {
  const [name = '', version] = key.split('@');
  if (version === undefined) return { kind: 'package', group: 'standard', name };
  return { kind: 'package', group: 'module', name, module: { path: name, version } };
}
