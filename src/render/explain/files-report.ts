import { largestFiles } from '../../explain/sums/files.ts';
import { sumLedger } from '../../explain/sums/ledger.ts';
import type {
  AccessFindings,
  BinaryExplanation,
  FileFinding,
  FilesExplanation,
  Waste,
} from '../../explain/types.ts';
import { isGo } from '../../golang/ledger/is-go.ts';
import { bytes } from '../units.ts';
import { binarySections, problemsSection, programFacts } from './binary-report.ts';
import { code, type Fact, type Section } from './report.ts';
import { count, groupName, grouped, percent, topRows } from './words.ts';

/** Programs whose ledger is told whole; of the others, their sum. */
const toldWhole = 3;

/** The waste in one line. */
export function wasteFact({ waste, efficiency }: FilesExplanation): Fact {
  const sum = wasted(waste);
  const secrets = waste.filter(({ kind }) => kind === 'secret').length;
  const score = `efficiency ${percent(efficiency, 1)}`;
  if (waste.length === 0) return { name: 'waste', text: `none found; ${score}`, tone: 'good' };
  return {
    name: 'waste',
    text: `${bytes(sum)} in ${count(waste.length, 'finding')}${secrets > 0 ? `, ${count(secrets, 'secret')} among them` : ''}; ${score}`,
    tone: secrets > 0 ? 'bad' : 'warn',
  };
}

function wasted(waste: readonly Waste[]): number {
  return waste.reduce((sum, each) => sum + each.bytes, 0);
}

/** What the largest programs are made of, one line each. */
export function madeOfFacts({ binaries }: FilesExplanation): Fact[] {
  return goPrograms(binaries)
    .slice(0, toldWhole)
    .map((binary) => {
      const { groups, size } = sumLedger(binary.ledger);
      const parts = groups
        .slice(0, 5)
        .map(({ group, bytes: own }) => `${groupName(group)} ${percent(own, size)}`);
      return { name: 'program', text: `${binary.source} ${bytes(size)}: ${parts.join(', ')}` };
    });
}

function goPrograms(binaries: readonly BinaryExplanation[]): BinaryExplanation[] {
  return binaries.filter(({ ledger }) => isGo(ledger)).sort((a, b) => b.ledger.size - a.ledger.size);
}

/** What is said of files, wherever they are. @param layered whether findings name their layer */
export function filesSections(of: FilesExplanation, top: number, layered: boolean): Section[] {
  const go = goPrograms(of.binaries);
  const told = go.slice(0, toldWhole);
  const others = of.binaries.filter((binary) => !told.includes(binary));
  return [
    ...wasteSection(of.waste, top, layered),
    accessSection(of.access, top),
    ...told.flatMap((binary) => {
      const sums = sumLedger(binary.ledger);
      const title = `Program ${binary.source}: ${bytes(binary.ledger.size)}`;
      return [
        { title, facts: programFacts(binary, sums) },
        ...binarySections(binary, sums, top).map((section) =>
          Object.assign({}, section, { level: 2 as const }),
        ),
      ];
    }),
    ...othersSection(
      others,
      told.length > 0 ? 'Other programs that were opened' : 'Programs that were opened',
      top,
    ),
    filesSection(of, top),
    ...problemsSection(of.problems),
  ];
}

function wasteSection(waste: readonly Waste[], top: number, layered: boolean): Section[] {
  if (waste.length === 0) return [];
  // They have few bytes, and must not be among those that are left out, nor the large ones for their sake.
  const secrets = waste.filter(({ kind }) => kind === 'secret');
  const place = ({ layer, causedBy }: Waste): string => {
    if (!layered) return '';
    const caused =
      causedBy === undefined || causedBy === layer ? '' : `, by the step of layer ${causedBy + 1}`;
    return ` (in layer ${layer + 1}${caused})`;
  };
  return [
    {
      title: `Waste: ${bytes(wasted(waste))} in ${count(waste.length, 'finding')}`,
      table: {
        head: ['BYTES', 'KIND', 'WHERE'],
        left: [1],
        ...topRows(
          [...secrets, ...waste.filter(({ kind }) => kind !== 'secret')],
          top === 0 ? 0 : top + Math.min(top, secrets.length),
          'findings',
          (each) => ({
            cells: [bytes(each.bytes), each.kind, code(each.path)],
            under: [`${each.detail}${place(each)}`.trim(), `fix: ${each.fix}`].filter((line) => line !== ''),
            ...(each.kind === 'secret' ? { tone: 'bad' as const } : {}),
          }),
          (each) => each.bytes,
        ),
      },
    },
  ];
}

function accessSection(access: AccessFindings, top: number): Section {
  const { users, shells, packageManagers } = access;
  const findings: [string, readonly FileFinding[]][] = [
    ['setuid', access.setuid],
    ['capabilities', access.capabilities],
    ['world-writable', access.worldWritable],
    ['devices', access.devices],
  ];
  const total = findings.reduce((sum, [, list]) => sum + list.length, 0);
  const rows = findings.flatMap(([kind, list]) =>
    list.map((finding) => ({ ...finding, kind: kind === 'setuid' ? rightsOf(finding) : kind })),
  );
  const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));
  const mostUsers = 8;
  const shown = users.slice(0, mostUsers).map(({ name, uid }) => `${name} (${uid})`);
  const moreUsers = users.length > mostUsers ? [`and ${grouped(users.length - mostUsers)} more`] : [];
  return {
    title: `Who could do what: ${total === 0 ? 'no special files' : count(total, 'special file')}, ${
      shells.length === 0 ? 'no shell' : count(shells.length, 'shell')
    }, ${packageManagers.length === 0 ? 'no package manager' : count(packageManagers.length, 'package manager')}`,
    facts: [
      { name: 'shells', text: list(shells) },
      { name: 'package managers', text: list(packageManagers) },
      { name: 'users', text: list([...shown, ...moreUsers]) },
    ],
    ...(rows.length === 0
      ? {}
      : {
          table: {
            head: ['KIND', 'MODE', 'WHERE'],
            left: [0, 1],
            ...topRows(rows, top === 0 ? 0 : top * 2, 'special files', ({ kind, detail, path }) => ({
              cells: [kind, detail, code(path)],
            })),
          },
        }),
  };
}

/** Whose rights a program runs with, by its mode: 4755, 2755, 6755. */
function rightsOf({ detail }: FileFinding): string {
  if (/^[67]/.test(detail)) return 'setuid, setgid';
  return /^[23]/.test(detail) ? 'setgid' : 'setuid';
}

function othersSection(binaries: readonly BinaryExplanation[], what: string, top: number): Section[] {
  if (binaries.length === 0) return [];
  const largest = [...binaries].sort((a, b) => b.ledger.size - a.ledger.size);
  const sum = largest.reduce((total, { ledger }) => total + ledger.size, 0);
  const debugOf = ({ ledger }: BinaryExplanation): number =>
    ledger.rows.reduce(
      (all, row) => all + (row.kind === 'debug' || row.kind === 'symbol table' ? row.bytes : 0),
      0,
    );
  return [
    {
      title: `${what}: ${grouped(binaries.length)}, ${bytes(sum)}`,
      table: {
        head: ['BYTES', 'DEBUG, SYMBOLS', 'FILE'],
        ...topRows(
          largest,
          top,
          'of them',
          (binary) => ({
            cells: [bytes(binary.ledger.size), bytes(debugOf(binary)), code(binary.source)],
          }),
          ({ ledger }) => ledger.size,
        ),
      },
      notes: ['Opened are programs and libraries of Go, and what a container starts.'],
    },
  ];
}

const fileKinds = new Set(['file', 'binary'] as const);

function filesSection({ trees }: FilesExplanation, top: number): Section {
  const all = largestFiles(trees.files, top === 0 ? Infinity : top, fileKinds);
  const shown = all.files.reduce((sum, file) => sum + file.bytes, 0);
  const left = all.count - all.files.length;
  return {
    title: `Files: ${count(all.count, 'file')}, ${bytes(all.bytes)}`,
    table: {
      head: ['BYTES', 'SHARE', 'FILE'],
      rows: all.files.map(({ path, bytes: own, waste }) => ({
        cells: [bytes(own), percent(own, all.bytes), code(path)],
        under: waste === undefined ? [] : [`waste: ${waste}`],
      })),
      ...(left > 0 && { more: { count: left, what: 'files', bytes: all.bytes - shown } }),
    },
  };
}
