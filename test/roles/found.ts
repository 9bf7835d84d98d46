/** Networks found in random sources, with the layout that `find` handed out. */
import { type Found, findTicket } from '../../src/pipeline/find.js';
import type { InputSign, Network } from '../../src/target/network.js';
import { type RandomNetworkOptions, randomNetwork } from '../networks.js';

const KINDS: readonly InputSign[] = ['signed', 'nonnegative', 'nonpositive'];
const BOUNDS: Readonly<Record<InputSign, readonly [number, number]>> = {
  signed: [-2, 3],
  nonnegative: [0, 5],
  nonpositive: [-4, 0],
};

/** Signs of inputs for a number, so that all three kinds and their mixtures come up. */
export function signsOf(inputs: number, seed: number): InputSign[] {
  return Array.from({ length: inputs }, (_, i) => KINDS[seed % 7 < 2 ? 1 : (seed + i) % 3]);
}

/** A random network on a box that gives its inputs these signs. */
export function networkOnSigns(
  options: RandomNetworkOptions,
  signs: readonly InputSign[],
): Network {
  return {
    ...randomNetwork(options),
    domain: {
      kind: 'box',
      lower: Float64Array.from(signs, (sign) => BOUNDS[sign][0]),
      upper: Float64Array.from(signs, (sign) => BOUNDS[sign][1]),
    },
  };
}

/** A small random network for a number: dimensions, bits, signs and biases all vary with it. */
export function smallNetwork(seed: number): Network {
  const all = [1 + (seed % 4), 1 + (seed % 3), 1 + (seed % 5), 1 + (seed % 2)];
  const dimensions = all.slice(seed % 3);
  return networkOnSigns(
    { dimensions, seed, bits: 1 + (seed % 7), biases: seed % 5 !== 0 },
    signsOf(dimensions[0], seed),
  );
}

/** `findTicket`, where it is known to succeed. */
export function found(...args: Parameters<typeof findTicket>): Found {
  const result = findTicket(...args);
  if (!result.found) throw new Error('the seed lacks the network');
  return result;
}
