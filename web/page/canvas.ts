/** A canvas at the size that the page gives it, in the pixels of the screen. */

import { canvasPen } from '../drawing/canvas-pen.js';
import type { Pixels } from '../drawing/pixels.js';
import type { Pen } from '../library.js';
import { isPrinting, onScheme, shown } from './scheme.js';

export interface Surface {
  readonly canvas: HTMLCanvasElement;
  /** In pixels of the page. */
  width(): number;
  height(): number;
  /** Pixels of the screen for one of the page. */
  ratio(): number;
  /** Asks for a drawing with the next frame. */
  redraw(): void;
}

export interface Drawing {
  readonly pen: Pen;
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
  /**
   * The canvas's pixels, all paper, or `kept`, as they were left where what they show is the same; `put` shows
   * them. They are new in any case after the size has changed.
   */
  pixels(isSame?: boolean): Pixels & { readonly kept: boolean; put(): void };
}

/** What is no further from the view than that is drawn. */
const NEAR = '300px';

/** Draws when asked, when the size changes and when the scheme does; once a frame at most. */
export function surface(
  canvas: HTMLCanvasElement,
  draw: (drawing: Drawing) => void,
  {
    fixed,
  }: {
    readonly fixed?: () => { readonly width: number; readonly height: number } | undefined;
  } = {},
): Surface {
  const context = canvas.getContext('2d', { alpha: true });
  if (context === null) throw new Error('this browser has no canvas');
  /** A frame is asked for. */
  let isAsked = false;
  /** Far from the view nothing is drawn, so that what is looked at need not wait: it is owed until it is near. */
  let isNear = false;
  let isOwed = false;
  let image: ImageData | undefined;
  /** As the page was laid out last: to ask for it amid drawings would lay it out after each of them. */
  let box: { readonly width: number; readonly height: number } | undefined;
  const size = (): { readonly width: number; readonly height: number } =>
    fixed?.() ?? box ?? { width: canvas.clientWidth, height: canvas.clientHeight };
  const ratio = (): number => Math.min(3, devicePixelRatio || 1);
  const paint = (): void => {
    isAsked = false;
    isOwed = false;
    const { width, height } = size();
    if (width === 0 || height === 0) return;
    const wide = Math.round(width * ratio());
    const high = Math.round(height * ratio());
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
      image = undefined;
    }
    const begin = performance.now();
    context.setTransform(ratio(), 0, 0, ratio(), 0, 0);
    context.clearRect(0, 0, width, height);
    draw({
      pen: canvasPen(context, shown),
      context,
      width,
      height,
      ratio: ratio(),
      pixels(isSame = false) {
        const kept = isSame && image !== undefined;
        image ??= context.createImageData(wide, high);
        const held = image;
        const data = new Uint32Array(held.data.buffer);
        if (!kept) data.fill(0);
        return {
          kept,
          data,
          width: wide,
          height: high,
          put: () => context.putImageData(held, 0, 0),
        };
      },
    });
    // The last painting's time, for scripts/web-budgets.mjs.
    const name = `paint ${canvas.id}`;
    performance.clearMeasures(name);
    performance.measure(name, { start: begin });
  };
  let isDrawn = false;
  const redraw = (): void => {
    isDrawn = true;
    isOwed = true;
    // The page is laid out for what it owes, too.
    if (!isNear) fixed?.();
    if (isAsked || !isNear) return;
    isAsked = true;
    requestAnimationFrame(paint);
  };
  /** Not before it was asked for a first drawing. */
  const again = (): void => {
    if (isDrawn) redraw();
  };
  new ResizeObserver(() => {
    box = { width: canvas.clientWidth, height: canvas.clientHeight };
    again();
  }).observe(canvas);
  const nearness = new IntersectionObserver(
    (entries) => {
      isNear = entries.at(-1)?.isIntersecting === true;
      if (isNear && isOwed) redraw();
    },
    { rootMargin: NEAR },
  );
  nearness.observe(canvas);
  onScheme(() => {
    if (isPrinting() && isDrawn) paint();
    else again();
  });
  return {
    canvas,
    width: () => size().width,
    height: () => size().height,
    ratio,
    redraw,
  };
}
