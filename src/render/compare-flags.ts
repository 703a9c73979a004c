/** A comparison of build options as a report, which plain text and Markdown both lay out, and as the document of --json. */
import { leastNoise, mostNoise } from '../compare/flags/winners.ts';
import type { FlagsComparison, OptionResult, SpeedMethod, Winner } from '../compare/flags/types.ts';
import { code } from './explain/report.ts';
import type { Cell, Fact, Report, Row, Section } from './explain/report.ts';
import { bytes } from './units.ts';

/** The document of `compare --flags --json`: all bytes in bytes. */
export function flagsDocument(
  comparison: FlagsComparison,
): { readonly schema: 'coracle.compare-flags/v1' } & FlagsComparison {
  return { schema: 'coracle.compare-flags/v1', ...comparison };
}

/** What a comparison of build options says. */
export function flagsReport(comparison: FlagsComparison): Report {
  const { what, program, options, baseline, together } = comparison;
  const built = options.filter(({ skipped, refusal }) => skipped === undefined && refusal === undefined);
  const others = options.filter((option) => !built.includes(option));
  const rows = [baseline, ...built].map((option) => rowOf(option, comparison));
  const last = together ? [{ ...rowOf(together, comparison), total: true }] : [];
  return {
    title: `Build options of ${program} (${what})`,
    facts: factsOf(comparison),
    sections: [
      {
        title: 'Each option alone, beside the default',
        table: {
          head: ['program', 'change', 'compressed', 'change', headOf(comparison.speed), 'option'],
          rows: [...rows, ...last],
        },
      },
      ...(baseline.refusal ? [refusedSection([baseline])] : []),
      ...(others.length > 0 ? [refusedSection(others)] : []),
      winnersSection(comparison),
      notesSection(comparison),
    ].filter(({ facts, table, notes }) => facts !== undefined || table !== undefined || notes !== undefined),
  };
}

function factsOf({ machine, platform, goVersion, at, cgo }: FlagsComparison): Fact[] {
  return [
    { name: 'built', text: `with Go ${goVersion} for ${platform}${cgo ? ', with C' : ''}` },
    { name: 'on', text: `${machine.cores} cores, ${machine.processor}, Linux ${machine.kernel}` },
    { name: 'at', text: at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC') },
  ];
}

function rowOf(option: OptionResult, comparison: FlagsComparison): Row {
  const { size, compressed, saved, savedCompressed, name, means, slowdown, needs, refusal } = option;
  const own = name === 'default';
  const { baseline } = comparison;
  const figure = (of: OptionResult['size']): string => ('value' in of ? bytes(of.value) : '–');
  const cells: Cell[] = [
    figure(size),
    own ? '' : part(saved, baseline.size),
    figure(compressed),
    own ? '' : part(savedCompressed, baseline.compressed),
    own ? startText(comparison.speed) : option.sameCode ? 'same' : timeOf(slowdown, comparison),
    `${name}: ${means}`,
  ];
  const under = [
    ...(refusal ? [] : needsWords(needs, own ? undefined : baseline.needs)),
    ...(option.loses === undefined ? [] : [option.loses]),
    ...('missing' in slowdown && !option.sameCode && comparison.speed.kind !== 'none'
      ? [slowdown.missing]
      : []),
  ];
  return { cells, ...(under.length > 0 && { under }) };
}

/** What a program asks of its image, where it is not the same as of the default. */
function needsWords(needs: OptionResult['needs'], usual: OptionResult['needs']): string[] {
  const say = (of: OptionResult['needs']): string =>
    of
      ? `dynamic: needs ${of.libraries.join(', ')}${of.libraries.length > 0 ? ' and ' : ''}its loader`
      : 'static: needs nothing beside it';
  return say(needs) === say(usual) ? [] : [say(needs)];
}

/** `-28.1 %` is that much less. */
function part(saved: OptionResult['saved'], of: OptionResult['size']): string {
  if (!('value' in saved) || !('value' in of) || of.value === 0) return '–';
  return percentText(-saved.value / of.value);
}

/** What is compared: one start, or benchmarks, which have no time of their own. */
function headOf({ kind }: SpeedMethod): string {
  return kind === 'start' ? 'start' : 'time';
}

function startText(speed: SpeedMethod): string {
  return speed.kind === 'start' ? `${speed.milliseconds.toPrecision(3)} ms` : '';
}

/** `≈` before what is no more than the default differs from itself; what is more is unclear where the two were alike in some round. */
function timeOf(slowdown: OptionResult['slowdown'], { noise, baseline }: FlagsComparison): string {
  if (!('value' in slowdown)) return '–';
  const change = slowdown.value - 1;
  const text = percentText(change);
  if ('value' in noise && noise.value > mostNoise) return 'unclear';
  const within = 'value' in noise && Math.abs(change) <= Math.max(noise.value, leastNoise);
  if (within) return `≈ ${text}`;
  return overlap(slowdown.spread, spreadOf(baseline.slowdown)) ? 'unclear' : text;
}

type Spread = readonly [number, number];

function spreadOf(measured: OptionResult['slowdown']): Spread | undefined {
  return 'value' in measured ? measured.spread : undefined;
}

function overlap(one: Spread | undefined, other: Spread | undefined): boolean {
  return one !== undefined && other !== undefined && one[0] <= other[1] && other[0] <= one[1];
}

function percentText(part: number): string {
  const percent = (part * 100).toFixed(1);
  return /^-?0\.0$/.test(percent) ? '0.0 %' : `${part > 0 ? '+' : ''}${percent} %`;
}

function refusedSection(options: readonly OptionResult[]): Section {
  return {
    title: 'Not built',
    facts: [...new Set(options.map(whyNot))].map((why): Fact => {
      const same = options.filter((option) => whyNot(option) === why);
      const [first, ...more] = same;
      // What several have in common is said once, and their names say what they are.
      const text = more.length > 0 ? why : `${first?.means ?? ''}: ${why}`;
      return { name: same.map(({ name }) => name).join(', '), text: code(text) };
    }),
  };
}

function whyNot({ skipped, refusal }: OptionResult): string {
  const said = refusal?.said[0];
  return skipped ?? `${refusal?.cause ?? ''}${said === undefined ? '' : `: ${said}`}`;
}

function winnersSection({ winners, threshold, noise }: FlagsComparison): Section {
  const least = `at least ${(threshold * 100).toFixed(1)} % of the program, compressed or not`;
  const calm =
    'value' in noise && noise.value <= mostNoise
      ? `, and cost no time beyond the noise (${percentText(Math.max(noise.value, leastNoise)).slice(1)})`
      : ", and leave its code as it is: no other's cost in time could be told";
  if (winners.length === 0) return { title: 'Nothing to gain', notes: [`No option saves ${least}${calm}.`] };
  return {
    title: `Worth it: ${winners.map(({ name }) => name).join(', ')}`,
    facts: winners.map((winner): Fact => ({
      name: winner.name,
      text: `${winner.because} ${configOf(winner)}`,
    })),
    notes: [`These save ${least}${calm}.`],
  };
}

function configOf({ settings }: Winner): string {
  if (settings.length === 0) return '(every build of Coracle has it)';
  const words = settings.map((setting) =>
    'items' in setting
      ? `${setting.key.join('.')}: [${setting.items.join(', ')}]`
      : `${setting.key.join('.')}: ${String(setting.value)}`,
  );
  return `(${words.join('; ')})`;
}

function notesSection({ speed, noise, notes, options }: FlagsComparison): Section {
  const reasons = new Set(
    options.flatMap(({ notChosen, size }) => (notChosen !== undefined && 'value' in size ? [notChosen] : [])),
  );
  const kept = [...reasons].map((why) => {
    const names = options.flatMap((one) => (one.notChosen === why && 'value' in one.size ? [one.name] : []));
    return `Never chosen for you: ${names.join(', ')}; ${why}.`;
  });
  const calm =
    'value' in noise
      ? [
          `≈ is within the noise: the default differs from itself by ${(noise.value * 100).toFixed(1)} %. Unclear is what is beyond it, and yet as fast as the default in some round.`,
          ...(noise.value > mostNoise
            ? [
                'This machine is too busy to tell speeds apart, and so all are unclear: try again when it is idle, or with more --starts.',
              ]
            : []),
        ]
      : [];
  return { title: 'How it was measured', notes: [speedText(speed), ...calm, ...kept, ...notes] };
}

/** How speed was measured, a sentence or two. */
export function speedText(speed: SpeedMethod): string {
  if (speed.kind === 'none') return `Speed was not measured: ${speed.why}.`;
  if (speed.kind === 'start')
    return `Start is the time from the start of the process to its first ready answer (${speed.probe.replace(/\.$/, '')}), the median of ${count(speed.rounds, 'start')} in turn: the program has no Go benchmarks. It tells little of how fast the program works; what costs there is chosen by benchmarks alone.`;
  const { benchmarks, packages, rounds, leftOut } = speed;
  const more = leftOut.length === 0 ? '' : ` Left out: ${leftOut.join('; ')}.`;
  return `Time is that of the program's Go benchmarks (${benchmarks}, in ${packages.join(', ')}), run in the sandbox in turn with the default's: the geometric mean of their ratios, the median of ${count(rounds, 'round')}.${more}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
