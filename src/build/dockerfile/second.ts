import type { Ctx } from '../../core/ctx.ts';
import type { Event } from '../../core/event.ts';

/**
 * A Ctx for building the same once more in one command: its steps are other steps than the first ones.
 * @param title what people see before their names; with one, warnings are left out, as they were said the first time
 */
export function secondTime(ctx: Ctx, title?: string): Ctx {
  return {
    ...ctx,
    emit: (event) => {
      if (event.kind !== 'warning') ctx.emit(other(event, title ?? ''));
      else if (title === undefined) ctx.emit(event);
    },
  };
}

function other(event: Exclude<Event, { kind: 'warning' }>, title: string): Event {
  if (!('id' in event) || event.id === undefined) return event;
  const id = `second ${event.id}`;
  return event.kind === 'step' ? { ...event, id, name: `${title}${event.name}` } : { ...event, id };
}
