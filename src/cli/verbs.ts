import type { Verb } from './verb.ts';

/** Every verb, in the order of help; loaded when it is asked for. */
export const verbs = {
  build: async () => (await import('./verbs/build.ts')).build,
  version: async () => (await import('./verbs/version.ts')).version,
} as const satisfies Record<string, () => Promise<Verb>>;

export type VerbName = keyof typeof verbs;

export function isVerb(name: string): name is VerbName {
  return Object.hasOwn(verbs, name);
}
