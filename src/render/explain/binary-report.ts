import { sumLedger, type LedgerSums } from '../../explain/sums/ledger.ts';
import type { BinaryExplanation, Costs } from '../../explain/types.ts';
import type { Ledger } from '../../golang/ledger/types.ts';
import { bytes } from '../units.ts';
import { costSections, named } from './costs-report.ts';
import { code, type Fact, type Report, type Section } from './report.ts';
import { count, exact, groupName, grouped, percent, topRows } from './words.ts';

/** What a program or library is, and whose each byte of it is. @param top rows of each list; 0 for all */
export function binaryReport(binary: BinaryExplanation, top: number): Report {
  const { ledger, digest } = binary;
  const sums = sumLedger(ledger);
  return {
    title: `${binary.source}: ${formOf(ledger)}, ${bytes(ledger.size)}`,
    facts: [
      { name: 'size', text: exact(ledger.size) },
      ...programFacts(binary, sums),
      ...(digest === '' ? [] : [{ name: 'sha256', text: code(digest) }]),
    ],
    sections: binarySections(binary, sums, top),
  };
}

/** `Go program`, `Go plugin`, `ELF file`. */
function formOf({ recognised }: Ledger): string {
  if (recognised.packed !== undefined) return `packed program (${recognised.packed})`;
  const forms = {
    program: 'Go program',
    pie: 'Go program (PIE)',
    'c-shared': 'C library written in Go (c-shared)',
    plugin: 'Go plugin',
    object: 'object file',
    'not go': 'ELF file, not of Go',
  };
  return forms[recognised.form];
}

/** What it is and how it was made, and how much of it is known. */
export function programFacts({ ledger }: BinaryExplanation, sums: LedgerSums): Fact[] {
  const { binary, recognised } = ledger;
  const info = binary?.buildInfo;
  const { shares } = sums;
  const facts: (Fact | false | undefined)[] = [
    isOfGo(sums) && {
      name: 'accounted',
      text: `${percent(shares.assigned, sums.size)} to one package each, ${percent(shares.shared, sums.size)} shared by several, ${percent(shares.structure, sums.size)} structure of the file, ${percent(shares.estimated, sums.size)} by estimate, ${percent(shares.unknown, sums.size)} without evidence`,
    },
    info?.path !== undefined && { name: 'program', text: code(info.path) },
    info?.main && { name: 'module', text: code(`${info.main.path} ${info.main.version}`.trim()) },
    binary && { name: 'built', text: builtBy(ledger) },
    info?.settings['vcs.revision'] !== undefined && {
      name: 'commit',
      text: code(
        `${info.settings['vcs.revision']}${info.settings['vcs.modified'] === 'true' ? ' (modified)' : ''}`,
      ),
    },
    binary && { name: 'needs', text: needsOf(ledger) },
    recognised.garbled && {
      name: 'names',
      text: 'replaced by an obfuscator: packages are told apart, but not by their own names',
      tone: 'warn' as const,
    },
    recognised.packed !== undefined && {
      name: 'packed',
      text: `by ${recognised.packed}: only the packer's own bytes can be read; unpack it to see what is inside`,
      tone: 'warn' as const,
    },
    recognised.buildId !== undefined && { name: 'build id', text: code(recognised.buildId) },
  ];
  return facts.filter((fact) => fact !== false && fact !== undefined);
}

function builtBy({ binary, recognised }: Ledger): string {
  if (!binary) return '';
  const words = [
    binary.goVersion === undefined ? undefined : `by ${versionName(binary.goVersion)}`,
    `for ${binary.machine} (${binary.class} bits, ${binary.littleEndian ? 'little' : 'big'} endian)`,
    binary.stripped ? 'stripped' : 'with symbol table',
    recognised.race ? 'with the race detector' : undefined,
    recognised.cgo ? 'with cgo' : undefined,
  ];
  return words.filter((word) => word !== undefined).join(', ');
}

/** Obfuscators write `unknown`. */
function versionName(version: string): string {
  return version === 'unknown' ? 'an unknown version of Go' : version;
}

function needsOf({ binary }: Ledger): string {
  if (!binary) return '';
  const { interpreter, needed } = binary;
  if (interpreter === undefined && needed.length === 0) return 'nothing: it is static';
  const libraries = needed.length > 0 ? needed.join(', ') : 'no libraries';
  return interpreter === undefined ? libraries : `${libraries}; loaded by ${interpreter}`;
}

/** There are Go packages to tell of; all code of C has one account. */
function isOfGo({ packages }: LedgerSums): boolean {
  return packages.some(({ group }) => group !== 'cgo');
}

/** The parts of a binary's report, for one that stands alone or inside of an image. */
export function binarySections(binary: BinaryExplanation, sums: LedgerSums, top: number): Section[] {
  const { ledger, costs } = binary;
  const isGo = isOfGo(sums);
  return [
    ...(isGo ? [ownersSection(sums, ledger), ...modulesSection(sums, costs, top)] : []),
    ...(costs ? costSections(costs, top) : []),
    ...(isGo ? [packagesSection(sums, top)] : []),
    ...(ledger.functions.length > 0 ? [functionsSection(ledger, top)] : []),
    ...(ledger.named.length > 0 ? [namedSection(ledger, top)] : []),
    kindsSection(sums),
    ...(isGo ? [evidenceSection(sums)] : []),
    ...(isGo || ledger.sections.length === 0 ? [] : [sectionsSection(ledger, top)]),
    ...problemsSection(ledger.problems),
  ];
}

const shareHead = ['BYTES', 'SHARE', ''];

function totalRow(size: number): { cells: string[]; total: true } {
  return { cells: [exact(size), '100%', 'the file'], total: true };
}

function ownersSection(
  { groups, modules, size, packages }: LedgerSums,
  { recognised }: Pick<Ledger, 'recognised'>,
): Section {
  const main = modules.find(({ group }) => group === 'main')?.path;
  const dependencies = modules.filter(({ group }) => group === 'module').length;
  return {
    title: `Whose bytes they are: ${count(packages.length, 'package')}`,
    table: {
      head: shareHead,
      rows: [
        ...groups.map(({ group, bytes: own }) => ({
          cells: [
            exact(own),
            percent(own, size),
            group === 'main' && main !== undefined
              ? `${groupName(group)} ${main}`
              : group === 'module' && dependencies > 0
                ? `${groupName(group)} (${count(dependencies, 'module')})`
                : group === 'unattributed' && recognised.garbled
                  ? `${groupName(group)}: mostly packages whose names were replaced`
                  : groupName(group),
          ],
        })),
        totalRow(size),
      ],
    },
  };
}

/** With the source at hand, ordered by what dropping a module would save, and why it is there. */
function modulesSection({ modules, size }: LedgerSums, costs: Costs | undefined, top: number): Section[] {
  const sum = modules.reduce((total, module) => total + module.bytes, 0);
  const title = `Modules: ${grouped(modules.length)}, ${bytes(sum)}`;
  if (modules.length === 0) return [];
  if (costs?.imports === undefined || costs.modules.length === 0) {
    return [
      {
        title,
        table: {
          head: ['BYTES', 'SHARE', 'PACKAGES', 'MODULE'],
          ...topRows(
            modules,
            top,
            'modules',
            ({ path, version, bytes: own, packages }) => ({
              cells: [bytes(own), percent(own, size), grouped(packages), code(`${path} ${version}`.trim())],
            }),
            (module) => module.bytes,
          ),
        },
      },
    ];
  }
  return [
    {
      title: `${title}; drop one and lose what only it needs too`,
      table: {
        head: ['LOSES', 'ITS OWN', 'SHARE', 'MODULE'],
        ...topRows(
          [...costs.modules].sort((a, b) => b.drop - a.drop),
          top,
          'modules',
          ({ path, version, own, drop, alone, chain }) => ({
            cells: [bytes(drop), bytes(own), percent(own, size), code(`${path} ${version}`.trim())],
            under: [
              ...(alone.length > 0 ? [`and with it ${named(alone)}`] : []),
              ...(chain.length > 0 ? [`imported by ${chain.join(' -> ')}`] : []),
            ],
          }),
        ),
      },
    },
  ];
}

function packagesSection({ packages, size }: LedgerSums, top: number): Section {
  return {
    title: `Packages: ${grouped(packages.length)}, largest first`,
    table: {
      head: ['BYTES', 'SHARE', 'CODE', 'PACKAGE'],
      ...topRows(
        packages,
        top,
        'packages',
        ({ name, bytes: own, kinds }) => ({
          cells: [
            bytes(own),
            percent(own, size),
            bytes((kinds.code ?? 0) + (kinds['inlined code'] ?? 0)),
            code(name),
          ],
        }),
        (each) => each.bytes,
      ),
    },
  };
}

function functionsSection({ functions }: Ledger, top: number): Section {
  const sizeOf = (each: Ledger['functions'][number]): number => each.code + each.inlined + each.tables;
  const generic = functions.filter((each) => each.generic);
  const genericBytes = generic.reduce((sum, each) => sum + sizeOf(each), 0);
  const also =
    generic.length > 0
      ? `; ${count(generic.length, 'instance')} of generic ones take ${bytes(genericBytes)}`
      : '';
  return {
    title: `Functions: ${grouped(functions.length)}, largest first${also}`,
    table: {
      head: ['BYTES', 'CODE', 'INLINED', 'TABLES', 'FUNCTION'],
      ...topRows(
        functions,
        top,
        'functions',
        (each) => ({
          cells: [
            bytes(sizeOf(each)),
            bytes(each.code),
            bytes(each.inlined),
            bytes(each.tables),
            code(each.name),
          ],
        }),
        sizeOf,
      ),
    },
    notes: ['Inlined: its code inside of other functions. Tables: what the runtime keeps for it.'],
  };
}

function namedSection({ named, accounts }: Ledger, top: number): Section {
  return {
    title: `Embedded files, strings and tables: ${grouped(named.length)} with a name`,
    table: {
      head: ['BYTES', 'WHAT', 'NAME'],
      left: [1],
      ...topRows(
        [...named].sort((a, b) => b.bytes - a.bytes),
        top,
        'of them',
        ({ name, what, bytes: own, account }) => ({
          cells: [bytes(own), what, code(shortened(name))],
          under: accounts[account]?.kind === 'package' ? [`of ${accounts[account].name}`] : [],
        }),
        (each) => each.bytes,
      ),
    },
  };
}

/** Strings can be pages long; their beginning names them. */
function shortened(name: string): string {
  return name.length > 100 ? `${name.slice(0, 99)}…` : name;
}

function kindsSection({ kinds, size }: LedgerSums): Section {
  return {
    title: 'What they are',
    table: {
      head: shareHead,
      rows: [
        ...kinds.map(({ kind, bytes: own }) => ({ cells: [exact(own), percent(own, size), kind] })),
        totalRow(size),
      ],
    },
  };
}

function evidenceSection({ evidence, size }: LedgerSums): Section {
  return {
    title: 'How that is known',
    table: {
      head: shareHead,
      rows: [
        ...evidence.map(({ evidence: how, bytes: own }) => ({
          cells: [exact(own), percent(own, size), how === 'none' ? 'nothing is known' : how],
        })),
        totalRow(size),
      ],
    },
  };
}

function sectionsSection({ sections, size }: Ledger, top: number): Section {
  const debug = sections.filter(({ name }) => /^\.(z?debug_|gnu_debuglink|symtab|strtab)/.test(name));
  const sum = debug.reduce((total, section) => total + section.bytes, 0);
  const largest = [...sections].sort((a, b) => b.bytes - a.bytes);
  return {
    title: `Sections: ${grouped(sections.length)}${sum > 0 ? `; symbols and debug data are ${bytes(sum)}` : ''}`,
    table: {
      head: ['BYTES', 'SHARE', 'SECTION'],
      ...topRows(
        largest,
        top,
        'sections',
        ({ name, bytes: own, unpacked }) => ({
          cells: [bytes(own), percent(own, size), code(name === '' ? '(no name)' : name)],
          under: unpacked === undefined ? [] : [`compressed; ${bytes(unpacked)} unpacked`],
        }),
        (section) => section.bytes,
      ),
    },
  };
}

/** What could not be read. */
export function problemsSection(problems: readonly string[]): Section[] {
  if (problems.length === 0) return [];
  return [{ title: `Could not be read: ${count(problems.length, 'problem')}`, notes: problems }];
}
