import type { Ctx } from '../core/ctx.ts';
import type { Event } from '../core/event.ts';
import type { Explanation } from '../explain/types.ts';
import type { ExplainInput } from './explain-answer.ts';
import type { Out } from './out.ts';

/** Shows an explanation on the terminal until the user leaves, and `more` in its place when that comes. @returns the exit code */
export type View = (explanation: Explanation, more?: Promise<Explanation>) => Promise<number>;

/** The keyboard view, where there is somebody to press keys; undefined when it cannot be shown, or another form was asked for. */
export async function viewFor(ctx: Ctx, input: ExplainInput, out: Out): Promise<View | undefined> {
  const form =
    out.json ||
    out.quiet ||
    (input.flag('plain') ?? false) ||
    (input.flag('markdown') ?? false) ||
    (['html', 'top', 'why'] as const).some((name) => input.value(name) !== undefined);
  if (form || out.columns === Infinity) return undefined;
  const [{ canView, openView }, { speaksUtf8 }, { wantsColor }] = await Promise.all([
    import('../view/open.ts'),
    import('./tty.ts'),
    import('./terminal.ts'),
  ]);
  const terminal = { input: process.stdin, output: process.stdout, env: ctx.env, signal: ctx.signal };
  if (!canView(terminal)) return undefined;
  const options = { color: wantsColor(ctx.env, true), utf8: speaksUtf8(ctx.env) };
  return async (explanation, more) => {
    // Brings progress to rest.
    await out.print('');
    return openView(explanation, terminal, options, more);
  };
}

/**
 * Opens the view as soon as files are known, while programs are still read: of a large image they take longer than the rest. Whoever leaves
 * before ends that.
 * @param work explains; it tells `early` what is known before programs are read
 * @returns the view's exit code, and what `work` made unless the user left before
 * @throws whatever `work` throws, once the view is closed
 */
export async function viewEarly<Whole extends { readonly explanation: Explanation }>(
  ctx: Ctx,
  view: View,
  work: (ctx: Ctx, early: (explanation: Explanation) => void) => Promise<Whole>,
): Promise<{ readonly code: number; readonly whole: Whole | undefined }> {
  const left = new AbortController();
  const held: Event[] = [];
  let open = false;
  const inner: Ctx = {
    ...ctx,
    signal: AbortSignal.any([ctx.signal, left.signal]),
    emit: (event) => void (open ? held.push(event) : ctx.emit(event)),
  };
  const early = Promise.withResolvers<Explanation | undefined>();
  const whole = work(inner, early.resolve);
  whole.then(() => early.resolve(undefined), early.reject);
  let failure: { readonly error: unknown } | undefined;
  const ended = whole.catch((error: unknown) => {
    if (!left.signal.aborted) failure = { error };
    return undefined;
  });
  const first = await early.promise;
  open = true;
  const more = whole.then(({ explanation }) => explanation);
  // A view that ends before does not wait for it.
  more.catch(() => undefined);
  let code: number;
  try {
    code = await (first ? view(first, more) : view(await more));
  } finally {
    left.abort(new Error('the view is closed'));
    await ended;
    for (const event of held) if (event.kind === 'warning') ctx.emit(event);
  }
  if (failure) throw failure.error;
  return { code, whole: await ended };
}
