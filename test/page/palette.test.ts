import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { dark, light, mix, type Palette } from '../../src/page/browser/palette.ts';

/** Contrast of two colours, as WCAG 2 defines it. */
function contrast(first: string, second: string): number {
  const [low, high] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const themes: readonly (readonly [string, Palette])[] = [
  ['light', light],
  ['dark', dark],
];

test.each(themes)('text on every box of the %s map can be read', (_, { surface, ink, muted, grey, hues }) => {
  for (const colour of [...hues, grey]) {
    expect(contrast(ink, colour)).toBeGreaterThan(4.5);
    for (const part of [0.3, 0.44, 0.56, 0.66]) {
      const around = mix(surface, colour, part);
      expect(contrast(ink, around)).toBeGreaterThan(4.5);
      expect(contrast(muted, around)).toBeGreaterThan(4.5);
    }
  }
});

test.each(themes)('colours of the %s map differ from each other', (_, { hues }) => {
  for (const [index, one] of hues.entries())
    for (const other of hues.slice(index + 1)) {
      const apart = [1, 3, 5].map(
        (at) => Number.parseInt(one.slice(at, at + 2), 16) - Number.parseInt(other.slice(at, at + 2), 16),
      );
      expect(Math.hypot(...apart)).toBeGreaterThan(24);
    }
});

test('text of the page can be read in both themes', () => {
  const style = readFileSync(path.join(import.meta.dirname, '../../src/page/browser/style.css'), 'utf8');
  const blocks = [...style.matchAll(/:root[^{]*\{([^}]*)\}/g)].map(
    ([, body = '']) =>
      new Map([...body.matchAll(/--(\w+): (#\w{6})/g)].map(([, name = '', value = '']) => [name, value])),
  );
  expect(blocks).toHaveLength(2);
  for (const colours of blocks)
    for (const back of ['paper', 'raised', 'surface', 'tint'])
      for (const front of ['ink', 'muted', 'accent', 'warn'])
        expect(contrast(colours.get(front) ?? '', colours.get(back) ?? '')).toBeGreaterThan(4.5);
});
