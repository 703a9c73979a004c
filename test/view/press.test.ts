import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayWidth } from '../../src/render/width.ts';
import { draw } from '../../src/view/draw/draw.ts';
import { painter } from '../../src/view/draw/painter.ts';
import { press } from '../../src/view/press.ts';
import { lookedAt, resize, selected, start, type State } from '../../src/view/state.ts';
import { viewedOf } from '../../src/view/tabs/viewed.ts';
import { bigTree, binaryExplanation, imageExplanation } from './explanations.ts';
import { anyKey, linesOf } from './walk.ts';

const image = viewedOf(imageExplanation());
const binary = viewedOf(binaryExplanation());

function walked(state: State, ...keys: readonly string[]): State {
  return keys.reduce(press, state);
}

/** A prompt answered with a text. */
function typed(state: State, key: string, text: string): State {
  return walked(state, key, 'ctrl-u', ...Array.from(text), 'enter');
}

const shown = (state: State): string => linesOf(state).join('\n');
const nameOf = (state: State): string => state.pane.index.tree.names[lookedAt(state)] ?? '';

describe('whatever is pressed, in a window of any size', () => {
  const painters = [painter({ color: true, utf8: true }), painter({ color: false, utf8: false })];
  // oxlint-disable-next-line no-control-regex
  const markup = /\u001B\[\d+m/g;
  const window = fc.record({
    columns: fc.integer({ min: 1, max: 130 }),
    rows: fc.integer({ min: 1, max: 50 }),
  });
  const step = fc.oneof({ weight: 12, arbitrary: anyKey }, { weight: 1, arbitrary: window });

  test('the screen is full, no line is wider, nothing from outside moves the cursor, what is selected is in sight', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(image, binary),
        window,
        fc.array(step, { maxLength: 60 }),
        (viewed, size, steps) => {
          let state = resize(start(viewed), size);
          for (const each of steps)
            state = typeof each === 'string' ? press(state, each) : resize(state, each);
          for (const paint of painters) {
            const { lines, cursor, body } = draw(state, paint);
            expect(lines).toHaveLength(state.rows);
            for (const line of lines) {
              expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(1, state.columns - 1));
              // oxlint-disable-next-line no-control-regex
              expect(line.replaceAll(markup, '')).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E]/);
            }
            expect(cursor.row).toBeLessThan(state.rows);
            expect(cursor.column).toBeLessThan(Math.max(2, state.columns));
            if (state.covers.length > 0 || state.prompt !== undefined) continue;
            expect(cursor.row).toBe(body.from + state.pane.at - state.pane.top);
            expect(cursor.row).toBeLessThan(body.to);
            expect(lines[cursor.row]).toMatch(state.columns < 4 ? /^/ : /[›>]/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('in the tree', () => {
  const files = walked(start(image), '2');

  test('it opens and closes, and goes to the first part and to the whole', () => {
    const usr = walked(files, 'down');
    expect(nameOf(usr)).toBe('usr');
    const open = walked(usr, 'right');
    expect(shown(open)).toContain('▾ usr/');
    expect(nameOf(walked(open, 'right'))).toBe('local');
    expect(nameOf(walked(open, 'right', 'left', 'left'))).toBe('usr');
    expect(shown(walked(open, 'right', 'left', 'left'))).toContain('▸ usr/');
    expect(nameOf(walked(open, 'right', 'backspace', 'backspace'))).toBe('shop-api:1.4.2');
  });

  test('a part that is closed away leaves its whole selected', () => {
    const inside = typed(files, '/', 'libssl');
    const closed = walked(inside, 'left', 'left', 'left');
    expect(nameOf(closed)).toBe('lib');
    expect(walked(inside, 'home', 'left').pane.rows).toHaveLength(1);
  });

  test('lines stand by size, then by name, then as they lie, and the same one stays selected', () => {
    const order = (state: State): string[] =>
      [...state.pane.rows].slice(1).map((node) => state.pane.index.tree.names[node] ?? '');
    const etc = typed(files, '/', 'etc');
    expect(order(etc)).toEqual(['usr', 'var', 'odd', 'etc']);
    expect(order(walked(etc, 's'))).toEqual(['etc', 'odd', 'usr', 'var']);
    expect(order(walked(etc, 's', 's'))).toEqual(['usr', 'var', 'etc', 'odd']);
    for (const state of [etc, walked(etc, 's'), walked(etc, 's', 's')]) expect(nameOf(state)).toBe('etc');
  });

  test('everything below opens at once', () => {
    const all = walked(files, '*');
    expect(all.pane.rows).toHaveLength(all.pane.index.size);
  });

  test('the size and share of what is selected, and the whole, are always there', () => {
    expect(linesOf(walked(files, 'down')).at(-2)).toMatch(/^ usr +45\.6 MB of 52\.0 MB {2}87\.8%$/);
    expect(linesOf(files).at(-2)).toMatch(/^ shop-api:1\.4\.2 +52\.0 MB$/);
  });
});

describe('search', () => {
  const files = walked(start(image), '2');

  test('finds what is closed away, one after the other, round the end, and back', () => {
    const found = typed(files, '/', 'LIBC');
    const names = [found, walked(found, 'n'), walked(found, 'n', 'n')].map(nameOf);
    expect(names).toEqual(['libcrypto.so.3', 'libc.so.6', 'libcrypto.so.3']);
    expect(nameOf(walked(found, 'N'))).toBe('libc.so.6');
    expect(linesOf(found).at(-1)).toBe(' 2 names have "LIBC"');
  });

  test('says when there is none, and stays', () => {
    const none = typed(walked(files, 'down'), '/', 'nowhere');
    expect(nameOf(none)).toBe('usr');
    expect(linesOf(none).at(-1)).toBe(' no name has "nowhere"');
  });

  test('takes signs of patterns as they are', () => {
    expect(nameOf(typed(files, '/', 'libstdc++.so'))).toBe('libstdc++.so.6.0.33');
    expect(nameOf(typed(files, '/', '.*'))).toBe('shop-api:1.4.2');
  });
});

describe('filter', () => {
  const files = walked(start(image), '2');
  const names = (state: State): string[] =>
    [...state.pane.rows].map((node) => state.pane.index.tree.names[node] ?? '');

  test('waste alone, with the way to it', () => {
    const waste = typed(files, 'f', 'waste');
    expect(names(waste)).toEqual(['shop-api:1.4.2', 'usr', 'share', 'doc', 'var', 'lists', 'log']);
    expect(shown(waste)).toContain('filter waste: 3, 6.5 MB');
    expect(nameOf(waste)).toBe('shop-api:1.4.2');
  });

  test('words hold together; text may be of a directory above', () => {
    expect(names(typed(files, 'f', 'kind:link'))).toEqual(['shop-api:1.4.2', 'etc', 'mtab']);
    expect(names(typed(files, 'f', 'etc kind:file'))).toEqual(['shop-api:1.4.2', 'etc', 'passwd']);
    expect(linesOf(typed(files, 'f', 'etc kind:binary')).at(-1)).toBe(' nothing here is "etc kind:binary"');
  });

  test('gone again, the tree stands as before, with the way to what is selected open', () => {
    const before = walked(files, 'down', 'right');
    const after = walked(typed(before, 'f', 'waste'), 'end', 'escape');
    expect(nameOf(after)).toBe('log');
    expect(names(after)).toEqual([...names(before).slice(0, 6), 'var', 'lists', 'log', 'odd', 'etc']);
  });

  test('search finds only what is shown', () => {
    const waste = typed(files, 'f', 'waste');
    expect(linesOf(typed(waste, '/', 'libc')).at(-1)).toBe(' no name has "libc"');
  });
});

describe('treemap', () => {
  const map = walked(start(image), '2', 't');

  test('left and right go from block to block, down into one, up out of it', () => {
    expect(nameOf(map)).toBe('usr');
    expect(nameOf(walked(map, 'right'))).toBe('var');
    const usr = walked(map, 'down');
    expect(shown(usr)).toContain(' usr · 4 parts');
    expect(nameOf(usr)).toBe('local');
    expect(nameOf(walked(usr, 'up'))).toBe('usr');
  });

  test('back in the tree, what was chosen there is selected and in sight', () => {
    const back = walked(map, 'down', 'right', 'down', 't');
    expect(back.covers).toEqual([]);
    expect(nameOf(back)).toBe('x86_64-linux-gnu');
    expect(selected(back.pane)).toBe(lookedAt(back));
  });

  test('of a file: what it lies in, with the file chosen', () => {
    const file = typed(walked(start(image), '2'), '/', 'libssl');
    expect(nameOf(walked(file, 't'))).toBe('libssl.so.3');
    expect(shown(walked(file, 't'))).toContain('x86_64-linux-gnu · 6 parts');
  });

  test('the chosen block is seen without colour', () => {
    expect(shown(map)).toMatch(/┏━+┓/);
  });
});

describe('pages', () => {
  test('details say what is known of a layer, once', () => {
    const details = shown(walked(start(image), 'down', 'i'));
    expect(details).toMatch(/Step +ADD rootfs\.tar\.xz \/ # buildkit/);
    expect(details).not.toContain('Note');
    expect(details).toMatch(/Compressed +29\.1 MB/);
  });

  test('details of the whole have the problems and the Dockerfile, and scroll to their end', () => {
    const details = walked(start(image), 'i');
    expect(shown(details)).toContain('the archive ends too early');
    const small = resize(details, { columns: 80, rows: 12 });
    expect(shown(small)).toMatch(/Details, \d+ more below/);
    expect(shown(small)).not.toContain('ADD rootfs');
    const end = walked(small, 'end', 'down', 'down');
    expect(shown(end)).toContain('ADD rootfs');
    expect(shown(walked(end, 'up'))).toContain('1 more below');
  });

  test('details of a package say by what evidence its bytes are known', () => {
    const found = typed(start(binary), '/', 'github.com/gin-gonic/gin');
    const details = shown(walked(found, 'n', 'i'));
    expect(details).toMatch(/Known by +pclntab: 310\.0 kB, 77\.3%\n +type data: 91\.0 kB, 22\.7%/);
    expect(details).toMatch(/Account +github.com\/gin-gonic\/gin, of github.com\/gin-gonic\/gin v1\.11\.0/);
  });

  test('all keys fit one page at 80x24', () => {
    const keys = shown(walked(start(image), '?'));
    expect(keys).not.toContain('more below');
    expect(keys).toContain('Ctrl-C');
  });

  test('q goes back first, and leaves then; Ctrl-C leaves from anywhere', () => {
    const page = walked(start(image), 't', 'i');
    expect(walked(page, 'q', 'q')).toMatchObject({ covers: [], exit: undefined });
    expect(walked(page, 'q', 'q', 'q').exit).toBe(0);
    expect(walked(page, '/', 'ctrl-c').exit).toBe(130);
  });
});

test('the size of the whole stays in sight, however long its name', () => {
  const named = { ...imageExplanation(), source: `docker-archive:/${'directory/'.repeat(20)}image.tar` };
  expect(linesOf(start(viewedOf(named)))[0]).toMatch(/^ ….*directory\/image\.tar {2}44\.7 MB$/);
});

test('q in a search is a letter', () => {
  expect(walked(start(image), '/', 'q')).toMatchObject({ exit: undefined, prompt: { text: 'q' } });
});

test('each view keeps its place', () => {
  const state = walked(start(image), '2', 'down', 'right', 'down', 'tab', 'shift-tab');
  expect(nameOf(state)).toBe('local');
  expect(walked(state, '9')).toEqual({ ...state, message: undefined });
});

test('the page of access has no sizes', () => {
  const access = shown(walked(start(image), '4', '*'));
  expect(access).toContain('/usr/bin/su  4755 root, layer 1');
  expect(access).not.toContain('0 B');
});

test('a tree of a million nodes is walked to its end', () => {
  const tree = bigTree(1_000_000);
  const view = start(viewedOf({ ...imageExplanation(), trees: { files: tree } }));
  const end = walked(view, '*', 'end');
  expect(end.pane.rows).toHaveLength(1_000_000);
  expect(end.pane.at).toBe(999_999);
  expect(nameOf(typed(view, '/', 'file-999999'))).toBe('file-999999');
});
