/**
 * Ranges of the true pre-activations of a network of matrices on one region, by rows that are carried back to it
 * as CROWN does (`map-values.ts`). They are sharper than the ellipsoids' own, which take them as hints, where few
 * inputs decide much. (The backward bound of the error itself gives no more there, and takes twice as long.)
 */
import type { Steps } from '../../core/steps.js';
import { exactArray } from '../../target/exact-array.js';
import type { DifferenceLayer } from './difference-layers.js';
import type { Ranges } from './interval-step.js';
import type { MapDifference } from './map-difference.js';
import { mapValuesSteps } from './map-values.js';
import { centred, type Region } from './region.js';

/** The layers as rows go through them; the last one is left out, of which no range is needed. */
function rowLayersOf(layers: readonly DifferenceLayer[]): MapDifference[] {
  return layers.slice(0, -1).map((own, index) => {
    const { inputs, outputs, weights, rounded, deltaWeights } = own;
    const map = { kind: 'dense', inputs, outputs, matrix: exactArray(weights) } as const;
    return {
      ...{ kind: 'linear', reads: [index], outputs, perChannel: 1, products: inputs + 1 },
      parts: [{ values: weights, rounded, delta: deltaWeights, map, start: 0 }],
      bias: { values: own.bias, rounded: own.roundedBias, delta: own.deltaBias },
      isRectified: true,
    };
  });
}

/** Rows are never left out: what they take is told beforehand. */
const ALL = Number.POSITIVE_INFINITY;

/** Of each hidden layer's pre-activations. */
export function* rowRanges(
  layers: readonly DifferenceLayer[],
  region: Region,
): Steps<readonly Ranges[]> {
  const { centre, radius } = centred(region, layers[0].inputs);
  const ranges =
    region.kind === 'box' ? region : { lower: radius.map((far) => -far), upper: radius };
  const ball = region.kind === 'ball' ? { ball: region.radius } : {};
  const input = { ranges, centre, radius, ...ball };
  const steps = mapValuesSteps(rowLayersOf(layers), input, { left: ALL, spend: undefined });
  return (yield* steps).before;
}
