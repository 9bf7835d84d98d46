/** The pen of the drawing pad. */

/** How far a pen's ink reaches, in cells, on a pad of 8 by 8; on finer ones a little more. */
const REACH = 1.05;

/** Inks the cells of a square near a stroke from one point to another, in cells. */
export function inkStroke(
  image: Uint8Array,
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
): void {
  const side = Math.round(Math.sqrt(image.length));
  const reach = Math.max(REACH, side / 14);
  const length = (x1 - x0) ** 2 + (y1 - y0) ** 2;
  for (let cell = 0; cell < image.length; cell++) {
    const x = (cell % side) + 0.5;
    const y = Math.floor(cell / side) + 0.5;
    const along = length === 0 ? 0 : ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length;
    const t = Math.min(1, Math.max(0, along));
    const distance = Math.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0));
    const ink = Math.round(255 * Math.min(1, Math.max(0, 1.35 * (reach - distance))));
    if (ink > image[cell]) image[cell] = ink;
  }
}
