/** Spoiled files: cut off, with flipped bits, with bytes replaced; and the one rule they are held to. */
import { expect } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { dimensions, type Network } from '../../src/target/network.js';
import { partsOf, randomStream } from '../networks.js';

/** `count` spoiled copies of `bytes`, always the same ones for a seed. */
export function* spoiled(bytes: Uint8Array, count: number, seed: number): Generator<Uint8Array> {
  const random = randomStream(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let index = 0; index < count; index++) {
    const kind = index % 4;
    if (kind === 0) {
      yield bytes.slice(0, below(bytes.length));
      continue;
    }
    const copy = bytes.slice();
    const places = kind === 1 ? 1 : 1 + below(8);
    for (let place = 0; place < places; place++) {
      const at = below(copy.length);
      copy[at] = kind === 3 ? below(256) : copy[at] ^ (1 << below(8));
    }
    yield copy;
  }
}

/** Reads; `undefined` for an `InputError` with all its parts; anything else thrown fails the test. */
export function readOrRefuse<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.place).not.toBe('');
    expect(error.problem).not.toBe('');
    expect(error.remedy).not.toBe('');
    expect(error.message).not.toContain('\n');
    return undefined;
  }
}

/** Whether everything that `Network` promises holds. */
export function isValidNetwork({ layers, domain }: Network): boolean {
  const widths = dimensions({ layers, domain });
  const fits = layers
    .map(partsOf)
    .every(
      ({ inputs, outputs, weights, bias, activation }, index) =>
        inputs === widths[index] &&
        weights.length === inputs * outputs &&
        bias.length === outputs &&
        weights.every(Number.isFinite) &&
        bias.every(Number.isFinite) &&
        (activation === 'relu' || index === layers.length - 1),
    );
  const boxed =
    domain.kind !== 'box' ||
    (domain.lower.length === widths[0] &&
      domain.lower.every((low, index) => low <= domain.upper[index]));
  return layers.length > 0 && fits && boxed;
}
