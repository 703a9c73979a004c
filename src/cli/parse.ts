import { parseArgs } from 'node:util';
import { ToolError } from '../core/errors.ts';
import type { Arg, Flag, Parsed } from './verb.ts';
import { closest } from '../core/closest.ts';

interface Spec {
  /** As typed: `coracle build`. */
  readonly command: string;
  readonly flags: readonly Flag[];
  readonly args: readonly Arg[];
  readonly rest?: string | undefined;
}

/**
 * Reads the words behind a verb against its table of flags, in the way of Docker's command line: flags and arguments in any order,
 * `--flag value` or `--flag=value`, `-abc` for several short ones, `--` ends the flags.
 * @throws ToolError USAGE
 */
export function parse(words: readonly string[], spec: Spec): Parsed {
  const known = new Map<string, Flag>();
  const names = new Map<string, Flag>();
  for (const flag of spec.flags) {
    names.set(flag.name, flag);
    for (const name of [flag.name, ...(flag.aliases ?? [])]) {
      known.set(name, flag);
      if (flag.type === 'boolean') known.set(`no-${name}`, flag);
    }
  }
  const given = new Map<Flag, (string | boolean)[]>();
  const args: string[] = [];
  const rest: string[] = [];
  let ended = false;
  for (const token of tokens(words, spec.flags)) {
    if (token.kind === 'option-terminator') ended = true;
    else if (token.kind === 'positional') (ended && spec.rest !== undefined ? rest : args).push(token.value);
    else {
      const flag = known.get(token.name);
      if (!flag) throw unknownFlag(token.rawName, known, spec.command);
      const value = flag.type === 'boolean' ? truth(token, flag) : text(token, flag, known);
      given.set(flag, [...(given.get(flag) ?? []), value]);
    }
  }
  return reader(spec, names, given, args, rest);
}

type Token = ReturnType<typeof tokens>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

function tokens(words: readonly string[], flags: readonly Flag[]) {
  const options: Record<string, { type: 'boolean' | 'string'; short?: string; multiple: true }> = {};
  for (const flag of flags) {
    for (const name of [flag.name, ...(flag.aliases ?? [])])
      options[name] = { type: flag.type, multiple: true };
    options[flag.name] = {
      type: flag.type,
      multiple: true,
      ...(flag.short === undefined ? {} : { short: flag.short }),
    };
  }
  return parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function truth(token: OptionToken, flag: Flag): boolean {
  const negated = token.name !== flag.name && !(flag.aliases ?? []).includes(token.name);
  const said = token.value ?? 'true';
  if (said !== 'true' && said !== 'false') {
    throw new ToolError('USAGE', `${token.rawName} takes true or false, not ${JSON.stringify(said)}`);
  }
  return (said === 'true') !== negated;
}

function text(token: OptionToken, flag: Flag, known: ReadonlyMap<string, Flag>): string {
  const needs = (): ToolError =>
    new ToolError('USAGE', `${token.rawName} needs a value`, {
      hint: `Write it as ${token.rawName} ${flag.value ?? 'VALUE'}.`,
    });
  if (token.value === undefined) throw needs();
  // A flag's value may begin with a dash (`--ldflags -X…`), but another flag's name is a value forgotten.
  if (
    !token.inlineValue &&
    token.value.startsWith('--') &&
    known.has(token.value.slice(2).split('=')[0] ?? '')
  )
    throw needs();
  const isShort = !token.rawName.startsWith('--');
  const value =
    isShort && token.inlineValue && token.value.startsWith('=') ? token.value.slice(1) : token.value;
  if (flag.choices && !flag.choices.includes(value)) {
    const guess = closest(value, flag.choices);
    throw new ToolError('USAGE', `${token.rawName} does not take ${JSON.stringify(value)}`, {
      hint: `${guess === undefined ? '' : `Did you mean ${guess}? `}It takes ${flag.choices.join(', ')}.`,
    });
  }
  return value;
}

function unknownFlag(raw: string, known: ReadonlyMap<string, Flag>, command: string): ToolError {
  const guess = raw.startsWith('--') ? closest(raw.slice(2), known.keys()) : undefined;
  return new ToolError('USAGE', `${command} has no flag ${raw}`, {
    hint: `${guess === undefined ? '' : `Did you mean --${guess}? `}${command} --help lists its flags.`,
  });
}

function reader(
  spec: Spec,
  names: ReadonlyMap<string, Flag>,
  given: ReadonlyMap<Flag, readonly (string | boolean)[]>,
  args: readonly string[],
  rest: readonly string[],
): Parsed {
  const all = (name: string): readonly (string | boolean)[] => {
    const flag = names.get(name);
    if (!flag) throw new Error(`${spec.command} reads a flag that it does not have: ${name}`);
    return given.get(flag) ?? [];
  };
  return {
    args,
    rest,
    flag: (name) => all(name).findLast((value) => typeof value === 'boolean'),
    value: (name) => all(name).findLast((value) => typeof value === 'string'),
    values: (name) => all(name).filter((value) => typeof value === 'string'),
  };
}

/** Refuses too few or too many arguments. @throws ToolError USAGE */
export function checkArgs(parsed: Parsed, spec: Spec): void {
  const hint = `Usage: ${usage(spec)}`;
  const missing = spec.args.filter((arg) => !arg.optional)[parsed.args.length];
  if (missing)
    throw new ToolError('USAGE', `${spec.command} needs ${missing.name}: ${missing.help}`, { hint });
  const extra = parsed.args[spec.args.length];
  if (extra !== undefined && !spec.args.at(-1)?.repeatable) {
    throw new ToolError('USAGE', `${spec.command} does not know what to do with ${JSON.stringify(extra)}`, {
      hint,
    });
  }
}

/** `coracle push NAME [REF]`, with `[flags]` where there are some. */
export function usage(spec: Spec): string {
  const args = spec.args.map((arg) => {
    const name = arg.repeatable ? `${arg.name}...` : arg.name;
    return arg.optional ? `[${name}]` : name;
  });
  const flags = spec.flags.some((flag) => flag.group !== 'Global') ? ['[flags]'] : [];
  return [spec.command, ...flags, ...args, ...(spec.rest === undefined ? [] : ['--', spec.rest])].join(' ');
}
