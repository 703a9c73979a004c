import { closest } from '../core/closest.ts';
import { ToolError } from '../core/errors.ts';

/** Which stages a command line asks for. */
export interface Choice {
  readonly skip: readonly string[];
  readonly only: readonly string[];
  readonly from: string | undefined;
}

/**
 * Why each stage that is left out is: by `--only`, `--from` or `--skip`.
 * @param all in their order
 * @throws ToolError USAGE when there is no stage of a name, or none is left
 */
export function leftOut(choice: Choice, all: readonly string[]): ReadonlyMap<string, string> {
  const only = namesOf('--only', choice.only, all);
  const skip = namesOf('--skip', choice.skip, all);
  const [from] = namesOf('--from', choice.from === undefined ? [] : [choice.from], all);
  const start = from === undefined ? 0 : all.indexOf(from);
  const why = (name: string, index: number): string | undefined => {
    if (skip.includes(name)) return '--skip';
    if (only.length > 0 && !only.includes(name)) return '--only';
    return index < start ? '--from' : undefined;
  };
  const left = new Map(
    all.flatMap((name, index) => {
      const reason = why(name, index);
      return reason === undefined ? [] : [[name, reason] as const];
    }),
  );
  if (left.size < all.length) return left;
  throw new ToolError('USAGE', 'no stage is left to run', { hint: `The stages are ${all.join(', ')}.` });
}

function namesOf(flag: string, texts: readonly string[], all: readonly string[]): string[] {
  const names = texts
    .flatMap((text) => text.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const wrong = names.find((name) => !all.includes(name));
  if (wrong === undefined) return names;
  const guess = closest(wrong, all);
  throw new ToolError('USAGE', `${flag}: there is no stage ${JSON.stringify(wrong)}`, {
    hint: `${guess === undefined ? '' : `Did you mean ${guess}? `}The stages are ${all.join(', ')}.`,
  });
}
