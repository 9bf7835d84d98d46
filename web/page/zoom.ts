/** Zooming and moving a canvas: wheel with control, two fingers, a drag, keys, and the buttons beside it. */

export interface Zoom {
  /** 1: the whole picture fits. */
  scale: number;
  /** What stands at the canvas's left and top, in pixels of the page at this scale. */
  x: number;
  y: number;
}

interface Limits {
  readonly most: number;
  /** Whether one finger moves the picture, or is left to scroll the page. */
  readonly drag: boolean;
}

/** Keeps the picture in the canvas. */
function clamp(zoom: Zoom, canvas: HTMLCanvasElement, most: number): void {
  zoom.scale = Math.min(most, Math.max(1, zoom.scale));
  const room = (size: number): number => size * (zoom.scale - 1);
  zoom.x = Math.min(Math.max(0, zoom.x), room(canvas.clientWidth));
  zoom.y = Math.min(Math.max(0, zoom.y), room(canvas.clientHeight));
}

/** Scales around a point of the canvas that stays where it is. */
export function zoomAt(
  zoom: Zoom,
  canvas: HTMLCanvasElement,
  [x, y]: readonly [number, number],
  factor: number,
  most: number,
): void {
  const before = zoom.scale;
  const scale = factor === 0 ? 1 : Math.min(most, Math.max(1, before * factor));
  zoom.scale = scale;
  zoom.x = (zoom.x + x) * (scale / before) - x;
  zoom.y = (zoom.y + y) * (scale / before) - y;
  clamp(zoom, canvas, most);
  // A picture that is whole leaves one finger to the page, as its style says; another is moved by it.
  canvas.style.touchAction = zoom.scale > 1 ? 'none' : '';
  canvas.dataset.zoom = zoom.scale.toFixed(2);
}

/**
 * Follows the pointers on a canvas; `onTap` is told of a press that did not move, at a point of the canvas.
 */
export function followPointers(
  canvas: HTMLCanvasElement,
  zoom: Zoom,
  { most, drag }: Limits,
  redraw: () => void,
  onTap: (x: number, y: number) => void,
): void {
  const pointers = new Map<number, readonly [number, number]>();
  let moved = 0;
  const place = (event: PointerEvent | WheelEvent): readonly [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (pointers.size === 0) moved = 0;
    pointers.set(event.pointerId, place(event));
    // Else a press that ends beside the canvas would never end here.
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = place(event);
    const others = [...pointers].filter(([id]) => id !== event.pointerId);
    pointers.set(event.pointerId, now);
    moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (others.length === 1) {
      const [, other] = others[0];
      const apart = (point: readonly [number, number]): number =>
        Math.max(1, Math.hypot(point[0] - other[0], point[1] - other[1]));
      const middle: readonly [number, number] = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
      // What was between the fingers stays between them.
      zoom.x -= (now[0] - before[0]) / 2;
      zoom.y -= (now[1] - before[1]) / 2;
      zoomAt(zoom, canvas, middle, apart(now) / apart(before), most);
    } else if (others.length === 0 && moved > 4 && (drag || zoom.scale > 1)) {
      zoom.x -= now[0] - before[0];
      zoom.y -= now[1] - before[1];
      clamp(zoom, canvas, most);
    }
    redraw();
  });
  const lift = (event: PointerEvent): void => {
    const [x, y] = place(event);
    const isTap = pointers.size === 1 && moved <= 4 && event.type === 'pointerup';
    pointers.delete(event.pointerId);
    if (isTap) onTap(x, y);
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
  canvas.addEventListener('lostpointercapture', ({ pointerId }) => pointers.delete(pointerId));
  canvas.addEventListener(
    'wheel',
    (event) => {
      // Without a key the wheel scrolls the page.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomAt(zoom, canvas, place(event), Math.exp(-event.deltaY / 200), most);
      redraw();
    },
    { passive: false },
  );
}

/** Buttons with `data-zoom` of this name; `data-by` 0 is the whole picture. */
export function followButtons(
  name: string,
  canvas: HTMLCanvasElement,
  zoom: Zoom,
  most: number,
  redraw: () => void,
): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>(`[data-zoom="${name}"]`)) {
    button.addEventListener('click', () => {
      const middle = [canvas.clientWidth / 2, canvas.clientHeight / 2] as const;
      zoomAt(zoom, canvas, middle, Number(button.dataset.by), most);
      redraw();
    });
  }
}

/** Keys on the canvas: plus, minus, and 0 for the whole picture. */
export function followKeys(
  canvas: HTMLCanvasElement,
  zoom: Zoom,
  most: number,
  redraw: () => void,
): void {
  const factors: Readonly<Record<string, number>> = { '+': 1.5, '=': 1.5, '-': 1 / 1.5, '0': 0 };
  canvas.addEventListener('keydown', (event) => {
    const factor = factors[event.key];
    if (factor === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const middle = [canvas.clientWidth / 2, canvas.clientHeight / 2] as const;
    zoomAt(zoom, canvas, middle, factor, most);
    redraw();
  });
}
