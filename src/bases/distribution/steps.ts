import type { Ctx } from '../../core/ctx.ts';

/** Work that is shown as a step while it lasts. */
export async function step<R>(
  ctx: Ctx,
  id: string,
  name: string,
  work: (id: string) => Promise<R>,
): Promise<R> {
  const emit = (state: 'started' | 'done' | 'failed' | 'cancelled'): void =>
    ctx.emit({ kind: 'step', id, name, state, at: ctx.now().getTime() });
  emit('started');
  try {
    const result = await work(id);
    emit('done');
    return result;
  } catch (error) {
    emit(ctx.signal.aborted ? 'cancelled' : 'failed');
    throw error;
  }
}
