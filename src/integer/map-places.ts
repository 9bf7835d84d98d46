/** How many binary places the layers of a target of feature maps have. */
import { placesOf } from '../target/exact-array.js';
import { storedNumbers, summands } from '../target/linear-map.js';
import { type Network, readsOf } from '../target/network.js';
import { isPoolingOf, withSumPooling } from './sum-pooling.js';

/** The least binary places per layer at which the integers are the target's numbers; 0 where it pools. */
export function losslessMapPlaces({ layers }: Network): number[] {
  return layers.map((layer) =>
    layer.kind === 'max-pooling'
      ? 0
      : summands(layer).reduce(
          (most, { part }) => Math.max(most, placesOf(storedNumbers(part))),
          placesOf(layer.bias),
        ),
  );
}

/**
 * What `bits` binary places in every layer come to: those, or the lossless ones where they are fewer.
 * Weights that have taken over a divisor keep as many bits as without it: they get as many places more.
 */
export function mapPlacesWithin(network: Network, bits: number): number[] {
  const pooled = withSumPooling(network);
  const lossless = losslessMapPlaces(pooled);
  return pooled.layers.map((layer, index) => {
    const more = readsOf(layer, index).reduce((most, number) => {
      const before = number === 0 ? undefined : network.layers[number - 1];
      const divided = before !== undefined && before !== pooled.layers[number - 1];
      if (!divided || !isPoolingOf(before)) return most;
      return Math.max(most, Math.ceil(-Math.log2(before.weights.values[0] as number)));
    }, 0);
    return Math.min(lossless[index] as number, bits + more);
  });
}
