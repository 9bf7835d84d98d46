/** Averages of places over the weights of a network: one number for how fine its integers are. */
import { matrixOf, type Network } from '../target/network.js';

/** Places weighted by the number of weights of each layer. */
export function averagePlaces(network: Network, places: readonly number[]): number {
  return weightedMean(
    network.layers.map((layer) => matrixOf(layer).values.length),
    places,
  );
}

/** The mean of places, each as often as its count says. */
export function weightedMean(counts: readonly number[], places: readonly number[]): number {
  const sum = counts.reduce((total, count, index) => total + count * (places[index] as number), 0);
  return sum / counts.reduce((total, count) => total + count, 0);
}
