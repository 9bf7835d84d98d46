/**
 * Success of a construction whose layout does not look at the weights, by something that is varied of a
 * plan: where there is a layout, the source holds every network of the class.
 */
import type { Plan } from '../constructions/construction.js';
import { at } from '../constructions/failure-bounds.js';
import type { NetworkClass } from '../integer/network-class.js';
import { depthOf, sourceWeights, widthsOf } from '../source/shape.js';
import { createSource, type Source } from '../source/source.js';
import { classOfShape, type TargetShape } from './shape.js';
import type { SuccessSystem } from './success-system.js';

/** Failure bound of the plan that is varied. */
const DELTA = 0.002;

/** Slacks that are measured, in percent of the plan's, and what they are. */
export const SLACKS: readonly number[] = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110];
export const SLACK_WORDS = 'how many neurons the plan holds beyond those that are used';

/** A count of which `least` are used, with `percent` of what was planned beyond them. */
export function slackScale(percent: number): (least: number, planned: number) => number {
  return (least, planned) => least + Math.round(((planned - least) * percent) / 100);
}

/** The plans of shapes, each made once per thread: one takes a good part of a second. */
export function planOnce<VariedPlan>(
  plan: (networkClass: NetworkClass, delta: number) => VariedPlan,
): (shape: TargetShape) => VariedPlan {
  const plans = new Map<string, VariedPlan>();
  return (shape) => {
    const networkClass = classOfShape(shape);
    return at(plans, JSON.stringify(networkClass), () => plan(networkClass, DELTA));
  };
}

/** What is measured of a construction. */
export interface PlannedVariation<VariedPlan extends Plan>
  extends Omit<SuccessSystem, 'event' | 'values' | 'trial'> {
  /** Ascending. Those that leave no source of a shape are left out there. */
  readonly values: readonly number[];
  /** The plan that is varied: `planOnce`. */
  plan(shape: TargetShape): VariedPlan;
  /** The plan with the thing varied; null if there is no such source. */
  change(plan: VariedPlan, value: number): VariedPlan | null;
  layout(source: Source, plan: VariedPlan): { readonly found: boolean };
}

export function plannedSuccess<VariedPlan extends Plan>({
  values,
  plan,
  change,
  layout,
  ...rest
}: PlannedVariation<VariedPlan>): SuccessSystem {
  const planOf = (shape: TargetShape, value: number): VariedPlan | null =>
    change(plan(shape), value);
  return {
    ...rest,
    event: 'every network of the class',
    values: (shape) => values.filter((value) => planOf(shape, value) !== null),
    trial(shape, value) {
      const varied = planOf(shape, value);
      if (varied === null) {
        throw new RangeError(`no source of ${rest.construction} with ${rest.varied} ${value}`);
      }
      const widths = widthsOf(varied.shape);
      return {
        width: Math.max(...widths),
        depth: depthOf(varied.shape),
        weights: sourceWeights(varied.shape),
        failureBound: varied.failureBound,
        holds: (seed) => layout(createSource(seed, varied.shape), varied).found,
      };
    },
  };
}
