/** Lowering against direct evaluation: the chain of blocks is the target, exactly, whatever its layers. */
import { describe, expect, it } from 'vitest';
import { compareDyadic } from '../../src/core/dyadic.js';
import { InputError } from '../../src/core/errors.js';
import { planesBetween } from '../../src/integer/block-maps.js';
import { checkIntegerNetwork } from '../../src/integer/check-integer-network.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import { losslessMapPlaces } from '../../src/integer/map-places.js';
import { withSumPooling } from '../../src/integer/sum-pooling.js';
import { evaluateExactly } from '../../src/target/evaluate.js';
import { exactArray } from '../../src/target/exact-array.js';
import { denseMap } from '../../src/target/make-layers.js';
import { inputsOf, type Network } from '../../src/target/network.js';
import { integerOutputs, loweredAt } from '../map-integers.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomStream } from '../networks.js';

function lowered(network: Network): IntegerNetwork {
  return loweredAt(network, losslessMapPlaces(withSumPooling(network)));
}

function expectEqual(network: Network, target: IntegerNetwork, seed: number): void {
  const random = randomStream(seed);
  const least = network.domain.kind === 'all' ? -1 : 0;
  const input = Float64Array.from(
    { length: inputsOf(network.layers) },
    () => Math.round(16 * (least + random() * (1 - least))) / 16,
  );
  const outputs = integerOutputs(network, target, input);
  const exact = evaluateExactly(network, input);
  expect(outputs.length).toBe(exact.length);
  outputs.forEach((own, at) => {
    expect(compareDyadic(own, exact[at] as (typeof exact)[number])).toBe(0);
  });
}

describe('an integer network of feature maps', () => {
  it('is its target on random networks of every kind of layer', () => {
    const kinds = new Set<string>();
    let done = 0;
    let refused = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const network = randomMapNetwork({
        ...{ seed, layers: 1 + (seed % 5), side: 1 + (seed % 7) },
        domain: seed % 3 === 0 ? 'all' : 'box',
        channelsLast: seed % 4 === 0,
      });
      let target: IntegerNetwork;
      try {
        target = lowered(network);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
        refused++;
        continue;
      }
      checkIntegerNetwork(target);
      expect(planesBetween(target.maps as NonNullable<typeof target.maps>).at(-1)).toEqual({
        height: 1,
        width: 1,
      });
      for (const { form } of target.maps?.blocks ?? []) kinds.add(form.kind);
      expectEqual(network, target, seed);
      done++;
    }
    expect([...kinds].sort()).toEqual(['direct', 'free', 'scale']);
    // What is refused pads maps within larger ones, reads at a finer stride, or has no tap that is always inside.
    expect(refused).toBeLessThan(done / 4);
  });

  it('takes planes of more positions than a call takes arguments', () => {
    const shape = { channels: 1, height: 400, width: 400 };
    const inputs = shape.height * shape.width;
    const weights = new Float64Array(inputs).fill(1);
    const map = denseMap(inputs, 1, weights);
    const bias = exactArray(Float64Array.of(1));
    const box = { lower: new Float64Array(inputs), upper: new Float64Array(inputs).fill(1) };
    const network: Network = {
      layers: [{ ...map, bias, activation: 'identity' }],
      domain: { kind: 'box', ...box },
      channelsLast: shape,
    };
    expect(lowered(network).matrices[0]).toMatchObject({ rows: 1, columns: inputs + 1 });
  });
});
