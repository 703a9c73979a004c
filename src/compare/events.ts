import type { Ctx } from '../core/ctx.ts';

/** A Ctx whose steps say for which method they are done, so that those of several are told apart. */
export function labelled(ctx: Ctx, label: string): Ctx {
  return {
    ...ctx,
    emit: (event) => {
      if (event.kind === 'step')
        ctx.emit({ ...event, id: `${label} ${event.id}`, name: `${label}: ${event.name}` });
      else if (!('id' in event) || event.id === undefined) ctx.emit(event);
      else ctx.emit({ ...event, id: `${label} ${event.id}` });
    },
  };
}

/** A Ctx that warns once of what holds for all methods alike, such as what this machine's sandbox cannot do. */
export function warningOnce(ctx: Ctx): Ctx {
  const said = new Set<string>();
  return {
    ...ctx,
    emit: (event) => {
      if (event.kind === 'warning') {
        if (said.has(event.message)) return;
        said.add(event.message);
      }
      ctx.emit(event);
    },
  };
}
