import { statSync } from 'node:fs';
import type { Invocation } from '../build/unchanged.ts';
import type { Flag, Parsed } from './verb.ts';

/** Flags that change what is shown, not what is built. */
const shownOnly = new Set(['json', 'progress', 'quiet', 'debug', 'metadata-file', 'iidfile']);

/** The name of a build: what was asked for, in the order of the verb's table, and the very program that was asked. */
export function invocationOf(flags: readonly Flag[], input: Parsed): Invocation {
  const given = flags
    .filter((flag) => !shownOnly.has(flag.name))
    .map((flag) =>
      flag.type === 'boolean' ? [flag.name, input.flag(flag.name)] : [flag.name, input.values(flag.name)],
    );
  return {
    argv: [JSON.stringify(input.args), JSON.stringify(input.rest), JSON.stringify(given)],
    program: programKey(),
  };
}

/** Metadata of the file that runs: another Coracle may build differently. */
function programKey(): string {
  const { mtimeNs, ino, size } = statSync(import.meta.filename, { bigint: true });
  return `${mtimeNs} ${ino} ${size}`;
}
