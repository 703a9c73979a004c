/** What was weighed as a row of the table. Pure. */
import type { Measured } from '../types.ts';
import type { Weighed } from './build.ts';
import type { BuildOption } from './options.ts';
import type { ProgramFacts } from './facts.ts';
import type { OptionResult } from './types.ts';

type Words = Pick<OptionResult, 'name' | 'means' | 'loses' | 'notChosen' | 'of' | 'sameCode'>;

/** What an option is called and what is said of it in any case. */
export function wordsOf(
  { name, means, loses, notChosen, sameCode }: BuildOption,
  facts: ProgramFacts,
): Words {
  const [lost, never] = [loses?.(facts), notChosen?.(facts)];
  return {
    ...{ name, means: means(facts) },
    ...(lost !== undefined && { loses: lost }),
    ...(never !== undefined && { notChosen: never }),
    ...(sameCode === true && { sameCode }),
  };
}

/** An option that was not built. */
export function skippedResult(words: Words, skipped: string): OptionResult {
  return { ...words, ...dashes(skipped), skipped };
}

/** What a build came to, beside the default's. */
export function resultOf(words: Words, weighed: Weighed, before: Weighed): OptionResult {
  if ('refusal' in weighed) return { ...words, ...dashes('it could not be built'), refusal: weighed.refusal };
  const { size, compressed, needs } = weighed;
  const old = 'refusal' in before ? undefined : before;
  const less = (was: number | undefined, is: number): Measured =>
    was === undefined ? { missing: 'the default could not be built' } : { value: was - is };
  return {
    ...words,
    ...{ size: { value: size }, compressed: { value: compressed } },
    ...{ saved: less(old?.size, size), savedCompressed: less(old?.compressed, compressed) },
    slowdown: { missing: 'speed was not measured' },
    ...(needs && { needs }),
  };
}

function dashes(
  missing: string,
): Pick<OptionResult, 'size' | 'compressed' | 'saved' | 'savedCompressed' | 'slowdown'> {
  const none = { missing };
  return { size: none, compressed: none, saved: none, savedCompressed: none, slowdown: none };
}
