/** The error `f - f^` as what a search climbs on: its value and its gradient in the input, in float64. */
import type { IntegerNetwork } from '../integer/integer-network.js';
import { differenceLayers } from '../precision/bounds/difference-layers.js';
import type { Network } from '../target/network.js';
import { differenceGradient, evaluateDifference } from './difference-search.js';

/** At one input. */
export interface ErrorsAt {
  /** `f_j - f^_j`. */
  readonly errors: Float64Array;
  /** Of `errors[output]` in the input, where it exists, or with kinks that are smoothed (`differenceGradient`). */
  gradient(output: number, softness?: number): Float64Array;
}

export interface Difference {
  /** Numbers of an input. */
  readonly inputs: number;
  /** That an evaluation takes, about. */
  readonly multiplications: number;
  at(input: Float64Array): ErrorsAt;
}

/** Multiplications of an evaluation of both networks and their difference, layer by layer of these sizes. */
export function denseMultiplications(
  layers: readonly { readonly inputs: number; readonly outputs: number }[],
): number {
  return layers.reduce((sum, { inputs, outputs }) => sum + 3 * inputs * outputs, 0);
}

/** Of fully connected networks. */
export function denseDifference(network: Network, integerNetwork: IntegerNetwork): Difference {
  const layers = differenceLayers(network, integerNetwork);
  const { activation } = network.layers[network.layers.length - 1];
  return {
    inputs: layers[0].inputs,
    multiplications: denseMultiplications(layers),
    at(input) {
      const evaluation = evaluateDifference(layers, activation, input);
      return {
        errors: evaluation.errors,
        gradient: (output, softness) =>
          differenceGradient(layers, activation, evaluation, output, softness),
      };
    },
  };
}
