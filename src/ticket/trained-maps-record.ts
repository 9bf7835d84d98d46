/** The feature maps of a trained network as its ticket states them. */
import { type Formed, int, object, pair } from '../core/forms.js';
import type { JsonValue } from './json.js';
import { listOf, MAXIMUM_LAYERS } from './schemas.js';
import { type LayerExtras, LONGEST_SIDE, type TrainedMaps } from './trained-maps.js';

/** What a layer may have beside these four numbers, and what is not so by default. */
const EXTRAS: { readonly [Key in keyof Required<LayerExtras>]: (value: unknown) => boolean } = {
  stride: (value) => isSide(value) && (value as number) > 1,
  reads: isLayerNumber,
  normalized: isTrue,
  adds: isLayerNumber,
  linear: isTrue,
  poolsFirst: isTrue,
  average: isTrue,
};

/** Kernel height and width, pad, side of the pooling windows; then what is not as in a plain layer. */
type LayerRecord = readonly [
  height: number,
  width: number,
  pad: number,
  pool: number,
  extras?: LayerExtras,
];

function isLayer(value: unknown): value is LayerRecord {
  if (!Array.isArray(value) || value.length < 4 || value.length > 5) return false;
  return value.slice(0, 4).every(isSide) && (value.length === 4 || areExtras(value[4]));
}

function areExtras(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length > 0 &&
    entries.every(
      ([name, each]) => Object.hasOwn(EXTRAS, name) && EXTRAS[name as keyof LayerExtras](each),
    )
  );
}

function isTrue(value: unknown): boolean {
  return value === true;
}

function isSide(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LONGEST_SIDE;
}

function isLayerNumber(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < MAXIMUM_LAYERS;
}

const side = int(1, LONGEST_SIDE);

export const trainedMapsSchema = object({
  input: pair(side),
  layers: listOf('layers of maps', MAXIMUM_LAYERS, isLayer),
});

export function trainedMapsJson({ input, layers }: TrainedMaps): JsonValue {
  return {
    input: [input.height, input.width],
    layers: layers.map(({ kernel, pad, pool, ...extras }, index) => {
      const sides = [kernel.height, kernel.width, pad, pool];
      const stored = storedExtras(extras, index);
      return Object.keys(stored).length === 0 ? sides : [...sides, stored];
    }),
  };
}

/** Without those that are as in a plain layer, in one order. */
function storedExtras(extras: LayerExtras, index: number): Record<string, number | true> {
  return Object.fromEntries(
    Object.entries(EXTRAS).flatMap(([name, isStored]) => {
      const value = extras[name as keyof LayerExtras];
      const isDefault = name === 'reads' && value === index;
      return value !== undefined && isStored(value) && !isDefault ? [[name, value]] : [];
    }),
  );
}

export function storedMaps({ input, layers }: Formed<typeof trainedMapsSchema>): TrainedMaps {
  return {
    input: { height: input[0], width: input[1] },
    layers: layers.map(([height, width, pad, pool, extras]) => ({
      kernel: { height, width },
      pad,
      pool,
      ...extras,
    })),
  };
}
