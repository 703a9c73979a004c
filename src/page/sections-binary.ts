import type { BinaryExplanation } from '../explain/types.ts';
import { sumLedger } from '../explain/sums/ledger.ts';
import type { Ledger } from '../golang/ledger/types.ts';
import type { Section } from './data.ts';
import { costSections } from './sections-costs.ts';
import { problemsSection } from './sections-problems.ts';
import { limited } from './words.ts';

/** Of a page about one program. */
export function binarySections({ ledger, costs }: BinaryExplanation): Section[] {
  const { kinds, evidence } = sumLedger(ledger);
  return [
    ...(costs ? costSections([{ program: '', costs }]) : []),
    sumsSection(
      ledger,
      'kinds',
      'Kinds of bytes',
      'What the bytes of the file are.',
      kinds.map(({ kind, bytes: size }) => [kind, size]),
    ),
    sumsSection(
      ledger,
      'evidence',
      'Evidence',
      'How it is known whose each byte is. Estimates do not count as assigned.',
      evidence.map(({ evidence: by, bytes: size }) => [by, size]),
    ),
    ...namedSection(ledger),
    ...sectionsSection(ledger),
    ...problemsSection(ledger.problems),
  ];
}

/** Of a page about files: the programs among them. */
export function programSection(binaries: readonly BinaryExplanation[]): Section[] {
  if (binaries.length === 0) return [];
  return [
    {
      as: 'table',
      id: 'programs',
      title: 'Programs',
      about: 'ELF files that were opened; their modules and packages are on the map.',
      columns: [
        { label: 'path', as: 'path' },
        { label: 'bytes', as: 'bytes' },
        { label: 'form', as: 'text' },
        { label: 'Go', as: 'text' },
        { label: 'assigned to one package', as: 'share' },
      ],
      ...limited(
        binaries.map(({ source, ledger }) => [
          source,
          ledger.size,
          ledger.recognised.form,
          ledger.binary?.goVersion ?? '',
          ledger.size === 0 ? 0 : sumLedger(ledger).shares.assigned / ledger.size,
        ]),
      ),
    },
    ...costSections(binaries.flatMap(({ source, costs }) => (costs ? [{ program: source, costs }] : []))),
  ];
}

function sumsSection(
  { size }: Ledger,
  id: string,
  title: string,
  about: string,
  sums: readonly (readonly [name: string, bytes: number])[],
): Section {
  return {
    as: 'table',
    id,
    title,
    about,
    columns: [
      { label: title.toLowerCase(), as: 'text' },
      { label: 'bytes', as: 'bytes' },
      { label: 'share', as: 'share' },
    ],
    rows: sums.filter(([, sum]) => sum > 0).map(([name, sum]) => [name, sum, size === 0 ? 0 : sum / size]),
  };
}

function namedSection(ledger: Ledger): Section[] {
  if (ledger.named.length === 0) return [];
  const rows = [...ledger.named].sort((a, b) => b.bytes - a.bytes);
  return [
    {
      as: 'table',
      id: 'named',
      title: 'Embedded files, strings and tables',
      about: 'Data with a name of its own.',
      columns: [
        { label: 'bytes', as: 'bytes' },
        { label: 'what', as: 'text' },
        { label: 'name', as: 'code' },
        { label: 'package', as: 'code' },
      ],
      ...limited(
        rows.map(({ name, what, account, bytes: size }) => [
          size,
          what,
          name,
          ledger.accounts[account]?.name ?? '',
        ]),
      ),
    },
  ];
}

function sectionsSection(ledger: Ledger): Section[] {
  if (ledger.sections.length === 0) return [];
  return [
    {
      as: 'table',
      id: 'sections',
      title: 'Sections of the file',
      about: 'As the ELF headers have them.',
      columns: [
        { label: 'section', as: 'code' },
        { label: 'offset', as: 'count' },
        { label: 'bytes', as: 'bytes' },
      ],
      ...limited(ledger.sections.map(({ name, offset, bytes: size }) => [name, offset, size])),
    },
  ];
}
