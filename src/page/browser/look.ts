import type { Colouring } from '../data.ts';
import { classify, type Classes } from './classes.ts';
import { mix, type Palette } from './palette.ts';
import { none } from './sorts.ts';
import type { Tree } from './tree.ts';

/** How nodes are painted at this moment: the colours of a theme, given out by one way of colouring. */
export interface Look {
  readonly palette: Palette;
  readonly colouring: Colouring;
  readonly classes: Classes;
  /** Of a node as a box without boxes in it. */
  fill(node: number): string;
  /** Of a node that other boxes lie in. */
  openFill(node: number, depth: number): string;
  /** Of all that is too small to be a box of its own. */
  restFill(node: number): string;
  /** Of an entry of the legend. */
  hue(hue: number): string;
}

export function makeLook(tree: Tree, palette: Palette, colouring: Colouring): Look {
  const classes = classify(tree, colouring);
  const hue = (index: number): string => palette.hues[index] ?? palette.grey;
  const plain = mix(palette.surface, palette.grey, 0.55);
  const closed = classes.legend.map((entry) => hue(entry.hue));
  // Deeper ones are stronger, so that what lies in one another can be told apart.
  const open = [0.3, 0.44, 0.56, 0.66].map((part) => ({
    plain: mix(palette.surface, palette.grey, part),
    colours: closed.map((colour) => mix(palette.surface, colour, part)),
  }));
  const blurred = closed.map((colour) => mix(palette.surface, colour, 0.82));
  const of = (node: number, colours: readonly string[], others: string): string => {
    const one = classes.of[node] ?? none;
    return one === none ? others : (colours[one] ?? others);
  };
  return {
    palette,
    colouring,
    classes,
    fill: (node) => of(node, closed, plain),
    openFill: (node, depth) => {
      const level = open[Math.min(depth, open.length) - 1];
      return level ? of(node, level.colours, level.plain) : plain;
    },
    restFill: (node) => of(node, blurred, mix(palette.surface, palette.grey, 0.82)),
    hue,
  };
}
