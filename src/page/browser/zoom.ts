import type { Rect } from './squarify.ts';

const milliseconds = 240;

/** A zoom from one picture of the map to the next: `small` is where the one lies in the other. */
export interface Zoom {
  readonly from: HTMLCanvasElement;
  readonly to: HTMLCanvasElement;
  readonly small: Rect;
  readonly into: boolean;
}

/**
 * Plays a zoom on a canvas scaled to CSS pixels, then calls `done`. People who asked for less motion see none.
 * @returns stops it
 */
export function playZoom(
  canvas: CanvasRenderingContext2D,
  zoom: Zoom,
  width: number,
  height: number,
  done: () => void,
): () => void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
    done();
    return () => undefined;
  }
  const start = performance.now();
  let frame = 0;
  const step = (now: number): void => {
    const time = Math.min(1, Math.max(0, (now - start) / milliseconds));
    if (time >= 1) {
      done();
      return;
    }
    const eased = 1 - (1 - time) ** 3;
    drawBetween(canvas, zoom, zoom.into ? eased : 1 - eased, width, height);
    frame = requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
}

/** @param part 0: the inner picture is in its place in the outer one; 1: it fills the map */
function drawBetween(
  canvas: CanvasRenderingContext2D,
  { from, to, small, into }: Zoom,
  part: number,
  width: number,
  height: number,
): void {
  const outer = into ? from : to;
  const inner = into ? to : from;
  const x = small.x * (1 - part);
  const y = small.y * (1 - part);
  const wide = small.width + (width - small.width) * part;
  const high = small.height + (height - small.height) * part;
  const scaleX = wide / small.width;
  const scaleY = high / small.height;
  canvas.drawImage(outer, x - small.x * scaleX, y - small.y * scaleY, width * scaleX, height * scaleY);
  canvas.globalAlpha = part;
  canvas.drawImage(inner, x, y, wide, high);
  canvas.globalAlpha = 1;
}
