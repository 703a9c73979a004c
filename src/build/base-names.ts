/** The bases that Coracle makes itself, by name; any other name is a reference. */
const composed = ['auto', 'scratch', 'static'] as const;
export type Composed = (typeof composed)[number];

export function isComposed(name: string): name is Composed {
  return (composed as readonly string[]).includes(name);
}
