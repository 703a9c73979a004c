import type { Engine } from '../solver.ts';

/** Stacks the inputs' layers; the first input that has a config gives it. */
export const mergeEngine: Engine<'merge'> = {
  key: async () => undefined,
  run: async (_op, inputs) => {
    const config = inputs.find((input) => input.config)?.config;
    const layers = inputs.flatMap((input) => input.layers);
    return config ? { layers, config } : { layers };
  },
};
