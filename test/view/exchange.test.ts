import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ledgerByModule } from '../../src/explain/sums/ledger-trees.ts';
import type { ImageExplanation } from '../../src/explain/types.ts';
import { exchange } from '../../src/view/exchange.ts';
import { press } from '../../src/view/press.ts';
import { lookedAt, resize, start, type State } from '../../src/view/state.ts';
import { viewedOf } from '../../src/view/tabs/viewed.ts';
import { pathOf } from '../../src/view/tree-index.ts';
import { binaryExplanation, imageExplanation } from './explanations.ts';
import { anyKey, linesOf } from './walk.ts';

const program = { ...binaryExplanation(), source: '/usr/local/bin/server', layer: 2 };

/** An image whose program is read, and the same before. */
function images(): { readonly early: ImageExplanation; readonly whole: ImageExplanation } {
  const early = imageExplanation();
  const files = early.trees.files;
  const node = files?.names.indexOf('server') ?? -1;
  if (!files || node < 0) throw new Error('the image has no server');
  files.bytes[node] = program.ledger.size;
  const trees = { ...early.trees, modules: ledgerByModule(program) };
  return { early, whole: { ...early, binaries: [program], trees } };
}

const { early, whole } = images();
const before = (): State => resize(start(viewedOf(early)), { columns: 80, rows: 24 });
const after = (): State => resize(start(viewedOf(whole)), { columns: 80, rows: 24 });
const tabOf = ({ viewed, tab }: State): string | undefined => viewed.tabs[tab]?.name;
const placeOf = (state: State): string => pathOf(state.pane.index.tree, lookedAt(state));

test('untouched, the view of what came later is as if it had been there from the beginning', () => {
  expect(linesOf(exchange(before(), viewedOf(whole)))).toEqual(linesOf(after()));
});

test('a tab that comes between others leaves the user in his own', () => {
  const state = press(press(before(), '3'), 'down');
  expect(tabOf(state)).toBe('waste');
  const next = exchange(state, viewedOf(whole));
  expect(next.viewed.tabs.map(({ name }) => name)).toEqual(['layers', 'files', 'modules', 'waste', 'access']);
  expect([tabOf(next), placeOf(next)]).toEqual(['waste', placeOf(state)]);
});

test('a program that was selected can be opened afterwards', () => {
  const found = ['2', '/', ...Array.from('server'), 'enter'].reduce(press, before());
  const at = placeOf(found);
  expect(at).toMatch(/server$/);
  expect(found.pane.index.count(lookedAt(found))).toBe(0);
  const next = exchange(found, viewedOf(whole));
  expect(placeOf(next)).toBe(at);
  expect(next.pane.index.count(lookedAt(next))).toBeGreaterThan(0);
  expect(next.pane.search?.text).toBe('server');
});

test('whatever was pressed: the same place, tab, order and filter, and a screen that can be drawn', () => {
  fc.assert(
    fc.property(fc.array(anyKey, { maxLength: 40 }), (keys) => {
      const state = keys.reduce(press, before());
      if (state.exit !== undefined) return;
      const next = exchange(state, viewedOf(whole));
      expect([tabOf(next), placeOf(next), next.pane.sort, next.pane.filter?.text]).toEqual([
        tabOf(state),
        placeOf(state),
        state.pane.sort,
        state.pane.filter?.text,
      ]);
      expect(linesOf(next)).toHaveLength(24);
    }),
    { numRuns: 200 },
  );
});
