import type { Box } from './layout.ts';
import type { Look } from './look.ts';
import { lastPart, type Tree } from './tree.ts';
import { bytes } from './words.ts';

const family = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const small = `12px ${family}`;
const strong = `600 12px ${family}`;

/** Paints all boxes, outer ones first. The canvas is scaled to CSS pixels. */
export function paintBoxes(
  canvas: CanvasRenderingContext2D,
  tree: Tree,
  boxes: readonly Box[],
  look: Look,
): void {
  const hatch = hatching(canvas, look.palette.ink);
  canvas.textBaseline = 'top';
  for (const box of boxes) {
    if (box.depth === 0) {
      canvas.fillStyle = look.palette.surface;
      canvas.fillRect(box.x, box.y, box.width, box.height);
      if (!box.rest) continue;
      canvas.fillStyle = look.restFill(box.node);
      canvas.fillRect(box.rest.x, box.rest.y, box.rest.width, box.rest.height);
      continue;
    }
    canvas.fillStyle = box.open ? look.openFill(box.node, box.depth) : look.fill(box.node);
    shape(canvas, box);
    if (hatch && tree.waste(box.node) !== undefined) {
      canvas.fillStyle = hatch;
      shape(canvas, box);
    }
    if (box.rest) {
      canvas.fillStyle = look.restFill(box.node);
      canvas.fillRect(box.rest.x, box.rest.y, box.rest.width - 1, box.rest.height - 1);
    }
    if (box.header > 0) headerText(canvas, tree, box, look);
    else if (!box.open) leafText(canvas, tree, box, look);
  }
}

/** A pixel stays free between neighbours. */
function shape(canvas: CanvasRenderingContext2D, { x, y, width, height }: Box): void {
  const gap = width > 3 && height > 3 ? 1 : 0;
  if (width < 24 || height < 24) {
    canvas.fillRect(x, y, width - gap, height - gap);
    return;
  }
  canvas.beginPath();
  canvas.roundRect(x, y, width - gap, height - gap, 3);
  canvas.fill();
}

function headerText(canvas: CanvasRenderingContext2D, tree: Tree, box: Box, look: Look): void {
  const size = bytes(tree.bytes[box.node] ?? 0);
  canvas.font = small;
  const sizeWidth = canvas.measureText(size).width;
  const room = box.width - 10;
  const withSize = room > sizeWidth + 60;
  if (withSize) {
    canvas.fillStyle = look.palette.muted;
    canvas.fillText(size, box.x + box.width - 6 - sizeWidth, box.y + 4);
  }
  canvas.font = strong;
  canvas.fillStyle = look.palette.ink;
  canvas.fillText(
    fit(canvas, tree.shortName(box.node), withSize ? room - sizeWidth - 10 : room),
    box.x + 5,
    box.y + 4,
  );
}

function leafText(canvas: CanvasRenderingContext2D, tree: Tree, box: Box, look: Look): void {
  const room = box.width - 9;
  if (room < 24 || box.height < 17) return;
  canvas.font = small;
  canvas.fillStyle = look.palette.ink;
  const text = fit(canvas, tree.shortName(box.node), room);
  if (text.length < 3 && text !== tree.shortName(box.node)) return;
  const top = box.y + Math.min(5, (box.height - 12) / 2);
  canvas.fillText(text, box.x + 5, top);
  if (box.height < 36) return;
  const size = bytes(tree.bytes[box.node] ?? 0);
  if (canvas.measureText(size).width > room) return;
  canvas.fillStyle = look.palette.ink;
  canvas.globalAlpha = 0.8;
  canvas.fillText(size, box.x + 5, top + 16);
  canvas.globalAlpha = 1;
}

/** As much of a text as has room, with an ellipsis for the rest. Of a path the end says most, of other names the start. */
function fit(canvas: CanvasRenderingContext2D, text: string, room: number): string {
  const fits = (some: string): boolean => canvas.measureText(some).width <= room;
  // No letter is narrower than two pixels: of a very long name only some has to be measured.
  const most = Math.ceil(room / 2);
  if (text.length <= most && fits(text)) return text;
  // What has spaces is an instruction.
  const isPath = !text.includes(' ');
  for (let slash = isPath ? text.indexOf('/') : -1; slash >= 0; slash = text.indexOf('/', slash + 1)) {
    if (text.length - slash > most || /^\/v\d+$/.test(text.slice(slash, slash + 5))) continue;
    const end = `…${text.slice(slash)}`;
    if (end.length > 3 && fits(end)) return end;
  }
  const last = isPath ? lastPart(text) : text;
  let length = 0;
  let beyond = Math.min(last.length, most);
  while (length + 1 < beyond) {
    const middle = (length + beyond) >> 1;
    if (fits(`${last.slice(0, middle)}…`)) length = middle;
    else beyond = middle;
  }
  return length === 0 ? '' : `${last.slice(0, length)}…`;
}

/** Thin stripes over what is waste. */
function hatching(canvas: CanvasRenderingContext2D, ink: string): CanvasPattern | null {
  const tile = document.createElement('canvas');
  tile.width = 8;
  tile.height = 8;
  const pen = tile.getContext('2d');
  if (!pen) return null;
  pen.strokeStyle = ink;
  pen.globalAlpha = 0.22;
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (const from of [-8, 0, 8]) {
    pen.moveTo(from, 8);
    pen.lineTo(from + 8, 0);
  }
  pen.stroke();
  return canvas.createPattern(tile, 'repeat');
}
