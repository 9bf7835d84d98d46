/** The feature maps of a trained network as its ticket states them. */
import { type Formed, int, object, pair } from '../core/forms.js';
import type { JsonValue } from './json.js';
import { listOf, MAXIMUM_LAYERS } from './schemas.js';
import { LONGEST_SIDE, type TrainedMaps } from './trained-maps.js';

/** Kernel height and width, pad, side of the pooling windows. */
type LayerRecord = readonly [height: number, width: number, pad: number, pool: number];

function isLayer(value: unknown): value is LayerRecord {
  return Array.isArray(value) && value.length === 4 && value.every(isSide);
}

function isSide(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LONGEST_SIDE;
}

const side = int(1, LONGEST_SIDE);

export const trainedMapsSchema = object({
  input: pair(side),
  layers: listOf('layers of maps', MAXIMUM_LAYERS, isLayer),
});

export function trainedMapsJson({ input, layers }: TrainedMaps): JsonValue {
  return {
    input: [input.height, input.width],
    layers: layers.map(({ kernel, pad, pool }) => [kernel.height, kernel.width, pad, pool]),
  };
}

export function storedMaps({ input, layers }: Formed<typeof trainedMapsSchema>): TrainedMaps {
  return {
    input: { height: input[0], width: input[1] },
    layers: layers.map(([height, width, pad, pool]) => ({ kernel: { height, width }, pad, pool })),
  };
}
