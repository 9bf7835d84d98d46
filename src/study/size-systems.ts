/** The sizes that each construction plans for the paper's class of targets. */
import type { BaselineName } from '../constructions/baselines/baseline.js';
import { BASELINE_NAMES, baselineNamed } from '../constructions/baselines/index.js';
import {
  baselineClass,
  baselineShape,
  planBaseline,
} from '../constructions/baselines/plan-baseline.js';
import { constructionNamed } from '../constructions/index.js';
import { type SourceShape, sourceWeights, widthsOf } from '../source/shape.js';
import { classOfShape, type TargetShape } from './shape.js';

/** l layers of d neurons, to be met within epsilon on the unit ball, with probability 1 - delta. */
export interface Target {
  readonly d: number;
  readonly l: number;
  readonly epsilon: number;
  readonly delta: number;
}

export interface SizeSystem {
  readonly construction: string;
  shape(target: Target): SourceShape;
}

/**
 * Tolerance of each weight: with `|dW|_F <= d t`, norms of at most 1 and l layers, the output moves by
 * at most `(1 + d t)^l - 1`, which `d t = ln(1 + epsilon)/l` keeps below epsilon.
 */
export function toleranceFor({ d, l, epsilon }: Target): number {
  return Math.log1p(epsilon) / (d * l);
}

function shapeOf({ d, l }: Target, bits: number): TargetShape {
  return {
    dimensions: new Array<number>(l + 1).fill(d),
    bits: new Array<number>(l).fill(bits),
    inputs: 'signed',
  };
}

/** Constructions from signs: weights rounded to the fewest binary places within the tolerance. */
function signs(name: string): SizeSystem {
  return {
    construction: name,
    shape(target) {
      const places = Math.max(0, Math.ceil(-Math.log2(2 * toleranceFor(target))));
      // A weight of 1 is 2^places.
      const networkClass = classOfShape(shapeOf(target, places + 1));
      const plan = constructionNamed(name)?.plan(networkClass, target.delta);
      if (plan === undefined) throw new RangeError(`there is no construction ${name}`);
      return plan.shape;
    },
  };
}

function baseline(name: BaselineName): SizeSystem {
  const system = baselineNamed(name);
  return {
    construction: name,
    shape(target) {
      const { dimensions, bits } = shapeOf(target, 1);
      const plan = planBaseline(
        system,
        baselineClass({
          dimensions,
          inputSigns: classOfShape(shapeOf(target, 1)).inputSigns,
          constant: false,
          magnitudes: bits.map(() => 1),
          tolerances: bits.map(() => toleranceFor(target)),
        }),
        target.delta,
      );
      return baselineShape(
        plan.blocks,
        plan.blocks.map(({ neurons }) => neurons),
      );
    },
  };
}

export const sizeSystems: readonly SizeSystem[] = [
  ...BASELINE_NAMES.map(baseline),
  signs('diamond'),
  signs('horner'),
  signs('skip'),
];

/** Widths and weights of the planned source. */
export function plannedSize(point: Target & { readonly construction: string }): {
  readonly widths: readonly number[];
  readonly weights: bigint;
} {
  const system = sizeSystems.find(({ construction }) => construction === point.construction);
  if (system === undefined) throw new RangeError(`no sizes of ${point.construction}`);
  const shape = system.shape(point);
  return { widths: widthsOf(shape), weights: sourceWeights(shape) };
}
