/** Which options save without costing, and what all of them come to together. Pure. */
import type { BuildSettings, ProgramFacts } from './facts.ts';
import type { BuildOption } from './options.ts';
import type { OptionResult, Winner } from './types.ts';

/** The least part of the default's bytes that is worth a line in a configuration. */
export const leastSaved = 0.005;
/** Differences of speed below this are none, however calm the machine is. */
export const leastNoise = 0.01;

/** Where the default differs from itself by more, speeds cannot be told apart: 0.1 is 10 %. */
export const mostNoise = 0.1;

/** How speed was measured, as far as it matters to who wins. */
export interface Clock {
  readonly noise: number | undefined;
  /** By benchmarks; a start tells little of how fast a program works. */
  readonly work: boolean;
}

/** An option and what it came to. */
export interface Tried {
  readonly option: BuildOption;
  readonly result: OptionResult;
}

/** Those that win, at most one of how C is linked. */
export function chooseWinners(tried: readonly Tried[], baseline: OptionResult, clock: Clock): Tried[] {
  const won = tried.filter((one) => wins(one, baseline, clock));
  const linking = won
    .filter(({ option }) => option.linking === true)
    .toSorted((a, b) => savedBy(b.result) - savedBy(a.result))[0];
  const noC = linking?.option.name === 'cgo-off';
  return won.filter(
    ({ option }) =>
      (option.linking !== true || option === linking?.option) &&
      // Without cgo there is no C to be smaller, and Go looks names up by itself.
      !(noC && (option.name === 'netgo' || option.name.startsWith('c-'))),
  );
}

function savedBy({ saved, savedCompressed }: OptionResult): number {
  return Math.max('value' in saved ? saved.value : 0, 'value' in savedCompressed ? savedCompressed.value : 0);
}

function part(saved: OptionResult['saved'], of: OptionResult['size']): number {
  return 'value' in saved && 'value' in of && of.value > 0 ? saved.value / of.value : 0;
}

function wins({ option, result }: Tried, baseline: OptionResult, clock: Clock): boolean {
  if (result.notChosen !== undefined || result.loses !== undefined) return false;
  const [plain, packed] = [
    part(result.saved, baseline.size),
    part(result.savedCompressed, baseline.compressed),
  ];
  // What saves in one measure must not cost in the other.
  if (Math.max(plain, packed) < leastSaved || Math.min(plain, packed) < 0) return false;
  if (option.sameCode === true) return true;
  if (option.costsWork === true && !clock.work) return false;
  return costsNothing(result.slowdown, clock.noise);
}

/** No slower, as far as this machine can tell; where it cannot, nothing is said to cost nothing. */
export function costsNothing(slowdown: OptionResult['slowdown'], noise: number | undefined): boolean {
  if (noise === undefined || noise > mostNoise) return false;
  return 'value' in slowdown && slowdown.value <= 1 + Math.max(noise, leastNoise);
}

/** All winners' settings, one upon the other. */
export function togetherSettings(
  baseline: BuildSettings,
  won: readonly Tried[],
  facts: ProgramFacts,
): BuildSettings {
  return won.reduce((settings, { option }) => option.change(settings, facts), baseline);
}

/** Winners as they are told and written down. */
export function winnersOf(
  won: readonly Tried[],
  baseline: OptionResult,
  facts: ProgramFacts,
  together: BuildSettings,
  { work }: Pick<Clock, 'work'>,
): Winner[] {
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
  return won.map(({ option, result }) => {
    const saves = `saves ${percent(part(result.saved, baseline.size))}, ${percent(part(result.savedCompressed, baseline.compressed))} compressed`;
    const speed =
      option.sameCode === true
        ? 'the code is the same'
        : `it ${work ? 'is' : 'starts'} as fast as the default, within the noise`;
    return { name: option.name, because: `${saves}; ${speed}`, settings: option.settings(facts, together) };
  });
}
