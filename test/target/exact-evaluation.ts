/** Exact evaluation of a target network by dyadic arithmetic, one term after the other. */
import {
  addDyadic,
  DYADIC_ZERO,
  type Dyadic,
  dyadicFromNumber,
  multiplyDyadic,
} from '../../src/core/dyadic.js';
import type { Network } from '../../src/target/network.js';

export function evaluateExactly(network: Network, input: readonly number[]): Dyadic[] {
  let current = input.map(dyadicFromNumber);
  for (const { inputs, outputs, weights, bias, exact, activation } of network.layers) {
    current = Array.from({ length: outputs }, (_, row) => {
      let sum = exact?.bias.get(row) ?? dyadicFromNumber(bias[row]);
      for (let column = 0; column < inputs; column++) {
        const index = row * inputs + column;
        const weight = exact?.weights.get(index) ?? dyadicFromNumber(weights[index]);
        sum = addDyadic(sum, multiplyDyadic(weight, current[column]));
      }
      return activation === 'relu' && sum.mantissa < 0n ? DYADIC_ZERO : sum;
    });
  }
  return current;
}
