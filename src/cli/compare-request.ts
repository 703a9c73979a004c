import path from 'node:path';
import type { CompareOptions, ProbeWish } from '../compare/request.ts';
import { methodNames } from '../compare/types.ts';
import { closest } from '../core/closest.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { accessOf } from './access.ts';
import { configOfFlags, type BuildInput } from './build-config.ts';
import { compareFlags } from './compare-flags.ts';
import type { Parsed } from './verb.ts';

type Flags = (typeof compareFlags)[number];
export type CompareInput = Parsed<
  Extract<Flags, { type: 'boolean' }>['name'],
  Extract<Flags, { type: 'string' }>['name']
>;

/**
 * What the flags say of a comparison.
 * @throws ToolError USAGE, FILE_UNREADABLE
 */
export function compareOptionsOf(ctx: Ctx, input: CompareInput): CompareOptions {
  const config = input.value('config');
  const environment = input.value('environment');
  const main = input.value('main');
  const starts = input.value('starts');
  const { insecure, ca } = accessOf(input, ctx.cwd);
  return {
    ...(config === undefined ? {} : { config }),
    ...(environment === undefined ? {} : { environment }),
    said: configOfFlags(asBuildInput(input), ctx.cwd, ctx.env),
    ...(main === undefined ? {} : { main }),
    methods: input.flag('flags') ? methodNames : namesOf(input.values('only'), methodNames, 'method'),
    with: [...new Set(input.values('with'))],
    ...(starts === undefined ? {} : { starts: whole('starts', starts, 1, 1000) }),
    buildTimes: input.flag('build-times') ?? false,
    probe: probeOf(input),
    ...(insecure === undefined ? {} : { insecure }),
    ...(ca === undefined ? {} : { ca: path.resolve(ctx.cwd, ca) }),
  };
}

/**
 * Names out of those there are, in their order, whatever the order they were typed in; all when none was.
 * @throws ToolError USAGE
 */
export function namesOf<N extends string>(
  texts: readonly string[],
  all: readonly N[],
  noun: string,
): readonly N[] {
  if (texts.length === 0) return all;
  const names = texts
    .flatMap((text) => text.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const known: readonly string[] = all;
  const wrong = names.find((name) => !known.includes(name));
  const hint = `The ${noun}s are ${all.join(', ')}.`;
  if (names.length === 0) throw new ToolError('USAGE', `--only: there is no ${noun}`, { hint });
  if (wrong === undefined) return all.filter((name) => names.includes(name));
  const guess = closest(wrong, all);
  throw new ToolError('USAGE', `--only: there is no ${noun} ${JSON.stringify(wrong)}`, {
    hint: guess === undefined ? hint : `Did you mean ${guess}? ${hint}`,
  });
}

function probeOf(input: CompareInput): ProbeWish {
  const [port, health, exit] = [input.value('port'), input.value('health'), input.value('exit')];
  if (exit !== undefined && (port !== undefined || health !== undefined))
    throw new ToolError('USAGE', '--exit is for programs that end; --port and --health for those that stay', {
      hint: 'Give one of them.',
    });
  const url: ProbeWish = health === undefined ? {} : healthOf(health);
  const said = port === undefined ? undefined : whole('port', port, 1, 65_535);
  if (said !== undefined && url.port !== undefined && url.port !== said)
    throw new ToolError('USAGE', `--port says ${said}, --health ${url.port}`);
  return {
    ...url,
    ...(said === undefined ? {} : { port: said }),
    ...(exit === undefined ? {} : { exit: whole('exit', exit, 0, 255) }),
  };
}

/** A path, or an address of this machine with one. */
function healthOf(text: string): { readonly path: string; readonly port?: number } {
  const hint = 'Write it as /healthz or http://localhost:8080/healthz.';
  if (text.startsWith('/') && !/\s/.test(text)) return { path: text };
  const url = URL.parse(text);
  if (url?.protocol !== 'http:')
    throw new ToolError('USAGE', `--health: ${JSON.stringify(text)} is no path`, { hint });
  if (!/^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname))
    throw new ToolError(
      'USAGE',
      `--health: ${url.hostname} is not this machine, where the program is started`,
      {
        hint,
      },
    );
  return { path: `${url.pathname}${url.search}`, port: url.port === '' ? 80 : Number(url.port) };
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : -1;
  if (value >= least && value <= most) return value;
  throw new ToolError(
    'USAGE',
    `--${flag}: ${JSON.stringify(text)} is no whole number from ${least} to ${most}`,
  );
}

const own: ReadonlySet<string> = new Set(['config', 'port']);
const known: ReadonlySet<string> = new Set(compareFlags.map(({ name }) => name));

/** As `build` would read them: what it has and we do not was not given, and `port` means another thing here. */
function asBuildInput(input: Parsed): BuildInput {
  const has = (name: string): boolean => known.has(name) && !own.has(name);
  return {
    args: input.args,
    rest: input.rest,
    flag: (name) => (has(name) ? input.flag(name) : undefined),
    value: (name) => (has(name) ? input.value(name) : undefined),
    values: (name) => (has(name) ? input.values(name) : []),
  };
}
