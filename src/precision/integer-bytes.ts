/** What a network takes as quantised integers, layer by layer of as many bits as its largest needs. */
import { bitLength, dyadicFromNumber, floorDyadic } from '../core/dyadic.js';
import { isPoolingOf, withSumPooling } from '../integer/sum-pooling.js';
import { storedNumbers, summands } from '../target/linear-map.js';
import { hasMaps, type Network } from '../target/network.js';

export interface QuantisedSize {
  /** Per layer with numbers, in the network's order: bits of its largest integer, and one for the sign. */
  readonly bits: readonly number[];
  /** Of all weights and biases, rounded up to whole bytes. */
  readonly bytes: number;
}

/**
 * The size at these binary places, one for each layer (of feature maps, of `withSumPooling(network)`). Averages
 * are sums there, and take nothing.
 */
export function quantisedSize(network: Network, places: readonly number[]): QuantisedSize {
  const { layers } = hasMaps(network) ? withSumPooling(network) : network;
  const bits: number[] = [];
  let total = 0;
  for (const [index, layer] of layers.entries()) {
    if (layer.kind === 'max-pooling') continue;
    if (isPoolingOf(layer) && layer.weights.values[0] === 1) continue;
    const numbers = [...summands(layer).map(({ part }) => storedNumbers(part)), layer.bias];
    let largest = 0;
    let count = 0;
    for (const { values } of numbers) {
      count += values.length;
      for (const value of values) largest = Math.max(largest, Math.abs(value));
    }
    const own = places[index];
    const { mantissa, exponent } = dyadicFromNumber(Math.min(largest, Number.MAX_VALUE));
    const most = -floorDyadic({ mantissa: -mantissa, exponent: exponent + own });
    const each = Math.max(1, bitLength(most)) + 1;
    bits.push(each);
    total += count * each;
  }
  return { bits, bytes: Math.ceil(total / 8) };
}
