import type { BuildResult } from '../build/types.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { errorCodes, type ErrorCode } from '../core/error-codes.ts';
import type { Event } from '../core/event.ts';

/**
 * Builds by another process of this very program, whose events become ours: for builds that have to go into a user namespace while we must not.
 * @param words what stands behind `coracle build`
 * @throws ToolError the other process's own
 */
export async function buildApart(ctx: Ctx, words: readonly string[]): Promise<BuildResult> {
  let line = '';
  const exit = await ctx.exec({
    argv: [
      process.execPath,
      ...process.execArgv,
      process.argv[1] ?? '',
      ...['build', '--json', '--progress=json'],
      ...words,
    ],
    cwd: ctx.cwd,
    env: { ...ctx.env, CORACLE_HOME: ctx.home },
    onOutput(stream, text) {
      if (stream !== 'stderr') return;
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const event of lines.flatMap(eventOf)) ctx.emit(event);
    },
  });
  const document = parsed(exit.stdout);
  if (exit.code === 0 && isBuild(document)) return document;
  throw errorOf(document, exit.stderr);
}

/** Its events are ours: the same program wrote them. Other lines are none. */
function eventOf(line: string): Event[] {
  const value = parsed(line);
  const known = isRecord(value) && typeof value['kind'] === 'string';
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return known ? [value as unknown as Event] : [];
}

function isBuild(value: unknown): value is BuildResult {
  return isRecord(value) && value['schema'] === 'coracle.build/v1';
}

function errorOf(document: unknown, stderr: string): ToolError {
  const said = isRecord(document) && isRecord(document['error']) ? document['error'] : {};
  const text = (key: string): string | undefined => {
    const value = said[key];
    return typeof value === 'string' ? value : undefined;
  };
  const [hint, detail] = [
    text('hint'),
    text('detail') ?? (document === undefined ? stderr.slice(-4000) : undefined),
  ];
  const code = text('code');
  return new ToolError(isCode(code) ? code : 'COMMAND_FAILED', text('message') ?? 'coracle build failed', {
    ...(hint === undefined ? {} : { hint }),
    ...(detail === undefined ? {} : { detail }),
  });
}

function isCode(text: string | undefined): text is ErrorCode {
  return text !== undefined && Object.hasOwn(errorCodes, text);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
