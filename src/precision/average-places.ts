/** Averages of places over the weights of a network: one number for how fine its integers are. */
import type { NeuronScales } from '../integer/neuron-scales.js';
import { matrixOf, type Network } from '../target/network.js';

/**
 * Places weighted by the number of weights of each layer. Where neurons are counted in other units, a weight has
 * as many more as its row's unit is finer, and fewer as its column's is.
 */
export function averagePlaces(
  network: Network,
  places: readonly number[],
  scales: NeuronScales = [],
): number {
  const mean = (own: readonly number[] | undefined): number =>
    own === undefined ? 0 : own.reduce((sum, scale) => sum + scale, 0) / own.length;
  return weightedMean(
    network.layers.map((layer) => matrixOf(layer).values.length),
    places.map((own, index) => own + mean(scales[index]) - mean(scales[index - 1])),
  );
}

/** The mean of places, each as often as its count says. */
export function weightedMean(counts: readonly number[], places: readonly number[]): number {
  const sum = counts.reduce((total, count, index) => total + count * (places[index] as number), 0);
  return sum / counts.reduce((total, count) => total + count, 0);
}
