/** The cells of the neuron map as pixels, in any state between the seed's order and the roles'. */
import {
  CELL_GROUPS,
  cellOpacity,
  cellPlace,
  GROUP_COLOURS,
  type MapFrame,
  type NeuronMap,
} from '../library.js';
import { fillPixels, type Pixels, pixelOf } from './pixels.js';

/** Pixels for each group and each of 256 lights, `256 * group + light`. */
export function cellPixels(shown: (light: string) => string, paper: string): Uint32Array {
  const table = new Uint32Array(256 * CELL_GROUPS.length);
  CELL_GROUPS.forEach((name, group) => {
    const colour = shown(GROUP_COLOURS[name]);
    for (let light = 0; light < 256; light++) {
      table[256 * group + light] = pixelOf(colour, cellOpacity(group, light), paper);
    }
  });
  return table;
}

/** A frame in pixels of the image rather than of the page. */
export function drawMapPixels(
  pixels: Pixels,
  map: NeuronMap,
  { grid, left, top, width, height }: MapFrame,
  table: Uint32Array,
  sorted: number,
  lit: readonly Uint8Array[] | undefined,
): void {
  const gapX = width > 3 ? 1 : 0;
  const gapY = height > 4 ? 1 : 0;
  map.layers.forEach(({ groups }, index) => {
    const light = lit?.[index];
    for (let neuron = 0; neuron < groups.length; neuron++) {
      const [column, row] = cellPlace(map, grid, index, neuron, sorted);
      const x = Math.round(left + column * width);
      const y = Math.round(top + row * height);
      const right = Math.round(left + (column + 1) * width) - gapX;
      const bottom = Math.max(y + 1, Math.round(top + (row + 1) * height) - gapY);
      const pixel = table[256 * groups[neuron] + (light === undefined ? 255 : light[neuron])];
      fillPixels(pixels, x, y, right, bottom, pixel);
    }
  });
}
