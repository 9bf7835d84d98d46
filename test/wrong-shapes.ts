/** Shapes of sources that make no sense, for what users can call with one. */
import * as unearth from './every-entry.js';
import type { Wrong } from './wrong-arguments.js';

const NO_SHAPES: readonly Wrong[] = [undefined, null, 7, {}, { layers: [7] }];

/** No shape at all, and numbers that no source has. */
export const SHAPES: readonly Wrong[] = [
  ...NO_SHAPES,
  { inputs: 1, layers: [{}] },
  { inputs: 0.5, layers: [{ channels: 1 }] },
  { inputs: 1, layers: [{ channels: -1 }] },
];

/** No widths, and no block ends of two layers. */
const WIDTHS: readonly Wrong[] = [undefined, null, 7, [], ['3'], [2.5, 1], [1, -1]];
const ENDS: readonly Wrong[] = [null, [], [1], [2, 1], [1, 3], [0, 2], [1, 1, 2], [1.5, 2]];

const SHAPE = unearth.layeredShape([3, 4]);
const NO_LAYERS: readonly Wrong[] = [undefined, null, 0, 2, 1.5, '1'];
const NO_PLACES: readonly Wrong[] = [
  undefined,
  null,
  {},
  { layer: 1, channel: 0, tap: 0 },
  { layer: 0, channel: 3, tap: 0 },
  { layer: 0, channel: 0, tap: 1 },
];

const each = (values: readonly Wrong[], call: (value: Wrong) => unknown) =>
  values.map((value) => () => call(value));

/** Wrong calls of the functions that take a shape apart or put one together. */
export const SHAPE_CALLS: Readonly<Record<string, readonly (() => unknown)[]>> = {
  layeredShape: [
    ...each(WIDTHS, (widths) => unearth.layeredShape(widths)),
    ...each(ENDS, (ends) => unearth.layeredShape([3, 4, 2], ends)),
  ],
  widthsOf: each(NO_SHAPES, unearth.widthsOf),
  blockEndsOf: each(NO_SHAPES, unearth.blockEndsOf),
  sourceWeights: each(SHAPES, unearth.sourceWeights),
  columnGroups: [
    ...each(SHAPES, (shape) => unearth.columnGroups(shape, 1)),
    ...each(NO_LAYERS, (t) => unearth.columnGroups(SHAPE, t)),
  ],
  columnOf: [
    ...each(SHAPES, (shape) => unearth.columnOf(shape, 1, { layer: 0, channel: 0, tap: 0 })),
    ...each(NO_PLACES, (place) => unearth.columnOf(SHAPE, 1, place)),
  ],
  placeOf: [
    ...each(SHAPES, (shape) => unearth.placeOf(shape, 1, 0)),
    ...each([undefined, null, '0', -1, 0.5, 3], (column) => unearth.placeOf(SHAPE, 1, column)),
  ],
  planesOf: [
    ...each(SHAPES, (shape) => unearth.planesOf(shape, { height: 1, width: 1 })),
    ...each([undefined, null, {}, { height: 0, width: 1 }, { height: -1, width: 1 }], (size) =>
      unearth.planesOf(SHAPE, size),
    ),
  ],
};
