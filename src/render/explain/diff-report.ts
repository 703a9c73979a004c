import type { Cause } from '../../explain/diff/causes.ts';
import type {
  Difference,
  LayerChange,
  ModuleChange,
  ProgramChange,
  Total,
} from '../../explain/diff/types.ts';
import { bytes } from '../units.ts';
import { instruction } from './explanation-report.ts';
import { code, type Cell, type Fact, type Report, type Row, type Section } from './report.ts';
import { count, grouped, percent, signed, topRows } from './words.ts';

/**
 * Words a difference: the totals, what moved bytes, then each sort of change.
 * @param folded of a comment on a pull request: all but totals, the biggest changes and access may be folded away
 */
export function diffReport(difference: Difference, top: number, folded: boolean): Report {
  const { before, after, causes, totals } = difference;
  const details = [
    ...layersSection(difference.layers),
    ...difference.programs.flatMap((program) => programSections(program, top)),
    ...filesSection(difference, top),
    ...configSection(difference),
  ];
  const { layers, files, programs, access, config } = difference;
  const same =
    [causes, files, programs, access, config].every((changes) => changes.length === 0) &&
    layers.every(({ state }) => state === 'same');
  const shown = folded
    ? totals.filter(({ before: old, after: now }, index) => index === 0 || old !== now)
    : totals;
  const head: Section[] = [totalsSection(shown)];
  if (causes.length > 0) head.push(causesSection(difference, top));
  head.push(...accessSection(difference));
  if (same) head.push({ title: 'Nothing differs: neither layers, files, programs, access nor config' });
  return {
    title: headline(difference),
    facts: [
      { name: 'before', text: sideText(before) },
      { name: 'after', text: sideText(after) },
    ],
    sections: [...head, ...details.map((section) => Object.assign({}, section, { folded }))],
  };
}

/** `api:2 is 1.2 MB bigger than api:1 (+11.3%)`. */
function headline({ before, after, totals }: Difference): string {
  // What `docker save` wrote is not compressed: its size says nothing beside that of an image that is.
  const unlike = isPacked(totals, 'before') !== isPacked(totals, 'after');
  const main = unlike ? totals.find(({ what }) => what === 'unpacked') : totals[0];
  const [old, now] = [main?.before ?? 0, main?.after ?? 0];
  const difference = now - old;
  const names = `${after.source} ${difference === 0 ? 'is as big as' : `is ${bytes(Math.abs(difference))} ${difference > 0 ? 'bigger' : 'smaller'} than`} ${before.source}`;
  const notes = [
    ...(difference === 0 || old === 0 ? [] : [change(difference, old)]),
    ...(unlike ? ['unpacked: only one of them is compressed'] : []),
  ];
  return notes.length === 0 ? names : `${names} (${notes.join(', ')})`;
}

/** Whether a pull moves less than it unpacks; of what is no image, undefined. */
function isPacked(totals: readonly Total[], side: 'before' | 'after'): boolean | undefined {
  const [pulled, unpacked] = ['to pull', 'unpacked'].map(
    (name) => totals.find(({ what }) => what === name)?.[side],
  );
  return pulled === undefined || unpacked === undefined ? undefined : pulled < unpacked;
}

function change(difference: number, before: number): string {
  const share = percent(Math.abs(difference), before);
  if (share.startsWith('<')) return share;
  return `${difference < 0 ? '-' : '+'}${share}`;
}

function sideText({ source, digest, revision, created }: Difference['before']): string {
  const more = [
    digest === undefined ? undefined : digest.replace(/^sha256:/, '').slice(0, 12),
    revision === undefined ? undefined : `commit ${revision.slice(0, 12)}`,
    created === undefined || created.startsWith('1970-') ? undefined : `made ${created}`,
  ].filter((part) => part !== undefined);
  return more.length === 0 ? source : `${source} (${more.join(', ')})`;
}

function totalsSection(totals: readonly Total[]): Section {
  const text = (value: number | undefined, unit: Total['unit']): string => {
    if (value === undefined) return '-';
    return unit === 'bytes' ? bytes(value) : unit === 'share' ? percent(value, 1) : grouped(value);
  };
  const delta = ({ before = 0, after = 0, unit }: Total): string => {
    const difference = after - before;
    if (unit === 'bytes') return signed(difference);
    const number = unit === 'share' ? Math.round(difference * 1000) / 10 : difference;
    return `${number > 0 ? '+' : ''}${number}${unit === 'share' ? ' points' : ''}`;
  };
  return {
    title: 'Totals',
    table: {
      head: ['BEFORE', 'AFTER', 'CHANGE', 'WHAT'],
      rows: totals.map((total) => ({
        cells: [text(total.before, total.unit), text(total.after, total.unit), delta(total), total.what],
      })),
    },
  };
}

function causesSection(difference: Difference, top: number): Section {
  const { causes } = difference;
  const stepOf = stepsOf(difference);
  const row = (cause: Cause): Row => {
    const { cells, under = [] } = causeRow(cause);
    const step = /^(?:file|program) added$|^file$/.test(cause.what) ? stepOf(cause.name) : undefined;
    return { cells, under: step === undefined ? under : [...under, `by ${step}`] };
  };
  const grown = causes.reduce((sum, cause) => sum + Math.max(0, cause.bytes), 0);
  const shrunk = causes.reduce((sum, cause) => sum - Math.min(0, cause.bytes), 0);
  const moved = [
    ...(grown > 0 ? [`${bytes(grown)} more`] : []),
    ...(shrunk > 0 ? [`${bytes(shrunk)} less`] : []),
  ];
  return {
    title: `Biggest changes: ${moved.join(', ')}, uncompressed`,
    table: {
      head: ['BYTES', 'BECAUSE'],
      ...topRows(causes, top, 'changes', row, (cause) => cause.bytes),
    },
  };
}

/** A change and what of it moved the bytes. */
export function causeRow(cause: Cause): Row {
  const { bytes: moved, because } = cause;
  return {
    cells: [signed(moved), causeText(cause)],
    under: because.length === 0 ? [] : [`mostly ${because.join(', ')}`],
  };
}

function causeText({ what, name, from = '', to = '', bytes: moved }: Cause): string {
  const part = moved > 0 ? 'more' : 'less';
  switch (what) {
    case 'module added':
      return `module ${name} ${to} is new`;
    case 'module removed':
      return `module ${name} ${from} is gone`;
    case 'module updated':
      return `module ${name} went from ${from} to ${to}`;
    case 'module':
      return `module ${name}: ${part} of it is in the program`;
    case 'standard library':
      return `standard library: ${part} of it is in ${name}`;
    case 'Go version':
      return `standard library in ${name}, of ${to || 'another Go'} instead of ${from || 'another Go'}`;
    case 'other accounts':
      return `headers, symbols and what several packages share in ${name}`;
    case 'program added':
      return `program ${name} is new`;
    case 'program removed':
      return `program ${name} is gone`;
    case 'file added':
      return `file ${name} is new`;
    case 'file removed':
      return `file ${name} is gone`;
    case 'file':
    default:
      return `file ${name}`;
  }
}

function layersSection(layers: readonly LayerChange[]): Section[] {
  if (layers.length === 0) return [];
  const same = layers.filter(({ state }) => state === 'same');
  const rest = layers.filter(({ state }) => state !== 'same');
  const row = ({ state, before, after }: LayerChange): Row => {
    const made = after?.createdBy ?? before?.createdBy;
    return {
      cells: [
        state,
        before ? bytes(before.size) : '-',
        after ? bytes(after.size) : '-',
        signed((after?.size ?? 0) - (before?.size ?? 0)),
        made === undefined ? 'nothing says what made it' : code(instruction(made)),
      ],
    };
  };
  return [
    {
      title: `Layers: ${grouped(same.length)} the same, ${grouped(rest.length)} differ`,
      ...(rest.length === 0
        ? {}
        : {
            table: {
              head: ['STATE', 'BEFORE', 'AFTER', 'COMPRESSED', 'MADE BY'],
              left: [0],
              rows: rest.map(row),
            },
          }),
    },
  ];
}

function programSections(program: ProgramChange, top: number): Section[] {
  const { path, state, before, after, modules, packages, goBefore, goAfter } = program;
  const facts: Fact[] =
    goBefore === goAfter
      ? []
      : [{ name: 'Go', text: `${goBefore ?? 'none'} before, ${goAfter ?? 'none'} after` }];
  const title = `Program ${path}: ${state === 'changed' ? `${bytes(before)} before, ${bytes(after)} after` : `${state}, ${bytes(after || before)}`}`;
  if (modules.length === 0 && packages.length === 0) return [{ title, facts }];
  const delta = (each: { before: number; after: number }): number => each.after - each.before;
  const moduleCells = (each: ModuleChange): Cell[] => [
    each.state,
    bytes(each.before),
    bytes(each.after),
    signed(delta(each)),
    code(`${each.path} ${versions(each)}`.trim()),
  ];
  return [
    {
      title:
        modules.length === 0
          ? title
          : `${title}; ${count(modules.length, 'module differs', 'modules differ')}`,
      facts,
      ...(modules.length === 0
        ? {}
        : {
            table: {
              head: ['STATE', 'BEFORE', 'AFTER', 'CHANGE', 'MODULE'],
              left: [0],
              ...topRows(modules, top, 'modules', (each) => ({ cells: moduleCells(each) }), delta),
            },
          }),
    },
    ...(packages.length === 0
      ? []
      : [
          {
            title: `Packages of ${path}: ${count(packages.length, 'differs', 'differ')}`,
            table: {
              head: ['BEFORE', 'AFTER', 'CHANGE', 'PACKAGE'],
              ...topRows(
                packages,
                top,
                'packages',
                (each) => ({
                  cells: [bytes(each.before), bytes(each.after), signed(delta(each)), code(each.name)],
                }),
                delta,
              ),
            },
          },
        ]),
  ];
}

function versions({ from, to, state }: ModuleChange): string {
  if (state === 'updated') return `${from ?? ''} -> ${to ?? ''}`;
  return to ?? from ?? '';
}

/** What gives the instruction that made a file of the new image as it is now. */
function stepsOf({ files, layers }: Difference): (path: string) => string | undefined {
  const layerOf = new Map(
    files.map(({ path, state, layer }) => [path, state === 'removed' ? undefined : layer]),
  );
  const made = new Map(layers.map(({ after }) => [after?.index, after?.createdBy]));
  return (path) => {
    const layer = layerOf.get(path);
    const text = layer === undefined ? undefined : made.get(layer);
    return text === undefined ? undefined : instruction(text);
  };
}

function filesSection(difference: Difference, top: number): Section[] {
  const { files } = difference;
  const stepOf = stepsOf(difference);
  if (files.length === 0) return [];
  const of = (state: string): number => files.filter((file) => file.state === state).length;
  return [
    {
      title: `Files: ${grouped(of('added'))} added, ${grouped(of('removed'))} removed, ${grouped(of('changed'))} changed`,
      table: {
        head: ['STATE', 'BEFORE', 'AFTER', 'CHANGE', 'FILE'],
        left: [0],
        ...topRows(
          files,
          top,
          'files',
          ({ state, before, after, path }) => {
            const step = stepOf(path);
            return {
              cells: [
                state,
                state === 'added' ? '-' : bytes(before),
                state === 'removed' ? '-' : bytes(after),
                signed(after - before),
                code(path),
              ],
              under: step === undefined ? [] : [`by ${step}`],
            };
          },
          ({ before, after }) => after - before,
        ),
      },
    },
  ];
}

/** What is new comes first: that is what somebody has to look at. */
function accessSection({ access }: Difference): Section[] {
  if (access.length === 0) return [];
  const rank = { added: 0, changed: 1, removed: 2 };
  return [
    {
      title: `Access: ${count(access.length, 'finding differs', 'findings differ')}`,
      table: {
        head: ['STATE', 'WHAT', 'HOW', 'WHERE'],
        left: [0, 1, 2],
        rows: [...access]
          .sort((a, b) => rank[a.state] - rank[b.state])
          .map(({ state, what, name, before = '', after }) => ({
            cells: [state, what, after ?? before, code(name)],
            under: state === 'changed' ? [`before: ${before}`] : [],
            ...(state !== 'removed' && what === 'secret' ? { tone: 'bad' as const } : {}),
          })),
      },
    },
  ];
}

function configSection({ config }: Difference): Section[] {
  if (config.length === 0) return [];
  const state = ({ before, after }: (typeof config)[number]): string =>
    before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return [
    {
      title: `Config: ${count(config.length, 'setting differs', 'settings differ')}`,
      table: {
        head: ['STATE', 'SETTING', 'VALUE'],
        left: [0, 1],
        rows: config.map((each) => ({
          cells: [state(each), code(each.key), code(each.after ?? each.before ?? '')],
          under: each.before !== undefined && each.after !== undefined ? [`before: ${each.before}`] : [],
        })),
      },
    },
  ];
}
