import path from 'node:path';
import { checkGates, parseGates } from '../compare/gate.ts';
import { compareRequest, type CompareRequest } from '../compare/request.ts';
import type { Gate } from '../compare/types.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { compareOptionsOf, type CompareInput } from './compare-request.ts';
import { showComparison } from './compare-show.ts';
import type { Out } from './out.ts';
import { enterIfNeeded } from './user-namespace.ts';

/**
 * Answers one command line of `compare`. What was typed wrong is said before anything is built.
 * @returns the exit code: 1 when a gate is broken
 */
export async function answerCompare(ctx: Ctx, input: CompareInput, out: Out): Promise<number> {
  checkTogether(input, out);
  const request = await compareRequest(ctx, input.args[0] ?? '.', compareOptionsOf(ctx, input));
  const gates = gatesOf(input, request);
  await enterIfNeeded(ctx);
  const emit = input.value('emit');
  if (emit !== undefined) return emitTo(ctx, out, request, emit);
  if (input.flag('flags')) {
    const { answerOptions } = await import('./compare-options.ts');
    return answerOptions(ctx, input, out, request);
  }
  const { compare } = await import('../compare/compare.ts');
  const comparison = await compare(ctx, request);
  return showComparison(ctx, input, out, comparison, checkGates(comparison, gates));
}

/** Flags that would be ignored are refused. @throws ToolError USAGE */
function checkTogether(input: CompareInput, out: Out): void {
  const has = (name: string): boolean => given(input, name);
  const other = has('flags') ? 'flags' : has('emit') ? 'emit' : undefined;
  const idle =
    other === 'flags'
      ? ['with', 'emit', 'gate', 'html', 'build-times']
      : other === 'emit'
        ? ['with', 'gate', 'html', 'build-times', 'markdown', 'starts']
        : [];
  const wrong = idle.find(has);
  if (wrong !== undefined) throw new ToolError('USAGE', `--${wrong} means nothing with --${other ?? ''}`);
  const only = other === 'flags' ? undefined : ['write', 'size-only'].find(has);
  if (only !== undefined)
    throw new ToolError('USAGE', `--${only} goes with --flags`, { hint: 'Add --flags.' });
  if (out.json && has('markdown'))
    throw new ToolError('USAGE', '--json and --markdown are two forms of one result', {
      hint: 'Give one of them.',
    });
}

function given(input: CompareInput, name: string): boolean {
  const flags = ['flags', 'write', 'size-only', 'build-times', 'markdown'] as const;
  const values = ['with', 'emit', 'gate', 'html', 'starts'] as const;
  const flag = flags.find((each) => each === name);
  const value = values.find((each) => each === name);
  return (
    (flag !== undefined && input.flag(flag) === true) ||
    (value !== undefined && input.values(value).length > 0)
  );
}

function gatesOf(input: CompareInput, { methods, with: others, buildTimes }: CompareRequest): Gate[] {
  const of = { names: [...methods, ...others], buildTimes };
  return input.values('gate').flatMap((text) => parseGates(text, of));
}

async function emitTo(ctx: Ctx, out: Out, request: CompareRequest, directory: string): Promise<number> {
  const { emitMethods } = await import('../compare/emit.ts');
  const files = await emitMethods(ctx, request, path.resolve(ctx.cwd, directory));
  if (out.json) await out.document({ schema: 'coracle.compare-emit/v1', directory, files });
  else if (!out.quiet) {
    const { renderEmitted } = await import('../render/compare/emitted.ts');
    await out.print(renderEmitted(directory, files));
  }
  return 0;
}
