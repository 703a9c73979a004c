import type { Box } from './layout.ts';
import type { Look } from './look.ts';
import type { State } from './store.ts';

/** Paints what changes often above the map: what a search left out, what the pointer is on, what is selected. */
export function paintOverlay(
  canvas: CanvasRenderingContext2D,
  boxes: readonly Box[],
  state: State,
  look: Look,
  focused: boolean,
): void {
  if (state.matches) dim(canvas, boxes, state, look);
  const { palette } = look;
  const hovered = boxes.find((box) => box.node === state.hover && box.depth > 0);
  if (hovered) outline(canvas, hovered, palette.ink, 1.5, 0.75);
  const selected = boxes.find((box) => box.node === state.selected && box.depth > 0);
  if (!selected) return;
  outline(canvas, selected, palette.surface, 5, 1.5);
  outline(canvas, selected, focused ? palette.accent : palette.ink, focused ? 3 : 2, 1.5);
}

function dim(
  canvas: CanvasRenderingContext2D,
  boxes: readonly Box[],
  { tree, matches, root }: State,
  { palette }: Look,
): void {
  if (!matches) return;
  const { marks } = matches;
  if (tree.path(root).some((node) => marks[node] === 1)) return;
  // A box is lit when it matches, lies in one that does, or holds one too small to be seen.
  const lit = new Set<number>();
  canvas.fillStyle = palette.surface;
  canvas.globalAlpha = 0.78;
  for (const box of boxes) {
    if (box.depth === 0) continue;
    const mark = marks[box.node];
    if (mark === 1 || lit.has(tree.parent[box.node] ?? -1)) lit.add(box.node);
    else if (mark !== 2) {
      // Once for all that lies in it.
      if (marks[tree.parent[box.node] ?? 0] === 2 || box.depth === 1)
        canvas.fillRect(box.x, box.y, box.width, box.height);
    }
  }
  canvas.globalAlpha = 1;
}

function outline(
  canvas: CanvasRenderingContext2D,
  { x, y, width, height }: Box,
  colour: string,
  thick: number,
  inset: number,
): void {
  canvas.strokeStyle = colour;
  canvas.lineWidth = thick;
  canvas.strokeRect(
    x + inset,
    y + inset,
    Math.max(1, width - 1 - 2 * inset),
    Math.max(1, height - 1 - 2 * inset),
  );
}
