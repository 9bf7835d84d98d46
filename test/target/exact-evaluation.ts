/**
 * Exact evaluation by dyadic arithmetic, one term after the other, of any chain of matrices: what the
 * library's own is judged by.
 */
import {
  addDyadic,
  DYADIC_ZERO,
  type Dyadic,
  dyadicFromNumber,
  multiplyDyadic,
} from '../../src/core/dyadic.js';
import { exactEntry } from '../../src/target/exact-array.js';
import { matrixOf, type Network } from '../../src/target/network.js';

export function evaluateNaively(network: Network, input: readonly number[]): Dyadic[] {
  let current = input.map(dyadicFromNumber);
  for (const layer of network.layers) {
    const { inputs, outputs, bias, activation } = layer;
    const matrix = matrixOf(layer);
    current = Array.from({ length: outputs }, (_, row) => {
      let sum = exactEntry(bias, row);
      for (let column = 0; column < inputs; column++) {
        const index = row * inputs + column;
        const weight = exactEntry(matrix, index);
        sum = addDyadic(sum, multiplyDyadic(weight, current[column]));
      }
      return activation === 'relu' && sum.mantissa < 0n ? DYADIC_ZERO : sum;
    });
  }
  return current;
}
