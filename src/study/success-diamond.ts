/**
 * Diamond's success by the number K of candidate pairs per gadget, for every network of a class at
 * once: that takes two networks. Each demand on the seed is made by one (input half, power, output,
 * sign); the network whose entries are all `2^bits - 1` makes all demands of one sign, its negative
 * all of the other, and which pair carries a gadget does not depend on the weights. So a source holds
 * every network of the class exactly if it holds these two.
 */
import { diamond } from '../constructions/diamond/diamond.js';
import { diamondPlanOf } from '../constructions/diamond/plan.js';
import { depthOf, sourceWeights, widthsOf } from '../source/shape.js';
import { createSource } from '../source/source.js';
import {
  classOfShape,
  describeShape,
  networkOfShape,
  SHAPE_WORDS,
  type TargetShape,
} from './shape.js';
import type { SuccessSystem } from './success-system.js';

/** Where the curve begins and ends, in values of the failure bound: about e^-5 succeed, 1 in 500 fails. */
const FIRST_BOUND = 5;
const LAST_BOUND = 0.002;
const POINTS = 10;

/** Least K with a failure bound of at most `bound`. */
function candidatesFor(shape: TargetShape, bound: number): number {
  const networkClass = classOfShape(shape);
  let high = 1;
  while (diamondPlanOf(networkClass, high).failureBound > bound) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (diamondPlanOf(networkClass, middle).failureBound <= bound) high = middle;
    else low = middle;
  }
  return high;
}

export const diamondSuccess: SuccessSystem = {
  construction: 'diamond',
  varied: 'candidates',
  variedWords: 'the number of candidate pairs for each gadget',
  axis: 'width',
  describe: describeShape,
  shapeWords: SHAPE_WORDS,
  event: 'every network of the class',
  values(shape) {
    const first = candidatesFor(shape, FIRST_BOUND);
    const last = candidatesFor(shape, LAST_BOUND);
    const values = Array.from({ length: POINTS }, (_, index) =>
      Math.round(first + ((last - first) * index) / (POINTS - 1)),
    );
    return [...new Set(values)];
  },
  trial(shape, candidates) {
    const plan = diamondPlanOf(classOfShape(shape), candidates);
    const extremes = [1, -1].map((sign) =>
      networkOfShape(shape, (layer) => sign * (2 ** shape.bits[layer] - 1)),
    );
    const widths = widthsOf(plan.shape);
    return {
      width: Math.max(...widths),
      depth: depthOf(plan.shape),
      weights: sourceWeights(plan.shape),
      failureBound: plan.failureBound,
      holds: (seed) =>
        extremes.every(
          (network) =>
            diamond.find(network, createSource(seed, plan.shape), plan, () => undefined).found,
        ),
    };
  },
};
