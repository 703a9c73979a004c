import { statSync } from 'node:fs';
import type { Invocation } from '../build/unchanged.ts';
import type { Env } from '../core/ctx.ts';
import type { Flag, Parsed } from './verb.ts';

/** Flags that change what is shown, not what is built. */
const shownOnly = new Set(['json', 'progress', 'quiet', 'debug', 'metadata-file', 'iidfile']);

/** The name of a build: what was asked for, in the order of the verb's table, and the very program that was asked. */
export function invocationOf(flags: readonly Flag[], input: Parsed, env: Env): Invocation {
  const given = flags
    .filter((flag) => !shownOnly.has(flag.name))
    .map((flag) =>
      flag.type === 'boolean' ? [flag.name, input.flag(flag.name)] : [flag.name, input.values(flag.name)],
    );
  return {
    argv: [input.args, input.rest, given, fromEnvironment(input, env)].map((part) => JSON.stringify(part)),
    program: programKey(),
  };
}

/** `--env NAME` and `--build-arg NAME` take their value from the environment: another value is another build. */
function fromEnvironment(input: Parsed, env: Env): (readonly [string, string | null])[] {
  const names = [...input.values('env'), ...input.values('go-env'), ...input.values('build-arg')].filter(
    (text) => !text.includes('='),
  );
  return names.map((name) => [name, env[name] ?? null]);
}

/** Metadata of the file that runs: another Coracle may build differently. */
function programKey(): string {
  const { mtimeNs, ino, size } = statSync(import.meta.filename, { bigint: true });
  return `${mtimeNs} ${ino} ${size}`;
}
