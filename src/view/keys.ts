import type { Key } from './input.ts';

/** What a key can mean. */
const actions = [
  'up',
  'down',
  'page-up',
  'page-down',
  'first',
  'last',
  'open',
  'close',
  'enter',
  'out',
  'open-all',
  'next-tab',
  'previous-tab',
  'tab',
  'search',
  'next-match',
  'previous-match',
  'sort',
  'filter',
  'map',
  'details',
  'keys',
  'back',
  'leave',
  'interrupt',
  'suspend',
  'redraw',
] as const;
export type Action = (typeof actions)[number];

/** Keys that belong together. */
export interface Binding {
  readonly keys: Readonly<Partial<Record<Action, readonly Key[]>>>;
  readonly does: string;
  /** A word for the line of keys at the bottom, when the first key is shown there. */
  readonly hint?: string;
}

/** All keys: what they do, the line at the bottom, the `?` page and docs/explain.md come from this table. */
export const bindings: readonly Binding[] = [
  { keys: { up: ['up', 'k'], down: ['down', 'j'] }, does: 'a line up, a line down' },
  {
    keys: { open: ['right', 'l'], close: ['left', 'h'] },
    does: 'open, close; again: to its first part, to its whole',
  },
  { keys: { enter: ['enter'] }, does: 'open or close; on what has no parts, its details' },
  { keys: { out: ['backspace'] }, does: 'to its whole' },
  { keys: { 'page-up': ['page-up', 'b'], 'page-down': ['page-down', 'space'] }, does: 'a screen up, down' },
  { keys: { first: ['home', 'g'], last: ['end', 'G'] }, does: 'to the first line, to the last' },
  { keys: { 'open-all': ['*'] }, does: 'open all below' },
  {
    keys: { 'next-tab': ['tab'], 'previous-tab': ['shift-tab'] },
    does: 'the next view, the one before',
    hint: 'view',
  },
  { keys: { tab: Array.from('123456789') }, does: 'the view of that number' },
  { keys: { search: ['/'] }, does: 'search part of a name', hint: 'search' },
  { keys: { 'next-match': ['n'], 'previous-match': ['N'] }, does: 'the next that was found, the one before' },
  { keys: { sort: ['s'] }, does: 'sort by size, by name, as it lies', hint: 'sort' },
  {
    keys: { filter: ['f'] },
    does: 'show only waste, kind:file or text; nothing: all',
    hint: 'filter',
  },
  {
    keys: { map: ['t'] },
    does: 'treemap: left, right to a block, down into it, up out',
    hint: 'treemap',
  },
  { keys: { details: ['i'] }, does: 'all that is known of the selected', hint: 'details' },
  { keys: { keys: ['?'] }, does: 'this list', hint: 'keys' },
  { keys: { leave: ['q'] }, does: 'back from a page or the treemap; else leave', hint: 'quit' },
  { keys: { back: ['escape'] }, does: 'back; in the tree, show all again' },
  {
    keys: { interrupt: ['ctrl-c', 'ctrl-d'], suspend: ['ctrl-z'], redraw: ['ctrl-l'] },
    does: 'leave at once, stop for a while, draw again',
  },
];

const meaning: ReadonlyMap<Key, Action> = new Map(
  bindings.flatMap(({ keys }) =>
    actions.flatMap((action) => (keys[action] ?? []).map((key) => [key === 'space' ? ' ' : key, action])),
  ),
);

export function actionOf(key: Key): Action | undefined {
  return meaning.get(key);
}

/** Names as they stand on a keyboard; where an ASCII terminal has another, that too. */
const labels: Readonly<Record<Key, readonly [name: string, ascii?: string]>> = {
  up: ['↑', 'Up'],
  down: ['↓', 'Down'],
  left: ['←', 'Left'],
  right: ['→', 'Right'],
  'page-up': ['PgUp'],
  'page-down': ['PgDn'],
  home: ['Home'],
  end: ['End'],
  enter: ['Enter'],
  backspace: ['Backspace'],
  tab: ['Tab'],
  'shift-tab': ['Shift-Tab'],
  space: ['Space'],
  escape: ['Esc'],
  'ctrl-c': ['Ctrl-C'],
  'ctrl-d': ['Ctrl-D'],
  'ctrl-l': ['Ctrl-L'],
  'ctrl-z': ['Ctrl-Z'],
};

/** The keys of a binding as a keyboard names them. */
export function keyNames({ keys }: Binding, utf8: boolean): string[] {
  if (keys.tab !== undefined) return ['1-9'];
  return Object.values(keys)
    .flat()
    .map((key) => {
      const [name = key, ascii = name] = labels[key] ?? [];
      return utf8 ? name : ascii;
    });
}

/** The keys as a table in Markdown, for docs/explain.md. */
export function keysTable(): string {
  const rows = bindings.map(
    (binding) =>
      `| ${keyNames(binding, true)
        .map((name) => `\`${name}\``)
        .join(' ')} | ${binding.does} |`,
  );
  return ['| Keys | What they do |', '| --- | --- |', ...rows].join('\n');
}
