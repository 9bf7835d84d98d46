/**
 * What a ticket by another system takes: tolerances per layer, the source that is planned for them, the
 * work of finding, and whether that is built at all.
 */
import type { Baseline, BaselinePlan, BlockWork } from '../constructions/baselines/baseline.js';
import { blockTargets } from '../constructions/baselines/find-masks.js';
import { baselineClass, planBaseline } from '../constructions/baselines/plan-baseline.js';
import { KEPT_STEPS, LAYER_STEPS } from '../constructions/work.js';
import { needsConstant } from '../integer/quantize.js';
import type { ChosenBits } from '../precision/allot-bits.js';
import { MAXIMUM_WIDTH } from '../source/shape.js';
import { denseLayer } from '../target/make-layers.js';
import { type Domain, dimensions, inputSigns, matrixOf, type Network } from '../target/network.js';

/** What is built at all; beyond it a system is only planned. */
export interface BuildLimits {
  /** Source weights drawn. */
  readonly draws: number;
  /** Kept edges. */
  readonly kept: number;
  /** Numbers in memory at once. */
  readonly memory: number;
}

export const DEFAULT_LIMITS: BuildLimits = { draws: 4e9, kept: 2.5e7, memory: 1e8 };

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** What a system aims at: the network, or the integer network as a real one. */
export function aimOf(system: Baseline, network: Network, chosen: ChosenBits): Network {
  return system.aim === 'network' ? network : onGrid(network, chosen);
}

function onGrid(network: Network, { integerNetwork, places }: ChosenBits): Network {
  const carried = integerNetwork.constant ? 1 : 0;
  return {
    ...network,
    layers: network.layers.map((layer, index) => {
      const { values, columns } = integerNetwork.matrices[index];
      const unit = 2 ** -places[index];
      const at = (row: number, column: number): number =>
        Number(values[row * columns + column]) * unit;
      const { inputs, outputs, activation } = layer;
      return denseLayer({
        inputs,
        outputs,
        activation,
        weights: Float64Array.from({ length: outputs * inputs }, (_, position) =>
          at(Math.floor(position / inputs), position % inputs),
        ),
        bias: Float64Array.from({ length: outputs }, (_, row) =>
          carried === 1 ? at(row, inputs) : 0,
        ),
      });
    }),
  };
}

/** A plan for tolerances that are `2^-halvings` of half a step at the chosen places. */
export function planAt(
  system: Baseline,
  network: Network,
  chosen: ChosenBits,
  domain: Domain,
  delta: number,
  halvings: number,
): BaselinePlan {
  const { layers } = network;
  const constant = needsConstant(network);
  return planBaseline(
    system,
    baselineClass({
      dimensions: dimensions(network),
      inputSigns: inputSigns(domain, layers[0].inputs),
      constant,
      magnitudes: layers.map(
        (layer, index) =>
          // A layer of zeros is as good as one of ones.
          Math.max(
            largest(matrixOf(layer).values),
            largest(layer.bias.values),
            constant && index < layers.length - 1 ? 1 : 0,
          ) || 1,
      ),
      tolerances: chosen.places.map((places) => 2 ** (-places - 1 - halvings)),
    }),
    delta,
  );
}

/** What finding the network would take, in all; `neurons` are those of the widest hidden layer. */
export function expectedWork(system: Baseline, network: Network, plan: BaselinePlan): BlockWork {
  const targets = blockTargets(network, plan.constant);
  return plan.blocks.reduce(
    (sum, block, index) => {
      const { values } = targets[index];
      const mean = values.reduce((total, value) => total + Math.abs(value), 0) / values.length;
      const work = system.work(block, block.neurons, mean * 2 ** -block.scaleExponent);
      return {
        draws: sum.draws + work.draws,
        kept: sum.kept + work.kept,
        memory: Math.max(sum.memory, work.memory),
        // Of the widest hidden layer, in all.
        neurons: Math.max(sum.neurons, work.neurons * block.facts.inputs),
        steps: sum.steps + work.steps + KEPT_STEPS * work.kept + LAYER_STEPS,
      };
    },
    { draws: 0, kept: 0, memory: 0, neurons: 0, steps: 0 },
  );
}

const inDigits = (count: number): string => count.toExponential(1).replace('e+', 'e');

/** Why a system is only planned that would take more steps than the comparison leaves to it. */
export function tooManySteps(needed: number, allowed: number): string {
  return `about ${inDigits(needed)} steps would be taken, and ${inDigits(Math.max(0, allowed))} of the limit for all systems are left; for more, set option "memory" to more`;
}

/** Steps of the first attempt at a ticket; 0 where the system is only planned, whatever they are. */
export function expectedSteps(
  network: Network,
  {
    system,
    chosen,
    domain,
    delta,
    limits = DEFAULT_LIMITS,
  }: {
    readonly system: Baseline;
    readonly chosen: ChosenBits;
    readonly domain: Domain;
    readonly delta: number;
    readonly limits: BuildLimits | undefined;
  },
): number {
  const aim = aimOf(system, network, chosen);
  const work = expectedWork(system, aim, planAt(system, aim, chosen, domain, delta, 0));
  return tooLarge(work, limits, Number.POSITIVE_INFINITY) === null ? work.steps : 0;
}

/** Why the planned system is not built; null if it is. */
export function tooLarge(work: BlockWork, limits: BuildLimits, steps: number): string | null {
  if (work.neurons > MAXIMUM_WIDTH) {
    return `a hidden layer of about ${inDigits(work.neurons)} neurons is wider than a source can be (2^32 - 1)`;
  }
  if (work.draws > limits.draws) {
    return `about ${inDigits(work.draws)} source weights would have to be drawn (limit ${inDigits(limits.draws)})`;
  }
  if (work.kept > limits.kept) {
    return `about ${inDigits(work.kept)} edges would be kept (limit ${inDigits(limits.kept)})`;
  }
  if (work.memory > limits.memory) {
    return `about ${inDigits(work.memory)} numbers would be held in memory at once (limit ${inDigits(limits.memory)})`;
  }
  if (work.steps > steps) return tooManySteps(work.steps, steps);
  return null;
}
