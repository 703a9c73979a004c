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
  openFill(node: number): string;
  /** Of an entry of the legend. */
  hue(hue: number): string;
}

export function makeLook(tree: Tree, palette: Palette, colouring: Colouring): Look {
  const classes = classify(tree, colouring);
  const hue = (index: number): string => palette.hues[index] ?? palette.grey;
  const plain = mix(palette.surface, palette.grey, 0.55);
  const closed = classes.legend.map((entry) => hue(entry.hue));
  const open = closed.map((colour) => mix(palette.surface, colour, 0.4));
  const of = (node: number, colours: readonly string[]): string => {
    const one = classes.of[node] ?? none;
    return one === none ? plain : (colours[one] ?? plain);
  };
  return {
    palette,
    colouring,
    classes,
    fill: (node) => of(node, closed),
    openFill: (node) => of(node, open),
    hue,
  };
}
