/**
 * Matches a row of character sets, some of them repeated, in time linear in the text: patterns come from anywhere, and JavaScript's own
 * regular expressions can be made to run for years.
 */

/** Takes a code point or not. A byte that is not UTF-8 is a lone surrogate (layer/names.ts) and counts as one. */
export type CharacterSet = (code: number) => boolean;

export type Node =
  | { readonly kind: 'one' | 'many'; readonly set: CharacterSet }
  /** Any characters but newlines, then a slash; or nothing at all. */
  | { readonly kind: 'directories' }
  /** Only at the beginning of the text. */
  | { readonly kind: 'begin' };

/** A set of places in the row where a match can stand, and where each character leads from there. */
interface State {
  readonly places: readonly number[];
  readonly accepts: boolean;
  readonly ascii: (State | undefined)[];
}

/** States kept; past it all are forgotten and found again as needed. */
const mostStates = 1000;

/** A function that tells whether the whole of a text matches one of the rows. */
export function automaton(rows: readonly (readonly Node[])[]): (text: string) => boolean {
  const machines = rows.map(machine);
  const [only] = machines;
  if (only && machines.length === 1) return only;
  return (text) => machines.some((matches) => matches(text));
}

function machine(row: readonly Node[]): (text: string) => boolean {
  const steps = row.flatMap(unfold);
  const states = new Map<string, State>();
  const stateOf = (from: Iterable<number>, atBegin: boolean): State => {
    const places = closure(steps, from, atBegin);
    const name = places.join();
    const known = states.get(name);
    if (known) return known;
    if (states.size >= mostStates) states.clear();
    const made: State = { places, accepts: places.includes(steps.length), ascii: [] };
    states.set(name, made);
    return made;
  };
  const start = stateOf([0], true);
  const follow = (state: State, code: number): State => {
    const after = new Set<number>();
    for (const place of state.places) {
      const step = steps[place];
      if (step?.set?.(code)) after.add(step.repeated ? place : place + 1);
    }
    return stateOf(after, false);
  };
  return (text) => {
    let state = start;
    for (let at = 0; at < text.length; at++) {
      const code = text.codePointAt(at) ?? 0;
      if (code > 0xffff) at++;
      let next = code < 128 ? state.ascii[code] : undefined;
      if (!next) {
        next = follow(state, code);
        if (code < 128) state.ascii[code] = next;
      }
      if (next.places.length === 0) return false;
      state = next;
    }
    return state.accepts;
  };
}

interface Step {
  /** Undefined: takes nothing. */
  readonly set?: CharacterSet;
  readonly repeated: boolean;
  /** Places further on that can be reached without a character. */
  readonly skip: readonly number[];
  readonly onlyAtBegin: boolean;
}

function unfold(node: Node): Step[] {
  if (node.kind === 'one') return [{ set: node.set, repeated: false, skip: [], onlyAtBegin: false }];
  if (node.kind === 'many') return [{ set: node.set, repeated: true, skip: [1], onlyAtBegin: false }];
  if (node.kind === 'begin') return [{ repeated: false, skip: [1], onlyAtBegin: true }];
  return [
    // Into the group or past it; once in the group, the slash must come.
    { repeated: false, skip: [1, 3], onlyAtBegin: false },
    { set: notNewline, repeated: true, skip: [1], onlyAtBegin: false },
    { set: isSlash, repeated: false, skip: [], onlyAtBegin: false },
  ];
}

function closure(steps: readonly Step[], from: Iterable<number>, atBegin: boolean): number[] {
  const found = new Set<number>();
  const pending = [...from];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    if (found.has(place)) continue;
    found.add(place);
    const step = steps[place];
    if (!step || (step.onlyAtBegin && !atBegin)) continue;
    for (const skip of step.skip) pending.push(place + skip);
  }
  return [...found].sort((a, b) => a - b);
}

const isSlash: CharacterSet = (code) => code === 0x2f;
export const notNewline: CharacterSet = (code) => code !== 0x0a;
