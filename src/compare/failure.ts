import type { Ctx } from '../core/ctx.ts';
import { isToolError, messageOf } from '../core/errors.ts';
import type { Store } from '../store/store.ts';
import { causes } from './measure/causes.ts';
import { lookInto } from './measure/look.ts';
import type { Evidence } from './measure/evidence.ts';
import { programIn } from './measure/evidence.ts';
import type { Start } from './measure/start/once.ts';
import type { MeasuredImage } from './measure/types.ts';
import type { Failure } from './types.ts';

/** What went wrong. */
export type Trouble =
  | { readonly phase: 'build'; readonly error: unknown }
  /** It could not be tried. */
  | { readonly phase: 'start'; readonly error: unknown }
  | { readonly phase: 'start'; readonly start: Extract<Start, { ready: false }> };

/** Lines of what was said that are shown. */
const mostLines = 12;
const longestLine = 300;

/**
 * Names the cause for which a method cannot be used. What a program says is only a hint: that something lacks is said when the image was looked
 * into, and lacks it.
 * @param image what was made, where it was made
 */
export async function failureOf(
  ctx: Ctx,
  store: Store,
  trouble: Trouble,
  image?: MeasuredImage,
): Promise<Failure> {
  const { phase } = trouble;
  const text = wordsOf(trouble);
  const said = lastLines(text);
  const looked = image && (await lookInto(ctx, store, image).catch(() => undefined));
  const evidence: Evidence = {
    phase,
    text,
    code: 'error' in trouble && isToolError(trouble.error) ? trouble.error.code : undefined,
    exit: 'start' in trouble ? trouble.start.exit : undefined,
    looked,
    program: looked && (await programIn(looked)),
  };
  for (const cause of causes) {
    const found = await cause(evidence);
    if (found) return { phase, ...found, said };
  }
  return { phase, cause: plainly(trouble), said };
}

function wordsOf(trouble: Trouble): string {
  if ('error' in trouble) {
    const { error } = trouble;
    return isToolError(error)
      ? [error.message, error.detail ?? ''].filter((part) => part !== '').join('\n')
      : messageOf(error);
  }
  const { said, answer } = trouble.start;
  const body = answer?.text?.split(/\r?\n\r?\n/, 2)[1] ?? '';
  return answer?.text === undefined ? said : `${said.trimEnd()}\n${firstLine(answer.text)}\n${body}`;
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? '';
}

function lastLines(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trimEnd());
  return lines
    .filter((line) => line !== '')
    .slice(-mostLines)
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}…` : line));
}

/** No known cause: what was seen, in one sentence. */
function plainly(trouble: Trouble): string {
  if ('error' in trouble) return firstLine(messageOf(trouble.error));
  const { exit, answer, waited } = trouble.start;
  if (exit?.signal !== undefined) return `The program was ended by ${exit.signal}.`;
  if (exit) return `The program ended with code ${exit.code}.`;
  const seconds = `${waited / 1000} seconds`;
  if (answer?.status !== undefined)
    return `The program did not become ready in ${seconds}: it answered with status ${answer.status}.`;
  return `The program did not answer in ${seconds}.`;
}
