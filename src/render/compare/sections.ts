import type { Comparison, GateResult, MethodResult, Probe } from '../../compare/types.ts';
import { allFigures, amountText, figureText, type Unit } from './figures.ts';
import { comparisonTable, failureWords } from './table.ts';

/** A part of the report that is sentences. */
export interface Words {
  readonly title: string;
  readonly items: readonly Item[];
}

export interface Item {
  readonly name?: string;
  readonly text: string;
  /** Lines as a program wrote them. */
  readonly said?: readonly string[];
  readonly tone?: 'good' | 'bad';
}

/** What was compared, by whom and how; the lines at the head of a report. */
export function headWords(comparison: Comparison): Words {
  const { what, program, platform, goVersion, cgo, results, machine, at } = comparison;
  const failed = results.filter(({ failure }) => failure).length;
  const methods = `${results.length} ${results.length === 1 ? 'method' : 'methods'}`;
  return {
    title: `${program}: ${methods} compared${failed === 0 ? '' : `, ${failed} cannot be used`}`,
    items: [
      { name: 'program', text: `${what}, ${platform}, Go ${goVersion}, ${cgo ? 'compiles C' : 'no C'}` },
      {
        name: 'ready',
        text: `${probeText(comparison.probe)}; medians of ${startsText(comparison.starts)} each`,
      },
      {
        name: 'measured',
        text: `${at.slice(0, 16).replace('T', ' ')} UTC on ${machine.processor}, ${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'}, Linux ${machine.kernel}`,
      },
    ],
  };
}

function startsText(starts: number): string {
  return starts === 1 ? '1 start' : `${starts} starts`;
}

/** What counts as ready. */
export function probeText(probe: Probe): string {
  const why = sentencePart(probe.why);
  if (probe.kind === 'http') return `an answer to GET ${probe.path} on port ${probe.port} (${why})`;
  if (probe.kind === 'none') return `nothing: ${why}`;
  if (probe.kind === 'tcp') return `a connection to port ${probe.port} (${why})`;
  return `its end with exit code ${probe.code} (${why})`;
}

/** What marks and dashes mean. */
export function legendItems(comparison: Comparison): Item[] {
  const { rows, groups, footnotes } = comparisonTable(comparison);
  const cells = groups.flatMap(({ columns }) => columns.flatMap((column) => column.cells));
  return [
    ...(cells.some(({ best }) => best)
      ? [
          {
            name: '*',
            text: 'the best of its column among methods that work, and any that lies within its spread',
          },
        ]
      : []),
    ...(rows.some(({ chosen }) => chosen) ? [{ name: '>', text: 'the method for this program' }] : []),
    ...footnotes.map((text, index) => ({ name: superscript(index + 1), text })),
  ];
}

const digits = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** `¹²`. */
export function superscript(number: number): string {
  return String(number).replaceAll(/\d/g, (digit) => digits[Number(digit)] ?? '');
}

/** What has to be said wherever the figures are shown: bases that stand in for others, what was not measured. */
export function notesWords({ results, notes }: Comparison): Words {
  const statements = results.flatMap(({ name, statement }) =>
    statement === undefined ? [] : [{ name, text: statement }],
  );
  return { title: 'Notes', items: [...statements, ...notes.map((text) => ({ text }))] };
}

export function failuresWords({ results }: Comparison): Words {
  return {
    title: 'What failing methods said last',
    items: results.flatMap(({ name, failure }) => {
      if (!failure || failure.said.length === 0) return [];
      return [{ name, text: failureWords(failure).what, said: failure.said.slice(-5), tone: 'bad' as const }];
    }),
  };
}

/** Each method in a sentence, with what it holds and lacks. */
export function methodsWords({ results }: Comparison): Words {
  return {
    title: 'The methods',
    items: results.map((result) => ({
      name: result.name,
      text: [sentencePart(result.means), holdingsText(result)].filter((part) => part !== '').join('; '),
    })),
  };
}

/** A sentence that goes on. */
function sentencePart(text: string): string {
  return text.replace(/\.$/, '');
}

function holdingsText({ holds }: MethodResult): string {
  const names = (found: boolean, kind: 'gain' | 'risk'): string =>
    holds
      .filter((each) => each.kind === kind && (each.where !== undefined) === found)
      .map(({ what }) => what)
      .join(', ');
  const [has, lacks, risks] = [names(true, 'gain'), names(false, 'gain'), names(true, 'risk')];
  return [
    has === '' ? '' : `holds ${has}`,
    lacks === '' ? '' : `lacks ${lacks}`,
    risks === '' ? '' : `an attacker finds ${risks}`,
  ]
    .filter((part) => part !== '')
    .join('; ');
}

/** Which method, and the way there. */
export function decisionWords({ decision, program }: Comparison): Words {
  return {
    title: `The method for ${program}: ${decision.method}`,
    items: [
      ...named('because', decision.reasons),
      ...named(
        'asked',
        decision.path.map(({ question, answer, because }) => `${question} ${answer}: ${because}`),
      ),
    ],
  };
}

/** Several under one name. */
function named(name: string, texts: readonly string[]): Item[] {
  return texts.map((text, index) => ({ name: index === 0 ? name : '', text }));
}

/** What came of the conditions of --gate. */
export function gatesWords(gates: readonly GateResult[]): Words {
  const broken = gates.filter(({ held }) => !held).length;
  return {
    title: broken === 0 ? 'All gates hold' : `${broken} of ${gates.length} gates broken`,
    items: gates.map((gate) => ({
      name: gate.held ? 'holds' : 'broken',
      text: `${gate.text}: ${foundText(gate)}`,
      tone: gate.held ? ('good' as const) : ('bad' as const),
    })),
  };
}

/** `it is 14.2 MB, 2.2 MB too much`. */
function foundText({ figure, found, held, value, operator }: GateResult): string {
  const unit: Unit = allFigures.find(({ name }) => name === figure)?.unit ?? 'count';
  if ('missing' in found) return `there is no figure: ${found.missing}`;
  if (typeof found.value === 'boolean') return `it is ${String(found.value)}`;
  const text = `it is ${figureText(unit, found) ?? 'unknown'}`;
  if (held || typeof found.value !== 'number' || operator === '=') return text;
  const over = Math.abs(found.value - value);
  return over === 0
    ? text
    : `${text}, ${amountText(unit, over)} too ${operator.startsWith('<') ? 'much' : 'little'}`;
}
