/**
 * What the other systems of Table 1 have in common (theory, section 7): a block of two source layers for
 * each target layer, hidden neurons `s(a x_i)` that belong to one input each, and a mask of the second
 * layer that keeps, for every output, the hidden neurons whose products `a u` add up to the weight.
 * A system says how its weights are drawn, how likely one weight is missed, and which neurons it keeps.
 *
 * Neuron h of a hidden layer belongs to input `h mod D` of the block (D inputs, the constant the last):
 * a source with fewer neurons per input is then a part of one with more, so that the least width that
 * succeeds is the last neuron that is needed.
 */

import type { WeightDistribution } from '../../source/distributions.js';
import type { LayerMask } from '../../source/mask.js';
import type { InputSign } from '../../target/network.js';
import type { UnmetDemand } from '../construction.js';
import type { NeuronLayout } from '../roles.js';

/** Public facts of one target layer: what a plan may know. */
export interface BlockFacts {
  /** Inputs of the block, the constant among them. */
  readonly inputs: number;
  /** Pairs of an input and a sign that it can have; a signed input counts twice. */
  readonly halves: number;
  /** Rows of the block, its row for the constant among them. */
  readonly rows: number;
  /** Pairs (half of an input, row) whose weight can be other than 0. */
  readonly demands: number;
  /** Upper bound of the magnitude of every weight, bias and of the constant's weight. */
  readonly magnitude: number;
  /** Allowed distance of each weight from the target's. */
  readonly tolerance: number;
}

/** The class of real networks a plan serves. */
export interface BaselineClass {
  readonly blocks: readonly BlockFacts[];
  /** Per input coordinate. */
  readonly inputSigns: readonly InputSign[];
  /** Whether a constant input 1 is carried along. */
  readonly constant: boolean;
}

/** A block in the units of its source: everything divided by `2^scaleExponent`. */
export interface BlockSetting {
  readonly facts: BlockFacts;
  /** The block's outputs are `2^-scaleExponent` of the target's. */
  readonly scaleExponent: number;
  /** Magnitude and tolerance in the source's units. */
  readonly magnitude: number;
  readonly tolerance: number;
  /** Of the hidden layer's and the output layer's weights. */
  readonly distributions: readonly [WeightDistribution, WeightDistribution];
}

export interface BlockPlan extends BlockSetting {
  /** Hidden neurons for each input of the block. */
  readonly neurons: number;
  /** Upper bound of the probability that one weight of the block cannot be made. */
  readonly failureBound: number;
}

export interface BaselinePlan {
  readonly system: BaselineName;
  readonly blocks: readonly BlockPlan[];
  readonly inputSigns: readonly InputSign[];
  readonly constant: boolean;
  /** Upper bound of the probability, over the seed, that some weight cannot be made. */
  readonly failureBound: number;
}

/** The goals of one half of an input: what the kept products of each row should add up to. */
export interface HalfTask {
  /** `sum over kept k of |a_k| u_kj` is to be within `tolerance` of `goals[j]`. */
  readonly goals: Float64Array;
  readonly tolerance: number;
  /** Neurons 0 .. neurons - 1 of this input may be used. */
  readonly neurons: number;
  /** Neurons that this block needs anyway, for an input before this one. */
  readonly alreadyNeeded: number;
  /** `|a_k|` of the hidden neuron k of this input, 0 if it answers to the other sign. */
  first(k: number): number;
  /** `u_kj`. */
  second(k: number, row: number): number;
}

export type HalfResult =
  | {
      readonly solved: true;
      /** Per row, the neurons kept, ascending. */
      readonly kept: readonly (readonly number[])[];
      /** Neurons of this input that were needed: the least width at which all rows succeed. */
      readonly needed: number;
    }
  | { readonly solved: false; readonly row: number };

/** What a block would take to find, on average: for the decision whether to build it. */
export interface BlockWork {
  /** Source weights drawn. */
  readonly draws: number;
  /** Kept edges of the second layer. */
  readonly kept: number;
  /** Numbers held in memory at once. */
  readonly memory: number;
  /** Neurons of each input that suffice as a rule. */
  readonly neurons: number;
  /** Steps of about a nanosecond for the choice of neurons, drawing the weights included. */
  readonly steps: number;
}

export type BaselineName = 'malach' | 'orseau' | 'pensia' | 'diffenderfer';

/** One system of Table 1. */
export interface Baseline {
  readonly name: BaselineName;
  /** As it is cited. */
  readonly title: string;
  /** What it makes: the network itself within a tolerance, or the integer network, step by step. */
  readonly aim: 'network' | 'integers';
  /** The scale, distributions and tolerance in the units of the source. */
  setting(facts: BlockFacts): BlockSetting;
  /** Upper bound of the probability that a fixed weight cannot be made with so many neurons. */
  demandFailure(setting: BlockSetting, neurons: number): number;
  /** Typical effort for a block; `meanMagnitude` is the average |weight| in the units of the source. */
  work(setting: BlockSetting, neurons: number, meanMagnitude: number): BlockWork;
  /** Chooses the neurons of one half of an input. Deterministic. */
  solve(task: HalfTask, setting: BlockSetting): HalfResult;
}

export type BaselineFinding =
  | {
      readonly found: true;
      /** `N_0 .. N_2l`. */
      readonly widths: readonly number[];
      /** Hidden neurons per input of each block: of the widths, and needed at least. */
      readonly neurons: readonly number[];
      readonly needed: readonly number[];
      /** Masks of the layers 1 .. 2l. */
      readonly masks: readonly LayerMask[];
      /** What was placed where, worked out when it is asked for. */
      readonly layout: NeuronLayout;
    }
  | { readonly found: false; readonly unmet: UnmetDemand };
