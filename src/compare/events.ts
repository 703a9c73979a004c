import type { Ctx } from '../core/ctx.ts';

/** A Ctx whose steps say for which method they are done, so that those of several are told apart. */
export function labelled(ctx: Ctx, label: string): Ctx {
  return {
    ...ctx,
    emit: (event) => {
      if (event.kind === 'step')
        ctx.emit({ ...event, id: `${label} ${event.id}`, name: `${label}: ${event.name}` });
      else if (event.kind === 'warning') ctx.emit({ ...event, message: `${label}: ${event.message}` });
      else ctx.emit(event.id === undefined ? event : { ...event, id: `${label} ${event.id}` });
    },
  };
}
