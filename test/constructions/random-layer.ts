/** Integer networks of one layer, for constructions to find. */
import { type IntegerNetwork, integerMatrix } from '../../src/integer/integer-network.js';
import type { InputSign } from '../../src/target/network.js';
import { randomStream } from '../networks.js';

export const KINDS: readonly InputSign[] = ['signed', 'nonnegative', 'nonpositive'];

export function layerOf(
  outputs: number,
  inputs: number,
  entries: readonly bigint[],
): IntegerNetwork {
  return {
    matrices: [integerMatrix(outputs, inputs, entries)],
    constant: false,
    fractionalPlaces: [0],
    scale: { base: 2, exponent: 0 },
    activation: 'identity',
  };
}

/** One layer of uniform random integers of at most `bits` bits. */
export function randomLayer(
  inputs: number,
  outputs: number,
  bits: number,
  seed: number,
): IntegerNetwork {
  const random = randomStream(seed);
  const entries = Array.from({ length: inputs * outputs }, () => {
    let magnitude = 0n;
    for (let bit = 0; bit < bits; bit++) magnitude = 2n * magnitude + (random() < 0.5 ? 1n : 0n);
    return random() < 0.5 ? -magnitude : magnitude;
  });
  return layerOf(outputs, inputs, entries);
}

export function nonnegative(inputs: number): InputSign[] {
  return new Array<InputSign>(inputs).fill('nonnegative');
}
