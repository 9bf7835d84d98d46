/** The `folded` engine over feature maps: the integer network in float64, patch by patch. */
import { everyFew, type Steps } from '../core/steps.js';
import { type IntegerMaps, planesBetween } from '../integer/block-maps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { columnReader } from '../integer/window-reads.js';
import { checkBatch, type FloatEngineSteps } from './float.js';
import { realWeights } from './folded.js';
import { coordinateOf } from './map-program.js';

/** Multiplications between two steps: some milliseconds. */
const PRODUCTS_AT_ONCE = 2 ** 22;

/** Each layer is divided by its own scale, as in `foldedEngineSteps`. */
export function mapFoldedEngineSteps(
  network: IntegerNetwork & { readonly maps: IntegerMaps },
  channelsLast: boolean,
): FloatEngineSteps {
  const { matrices, constant, maps, fractionalPlaces, scale, activation } = network;
  const planes = planesBetween(maps);
  const areas = planes.map(({ height, width }) => height * width);
  const weights = matrices.map(({ values }, index) =>
    realWeights(values, scale.base, fractionalPlaces[index] as number),
  );
  const reads = matrices.map(({ columns }, index) =>
    columnReader(maps.blocks[index]?.window, columns, constant, areas[index] as number),
  );
  const { input } = maps;
  const inputs = input.channels * (areas[0] as number);
  return function* (batch, samples) {
    checkBatch(batch, samples, inputs);
    const outputs = (matrices.at(-1)?.rows ?? 0) * (areas.at(-1) as number);
    const result = new Float64Array(samples * outputs);
    for (let sample = 0; sample < samples; sample++) {
      const area = areas[0] as number;
      let current = new Float64Array((input.channels + (constant ? 1 : 0)) * area).fill(1);
      for (let at = 0; at < inputs; at++) {
        const from = coordinateOf({ input, channelsLast }, Math.floor(at / area), at % area);
        current[at] = batch[sample * inputs + from] as number;
      }
      for (const [index, { rows, columns }] of matrices.entries()) {
        const relu = index < matrices.length - 1 || activation === 'relu';
        current = yield* foldedBlock(weights[index] as Float64Array, current, {
          ...{ rows, columns, relu },
          behind: areas[index + 1] as number,
          read: reads[index] as (typeof reads)[number],
        });
      }
      result.set(current, sample * outputs);
      yield { stage: 'run', done: sample + 1, total: samples };
    }
    return result;
  };
}

interface FoldedBlock {
  readonly rows: number;
  readonly columns: number;
  readonly relu: boolean;
  readonly behind: number;
  readonly read: (column: number, position: number) => number;
}

function* foldedBlock(
  weights: Float64Array,
  current: Float64Array,
  { rows, columns, relu, behind, read }: FoldedBlock,
): Steps<Float64Array<ArrayBuffer>> {
  const next = new Float64Array(rows * behind);
  const patch = new Float64Array(columns);
  const isTurn = everyFew(PRODUCTS_AT_ONCE);
  for (let position = 0; position < behind; position++) {
    for (let column = 0; column < columns; column++) {
      const from = read(column, position);
      patch[column] = from < 0 ? 0 : (current[from] as number);
    }
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      const start = row * columns;
      for (let column = 0; column < columns; column++) {
        sum += (weights[start + column] as number) * (patch[column] as number);
      }
      next[row * behind + position] = relu && sum < 0 ? 0 : sum;
    }
    if (isTurn(rows * columns)) yield;
  }
  return next;
}
