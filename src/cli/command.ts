import { ToolError, systemCode } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import { lazyView, type ProgressView } from '../render/progress.ts';
import { styleFor } from '../render/style.ts';
import { makeCtx } from '../core/make-ctx.ts';
import { makeOut, type Out } from './out.ts';
import { checkArgs, parse } from './parse.ts';
import { onSignals } from './signals.ts';
import { isTerminal, progressMode, wantsColor, type ProgressMode } from './terminal.ts';
import { globalFlags, isFamily, type ActingVerb, type Parsed } from './verb.ts';
import { isVerb, verbs } from './verbs.ts';
import { writeAll } from './write.ts';

/** Runs one command line from its words to its exit code. Everything that it throws is shown here and becomes an exit code. */
export async function command(words: readonly string[]): Promise<number> {
  try {
    const [verb, line, rest] = await find(words);
    if (verb === undefined) {
      const { helpFor } = await import('./help.ts');
      await writeAll(1, await helpFor(line));
      return 0;
    }
    return await act(verb, line, rest);
  } catch (error) {
    // Whoever read our output went away (`| head`): there is nobody left to tell.
    if (systemCode(error) === 'EPIPE') return 3;
    const [{ asToolError, exitCode, renderError, errorDocument }, color] = await Promise.all([
      import('../render/error.ts'),
      isTerminal(2).then((terminal) => wantsColor(process.env, terminal)),
    ]);
    const tool = asToolError(error);
    if (words.includes('--json')) await writeAll(1, `${JSON.stringify(errorDocument(tool), null, 2)}\n`);
    await writeAll(2, renderError(tool, styleFor(color), { debug: words.includes('--debug') }));
    return exitCode(tool);
  }
}

type Found = readonly [verb: ActingVerb | undefined, line: readonly string[], rest: readonly string[]];

/**
 * Finds the verb in the words. Global flags may stand before it. Without an acting verb the answer is a request for help on what
 * was named.
 */
async function find(words: readonly string[]): Promise<Found> {
  let at = 0;
  while (words[at]?.startsWith('-') && words[at] !== '--') at += words[at] === '--progress' ? 2 : 1;
  const before = words.slice(0, at);
  const name = words[at];
  if (name === undefined) {
    if (before.includes('--version') || before.includes('-v'))
      return find(['version', ...before.filter((word) => !/^(--version|-v)$/.test(word))]);
    parse(before, { command: 'coracle', flags: globalFlags, args: [] });
    return [undefined, [], []];
  }
  if (!isVerb(name)) throw await unknownVerb(name, Object.keys(verbs), 'coracle');
  const verb = await verbs[name]();
  const after = words.slice(at + 1);
  if (!isFamily(verb)) return [verb, ['coracle', name], [...before, ...after]];
  const sub = after.findIndex((word) => !word.startsWith('-'));
  const member = after[sub];
  if (member === undefined) {
    parse([...before, ...after], { command: `coracle ${name}`, flags: globalFlags, args: [] });
    return [undefined, [name], []];
  }
  const acting = verb.verbs.find((each) => each.name === member);
  if (!acting)
    throw await unknownVerb(
      member,
      verb.verbs.map((each) => each.name),
      `coracle ${name}`,
    );
  return [acting, ['coracle', name, member], [...before, ...after.slice(0, sub), ...after.slice(sub + 1)]];
}

async function unknownVerb(name: string, names: readonly string[], of: string): Promise<ToolError> {
  const { closest } = await import('../core/closest.ts');
  const guess = closest(name, names);
  return new ToolError('USAGE', `${of} has no verb ${JSON.stringify(name)}`, {
    hint: `${guess === undefined ? '' : `Did you mean ${of} ${guess}? `}${of} --help lists them.`,
  });
}

async function act(verb: ActingVerb, line: readonly string[], words: readonly string[]): Promise<number> {
  const spec = {
    command: line.join(' '),
    flags: [...verb.flags, ...globalFlags],
    args: verb.args,
    rest: verb.rest,
  };
  const input = parse(words, spec);
  if (input.flag('help')) {
    const { helpFor } = await import('./help.ts');
    await writeAll(1, await helpFor(line.slice(1)));
    return 0;
  }
  checkArgs(input, spec);
  const view = await progressView(input);
  const controller = new AbortController();
  onSignals(controller, forced);
  const emit = (event: Event): void => view.event(event);
  const ctx = makeCtx(process.env, process.cwd(), controller.signal, emit);
  try {
    return await verb.run(ctx, input, await output(input, async () => view.settled()));
  } catch (error) {
    // Whatever broke because the ground was pulled away, the reason is the interrupt.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    await view.settled();
  }
}

async function output(input: Parsed, settle: () => Promise<void>): Promise<Out> {
  const terminal = await isTerminal(1);
  return makeOut({
    json: input.flag('json') ?? false,
    quiet: input.flag('quiet') ?? false,
    debug: input.flag('debug') ?? false,
    style: styleFor(wantsColor(process.env, terminal)),
    columns: terminal ? process.stdout.columns || 80 : Infinity,
    settle,
  });
}

async function progressView(input: Parsed): Promise<ReturnType<typeof lazyView>> {
  const wanted = input.value('progress') ?? (input.flag('quiet') ? 'quiet' : 'auto');
  const terminal = await isTerminal(2);
  const mode = progressMode(wanted, process.env, terminal);
  return lazyView(async () => loadView(mode));
}

async function loadView(mode: ProgressMode): Promise<ProgressView> {
  const { errorStream } = await import('./streams.ts');
  switch (mode) {
    case 'tty':
      return (await import('./tty.ts')).terminalView(process.env);
    case 'plain':
      return (await import('../render/plain.ts')).plainView(errorStream);
    case 'json':
      return (await import('../render/json.ts')).jsonView(errorStream);
    case 'quiet':
    default:
      return { event: () => undefined, end: () => undefined };
  }
}

/** What must happen even when a command is not given the time to end by itself. */
async function forced(): Promise<void> {
  const { removeTempDirs } = await import('../core/temp.ts');
  removeTempDirs();
}
