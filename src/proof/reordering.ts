/** Saying of two networks that they differ in the order of hidden neurons alone, loaded on demand. */
import { onDemand } from '../core/on-demand.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import type { NeuronScales } from '../integer/neuron-scales.js';

/** A network with its hidden neurons in the order of another. */
export interface Reordered {
  readonly network: IntegerNetwork;
  /** The units of its neurons, in that order; only of a network that has some. */
  readonly scales?: NeuronScales;
  /** The first neuron that moved: the target layer (from 1), the neuron there and in the other network. */
  readonly layer: number;
  readonly neuron: number;
  readonly becomes: number;
}

export interface Reordering {
  /** `reorderedAs`. */
  reorder(network: IntegerNetwork, model: IntegerNetwork, scales?: NeuronScales): Reordered | null;
  /** `inAnotherOrder`. */
  words(reordered: Reordered): string;
}

export const reordering = onDemand<Reordering>('networks in another order');
