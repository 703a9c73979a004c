import type { Opened } from './program-open.ts';
import type { Recognised } from './types.ts';

/** Says what kind of file it is. */
export function recognise(opened: Opened): Recognised {
  const { program, layout, tables } = opened;
  const go = tables !== undefined || program.goVersion !== undefined;
  const form = layout.type === 1 ? 'object' : !go ? 'not go' : layout.type === 3 ? 'pie' : 'program';
  return { form, garbled: false, race: false, cgo: false };
}
