import { announceMap, select, zoomTo } from './actions.ts';
import { make } from './dom.ts';
import { boxAt, layoutTree, type Box } from './layout.ts';
import type { Look } from './look.ts';
import { paintOverlay } from './overlay.ts';
import { paintBoxes } from './paint.ts';
import type { Store } from './store.ts';
import { playZoom } from './zoom.ts';

/** The treemap. */
export interface MapView {
  readonly element: HTMLElement;
  /** The canvas that takes the keyboard's focus. */
  readonly canvas: HTMLCanvasElement;
  boxes(): readonly Box[];
  /** Paints again with another look. */
  repaint(): void;
}

/** A canvas with the boxes, painted when they change, and one above it with what changes under the pointer. */
export function makeMap(store: Store, look: () => Look): MapView {
  const canvas = make('canvas', {
    class: 'boxes',
    tabindex: 0,
    role: 'application',
    'aria-roledescription': 'treemap',
    'aria-describedby': 'details',
  });
  const above = make('canvas', { class: 'overlay', 'aria-hidden': 'true' });
  const element = make('div', { class: 'map' }, canvas, above);
  const pen = canvas.getContext('2d', { alpha: false });
  const overlayPen = above.getContext('2d');
  if (!pen || !overlayPen) throw new Error('this browser has no canvas');
  let boxes: readonly Box[] = [];
  let width = 0;
  let height = 0;
  let picture = make('canvas');
  let stop = (): void => undefined;
  let waiting = 0;
  let moving = false;

  const overlay = (): void => {
    waiting = 0;
    overlayPen.clearRect(0, 0, width, height);
    if (!moving) paintOverlay(overlayPen, boxes, store.get(), look(), document.activeElement === canvas);
  };
  const overlaySoon = (): void => {
    if (waiting === 0) waiting = requestAnimationFrame(overlay);
  };
  const render = (): HTMLCanvasElement => {
    const { tree, root } = store.get();
    boxes = layoutTree(tree, root, width, height);
    const fresh = make('canvas', { width: canvas.width, height: canvas.height });
    const ink = fresh.getContext('2d', { alpha: false });
    if (ink) {
      ink.scale(canvas.width / width, canvas.height / height);
      paintBoxes(ink, tree, boxes, look());
    }
    canvas.setAttribute('aria-label', announceMap(store.get()));
    return fresh;
  };
  const show = (fresh: HTMLCanvasElement): void => {
    stop();
    moving = false;
    picture = fresh;
    pen.drawImage(picture, 0, 0, width, height);
    overlay();
  };
  const repaint = (): void => {
    if (width > 0 && height > 0) show(render());
  };
  const zoom = (before: number, now: number): void => {
    if (width === 0 || height === 0) return;
    const { tree } = store.get();
    const into = tree.within(now, before);
    const earlier = boxes;
    const from = picture;
    const fresh = render();
    const [outer, inner] = into ? [earlier, now] : [boxes, before];
    const small = outer.find(({ node }) => node === inner);
    stop();
    if (!small) {
      show(fresh);
      return;
    }
    picture = fresh;
    moving = true;
    overlay();
    stop = playZoom(pen, { from, to: fresh, small, into }, width, height, () => show(fresh));
  };
  const resize = (): void => {
    const ratio = window.devicePixelRatio || 1;
    width = Math.floor(element.clientWidth);
    height = Math.floor(element.clientHeight);
    for (const one of [canvas, above]) {
      one.width = Math.round(width * ratio);
      one.height = Math.round(height * ratio);
    }
    if (width === 0 || height === 0) return;
    pen.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
    overlayPen.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
    repaint();
  };

  new ResizeObserver(resize).observe(element);
  watchRatio(resize);
  pointer(canvas, store, () => boxes);
  canvas.addEventListener('focus', overlaySoon);
  canvas.addEventListener('blur', overlaySoon);
  store.listen((now, before) => {
    if (now.tree !== before.tree) repaint();
    else if (now.root !== before.root) zoom(before.root, now.root);
    else overlaySoon();
    if (now.selected !== before.selected) canvas.setAttribute('aria-label', announceMap(now));
  });
  return { element, canvas, boxes: () => boxes, repaint };
}

/** Calls back when the page moves to a screen of other pixels, or is zoomed. */
function watchRatio(changed: () => void): void {
  matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`).addEventListener(
    'change',
    () => {
      changed();
      watchRatio(changed);
    },
    { once: true },
  );
}

/** The first click selects, the second zooms; so it is with fingers too. */
function pointer(canvas: HTMLCanvasElement, store: Store, boxes: () => readonly Box[]): void {
  let frame = 0;
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'touch') return;
    const { offsetX, offsetY } = event;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => store.set({ hover: boxAt(boxes(), offsetX, offsetY)?.node ?? -1 }));
  });
  canvas.addEventListener('pointerleave', () => {
    cancelAnimationFrame(frame);
    store.set({ hover: -1 });
  });
  canvas.addEventListener('click', ({ offsetX, offsetY }) => {
    const box = boxAt(boxes(), offsetX, offsetY);
    if (!box) return;
    if (box.node === store.get().selected) zoomTo(store, box.node);
    else select(store, box.node);
  });
}
