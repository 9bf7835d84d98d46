/**
 * What every construction offers: a plan from public facts only, and a find that chooses masks in a
 * given source. Whoever adds one adds a file, and its name in `index.ts` of this folder.
 */
import { checkObject, checkOneOf } from '../core/arguments.js';
import { MisfitError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import type { Threads } from '../core/threads.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import type { NetworkClass } from '../integer/network-class.js';
import type { LayerMask } from '../source/mask.js';
import { type SourceShape, sameShape } from '../source/shape.js';
import type { Source } from '../source/source.js';
import type { NeuronLayout } from './roles.js';

export interface Plan {
  readonly construction: string;
  /** The networks it serves. */
  readonly networkClass: NetworkClass;
  readonly shape: SourceShape;
  /** Upper bound of the probability, over the seed, that the source lacks some network of the class. */
  readonly failureBound: number;
}

/** The demand that a seed did not meet. */
export interface UnmetDemand {
  /** Target layer, from 1. */
  readonly block: number;
  /** Source layer, from 1 through the whole source. */
  readonly layer: number;
  /** What was looked for, in words. */
  readonly demand: string;
  /** Upper bound of the probability that one seed fails this one demand. */
  readonly probability: number;
}

export type Finding =
  | {
      readonly found: true;
      /**
       * Per block but the last, the neuron of its last layer that holds output j (the constant last).
       * The last block's outputs are its neurons in order.
       */
      readonly assignments: readonly Uint32Array[];
      /** Kept edges that encode the target's integers; the others only carry or double values. */
      readonly digits: number;
      /** What it placed where, worked out when it is asked for. */
      readonly layout: NeuronLayout;
    }
  | { readonly found: false; readonly unmet: UnmetDemand };

/** Receives the masks in layer order, t = 1 .. L, each exactly once. */
export type MaskSink = (t: number, mask: LayerMask) => void;

export interface Construction<P extends Plan = Plan> {
  readonly name: string;
  /**
   * About how many source weights the class needs, without the cost of planning; never falls as bits
   * are added. For weighing bit allotments against each other.
   */
  size(networkClass: NetworkClass): number;
  /** About how many steps of a nanosecond it takes to find the network by such a plan, and to prove it. */
  work(network: IntegerNetwork, plan: P): number;
  /** Least source this construction needs so that the failure bound is at most `delta`. */
  plan(networkClass: NetworkClass, delta: number): P;
  /** The same in steps, without news. */
  planSteps(networkClass: NetworkClass, delta: number): Steps<P>;
  /**
   * Chooses the masks with which the pruned source equals `network` on every input of the signs that
   * the plan was made for. Deterministic, whatever the number of threads. Masks already sent to the
   * sink are void if it fails.
   */
  find(
    network: IntegerNetwork,
    source: Source,
    plan: P,
    sink: MaskSink,
    threads?: Threads,
  ): Finding;
  /** The same in steps of stage `find`, counted in layers. */
  findSteps(
    network: IntegerNetwork,
    source: Source,
    plan: P,
    sink: MaskSink,
    threads?: Threads,
  ): Steps<Finding>;
}

/** Throws a typed error unless these are a source, and a plan of this construction for its shape. */
export function checkSourcePlan(source: Source, plan: Plan, name: string): void {
  checkObject('source', source);
  checkObject('source.shape', source.shape);
  checkObject('plan', plan);
  checkOneOf('plan.construction', plan.construction, [name]);
  if (!sameShape(source.shape, plan.shape)) {
    throw new MisfitError('the source has another shape than the plan');
  }
}
