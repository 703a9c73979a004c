import type { Ctx } from '../core/ctx.ts';

/** A Ctx that also keeps how long each finished step took, in milliseconds, by the step's name. */
export function timed(ctx: Ctx): { readonly ctx: Ctx; readonly times: Record<string, number> } {
  const started = new Map<string, number>();
  const times: Record<string, number> = {};
  return {
    times,
    ctx: {
      ...ctx,
      emit: (event) => {
        if (event.kind === 'step') {
          if (event.state === 'started') started.set(event.id, event.at);
          else if (event.state === 'done') times[event.name] = event.at - (started.get(event.id) ?? event.at);
        }
        ctx.emit(event);
      },
    },
  };
}

/** Does `work` as a step that renderers show. */
export async function step<R>(
  ctx: Ctx,
  name: string,
  work: () => Promise<R>,
  note?: (result: R) => string | undefined,
): Promise<R> {
  const tell = (state: 'started' | 'done' | 'failed' | 'cancelled', remark?: string): void =>
    ctx.emit({
      kind: 'step',
      id: name,
      name,
      state,
      at: ctx.now().getTime(),
      ...(remark === undefined ? {} : { note: remark }),
    });
  tell('started');
  try {
    const result = await work();
    tell('done', note?.(result));
    return result;
  } catch (error) {
    tell(ctx.signal.aborted ? 'cancelled' : 'failed');
    throw error;
  }
}
