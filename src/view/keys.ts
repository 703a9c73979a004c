import type { Key } from './input.ts';

/** What a key can mean. */
export type Action =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'open'
  | 'close'
  | 'enter'
  | 'out'
  | 'open-all'
  | 'next-tab'
  | 'previous-tab'
  | 'tab'
  | 'search'
  | 'next-match'
  | 'previous-match'
  | 'sort'
  | 'filter'
  | 'map'
  | 'details'
  | 'keys'
  | 'back'
  | 'leave'
  | 'interrupt'
  | 'suspend'
  | 'redraw';

export interface Binding {
  readonly action: Action;
  readonly keys: readonly Key[];
  readonly does: string;
  /** A word for the line of keys at the bottom, when it is there. */
  readonly hint?: string;
}

export interface BindingGroup {
  readonly name: string;
  readonly bindings: readonly Binding[];
}

/** All keys: what they do, the `?` page and docs/explain.md come from this table. */
export const bindingGroups: readonly BindingGroup[] = [
  {
    name: 'Move',
    bindings: [
      { action: 'up', keys: ['up', 'k'], does: 'a line up; in the treemap, out to the whole' },
      { action: 'down', keys: ['down', 'j'], does: 'a line down; in the treemap, into the block' },
      {
        action: 'open',
        keys: ['right', 'l'],
        does: 'open, then the first part; in the treemap, the next block',
      },
      {
        action: 'close',
        keys: ['left', 'h'],
        does: 'close, then the whole; in the treemap, the block before',
      },
      { action: 'enter', keys: ['enter'], does: 'open or close; details of what has no parts' },
      { action: 'out', keys: ['backspace'], does: 'to the whole' },
      { action: 'page-up', keys: ['page-up', 'b'], does: 'a screen up' },
      { action: 'page-down', keys: ['page-down', 'space'], does: 'a screen down' },
      { action: 'first', keys: ['home', 'g'], does: 'to the first line' },
      { action: 'last', keys: ['end', 'G'], does: 'to the last line' },
      { action: 'open-all', keys: ['*'], does: 'open all that is below' },
    ],
  },
  {
    name: 'Look',
    bindings: [
      { action: 'next-tab', keys: ['tab'], does: 'the next view', hint: 'view' },
      { action: 'previous-tab', keys: ['shift-tab'], does: 'the view before' },
      { action: 'tab', keys: [...'123456789'], does: 'the view of that number' },
      { action: 'search', keys: ['/'], does: 'search a name', hint: 'search' },
      { action: 'next-match', keys: ['n'], does: 'the next one found' },
      { action: 'previous-match', keys: ['N'], does: 'the one found before' },
      { action: 'sort', keys: ['s'], does: 'sort by size, by name, as it lies', hint: 'sort' },
      {
        action: 'filter',
        keys: ['f'],
        does: 'filter: waste, kind:file, or text; nothing for all',
        hint: 'filter',
      },
      { action: 'map', keys: ['t'], does: 'treemap of the selected, and back', hint: 'treemap' },
      { action: 'details', keys: ['i'], does: 'all that is known of the selected', hint: 'details' },
    ],
  },
  {
    name: 'Leave',
    bindings: [
      { action: 'keys', keys: ['?'], does: 'this list', hint: 'keys' },
      { action: 'back', keys: ['escape'], does: 'back: from a page, the treemap, a filter' },
      { action: 'leave', keys: ['q'], does: 'leave, a page first', hint: 'quit' },
      { action: 'interrupt', keys: ['ctrl-c', 'ctrl-d'], does: 'leave at once' },
      { action: 'suspend', keys: ['ctrl-z'], does: 'stop for a while; `fg` comes back' },
      { action: 'redraw', keys: ['ctrl-l'], does: 'draw all again' },
    ],
  },
];

const meaning = new Map(
  bindingGroups.flatMap(({ bindings }) =>
    bindings.flatMap(({ action, keys }) => keys.map((key) => [key === 'space' ? ' ' : key, action] as const)),
  ),
);

export function actionOf(key: Key): Action | undefined {
  return meaning.get(key);
}

const labels: Readonly<Record<Key, readonly [utf8: string, ascii: string]>> = {
  up: ['↑', 'Up'],
  down: ['↓', 'Down'],
  left: ['←', 'Left'],
  right: ['→', 'Right'],
  'page-up': ['PgUp', 'PgUp'],
  'page-down': ['PgDn', 'PgDn'],
  home: ['Home', 'Home'],
  end: ['End', 'End'],
  enter: ['Enter', 'Enter'],
  backspace: ['Backspace', 'Backspace'],
  tab: ['Tab', 'Tab'],
  'shift-tab': ['Shift-Tab', 'Shift-Tab'],
  space: ['Space', 'Space'],
  escape: ['Esc', 'Esc'],
  'ctrl-c': ['Ctrl-C', 'Ctrl-C'],
  'ctrl-d': ['Ctrl-D', 'Ctrl-D'],
  'ctrl-l': ['Ctrl-L', 'Ctrl-L'],
  'ctrl-z': ['Ctrl-Z', 'Ctrl-Z'],
};

/** A binding's keys as a keyboard names them: `↑ k`, `1-9`. */
export function keysLabel({ action, keys }: Binding, utf8: boolean): string {
  if (action === 'tab') return '1-9';
  return keys.map((key) => labels[key]?.[utf8 ? 0 : 1] ?? key).join(' ');
}

/** The keys as a table in Markdown, for docs/explain.md. */
export function keysTable(): string {
  const rows = bindingGroups.flatMap(({ bindings }) =>
    bindings.map((binding) => {
      const names = binding.action === 'tab' ? ['1-9'] : binding.keys;
      const cell = names.map((key) => `\`${labels[key]?.[0] ?? key}\``).join(' ');
      return `| ${cell} | ${binding.does} |`;
    }),
  );
  return ['| Key | What it does |', '| --- | --- |', ...rows].join('\n');
}
