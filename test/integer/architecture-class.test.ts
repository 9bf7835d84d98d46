/** The class that is planned for an architecture holds the networks of its shape, and is no wider than they. */
import { describe, expect, it } from 'vitest';
import { complete } from '../../src/core/steps.js';
import { lowerMapsSteps } from '../../src/integer/lower-maps.js';
import { mapPlacesWithin } from '../../src/integer/map-places.js';
import { checkInClass, networkClassOf } from '../../src/integer/network-class.js';
import { signsOf } from '../../src/integer/source-signs.js';
import {
  architectureNetwork,
  type NumbersOf,
  spanningNetwork,
} from '../../src/target/architecture/network.js';
import { type ArchitectureRecord, readArchitecture } from '../../src/target/architecture/record.js';
import type { Network } from '../../src/target/network.js';
import { randomStream } from '../networks.js';

const MEMORY = 2 ** 30;
const convolution = { kind: 'convolution', channels: 4, kernel: 3, pads: 1 } as const;

/** Every kind of layer, groups as those of a pooling among them. */
const everyKind: ArchitectureRecord = readArchitecture(
  JSON.stringify({
    format: 'unearth-architecture/1',
    input: { channels: 2, height: 12, width: 12 },
    layers: [
      convolution,
      { ...convolution, groups: 4 },
      { kind: 'max-pooling', kernel: 3, stride: 2, pads: 1 },
      { kind: 'residual', body: [convolution, convolution] },
      { kind: 'average-pooling', kernel: [2, 1], stride: [2, 1] },
      {
        kind: 'residual',
        body: [
          { ...convolution, stride: 2, channels: 6 },
          { ...convolution, channels: 6 },
        ],
        projection: { kernel: 1, stride: 2 },
      },
      { kind: 'global-average-pooling' },
      { kind: 'dense', outputs: 5 },
      { kind: 'dense', outputs: 3 },
    ],
  }),
);

function lowered(network: Network, bits: number) {
  const signs = signsOf(network, network.domain);
  const target = complete(lowerMapsSteps(network, mapPlacesWithin(network, bits), signs));
  return { target, networkClass: networkClassOf(target, signs) };
}

/** Integers of `bits` bits over 2^bits, the least odd one and the largest among them. */
function drawn(bits: number, seed: number): NumbersOf {
  const random = randomStream(seed);
  return (length) =>
    Float64Array.from({ length }, (_, at) => {
      if (at === 0) return 2 ** -bits;
      const whole = Math.floor(random() * 2 ** (bits + 1)) - 2 ** bits;
      return Math.max(whole, 1 - 2 ** bits) / 2 ** bits;
    });
}

describe('the class of an architecture', () => {
  it.each([1, 4, 12, 53])('of %i bits holds networks of random weights', (bits) => {
    const { networkClass } = lowered(spanningNetwork(everyKind, bits, MEMORY), bits);
    for (let seed = 1; seed <= 5; seed++) {
      const { target } = lowered(architectureNetwork(everyKind, drawn(bits, seed)), bits);
      expect(() => checkInClass(target, networkClass)).not.toThrow();
    }
  });

  it('holds no network of one bit more', () => {
    const { networkClass } = lowered(spanningNetwork(everyKind, 4, MEMORY), 4);
    const { target } = lowered(spanningNetwork(everyKind, 5, MEMORY), 5);
    expect(() => checkInClass(target, networkClass)).toThrow(/not in the class/);
  });

  it('is refused where it would take more memory than is allowed, before it is made', () => {
    const wide = { ...convolution, channels: 2 ** 15 };
    const input = { channels: 2 ** 15, height: 4, width: 4 };
    const record: ArchitectureRecord = { format: everyKind.format, input, layers: [wide] };
    expect(() => spanningNetwork(record, 8, MEMORY)).toThrow(
      /layers: the class of this architecture needs about .*"memory"/,
    );
    expect(() => spanningNetwork(everyKind, 54, MEMORY)).toThrow(/bits/);
    expect(() => spanningNetwork(everyKind, 0, MEMORY)).toThrow(/bits/);
  });
});
