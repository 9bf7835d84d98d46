/** A matrix of trained weights as cells: colour for the sign, stronger for larger weights. */
import { palette } from '../library.js';
import type { TrainedMatrix } from '../worker/protocol.js';
import { type Pixels, pixelOf } from './pixels.js';

const STEPS = 255;

/** Pixels for weights from the largest negative to the largest positive, `STEPS` steps to each side of 0. */
export function matrixPixels(shown: (light: string) => string, paper: string): Uint32Array {
  const { positive, negative } = palette.SIGNS;
  const [minus, plus] = [shown(negative), shown(positive)];
  return Uint32Array.from({ length: 2 * STEPS + 1 }, (_, at) =>
    pixelOf(at < STEPS ? minus : plus, Math.sqrt(Math.abs(at - STEPS) / STEPS), paper),
  );
}

/** Fills the image; where it has fewer pixels than the matrix has cells, some cells are not seen. */
export function drawMatrixPixels(
  { data, width, height }: Pixels,
  { rows, columns, values }: TrainedMatrix,
  table: Uint32Array,
): void {
  const most = values.reduce((sum, value) => Math.max(sum, Math.abs(value)), Number.MIN_VALUE);
  const columnAt = Uint32Array.from({ length: width }, (_, x) => Math.floor((x * columns) / width));
  for (let y = 0; y < height; y++) {
    const start = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width; x++) {
      const share = values[start + columnAt[x]] / most;
      data[y * width + x] = table[STEPS + Math.round(STEPS * share)];
    }
  }
}
