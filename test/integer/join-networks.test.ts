import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { bigEntry, type IntegerNetwork } from '../../src/integer/integer-network.js';
import { joinNetworks, padToClass, unpadNetwork } from '../../src/integer/join-networks.js';
import { checkInClass } from '../../src/integer/network-class.js';
import { quantizeLossless } from '../../src/integer/quantize.js';
import type { InputSign } from '../../src/target/network.js';
import { randomNetwork, randomStream } from '../networks.js';

/** The integer network's outputs, exactly; a constant input is 1. */
function evaluate(
  { matrices, constant, activation }: IntegerNetwork,
  input: readonly bigint[],
): bigint[] {
  let values = constant ? [...input, 1n] : [...input];
  matrices.forEach((matrix, layer) => {
    const last = layer === matrices.length - 1;
    values = Array.from({ length: matrix.rows }, (_, row) => {
      let sum = 0n;
      for (let column = 0; column < matrix.columns; column++) {
        sum += bigEntry(matrix, row * matrix.columns + column) * values[column];
      }
      return (last && activation === 'identity') || sum > 0n ? sum : 0n;
    });
  });
  return values;
}

const signs = (count: number, sign: InputSign): InputSign[] =>
  new Array<InputSign>(count).fill(sign);
const member = (dimensions: number[], seed: number, sign: InputSign, biases = true) => ({
  network: quantizeLossless(randomNetwork({ dimensions, seed, biases })),
  inputSigns: signs(dimensions[0], sign),
});

describe('joinNetworks and padToClass', () => {
  it('pad every member to the same class without changing its function', () => {
    const members = [
      member([3, 5, 2], 1, 'nonnegative', false),
      member([3, 2, 6, 4, 2], 2, 'nonnegative'),
      member([3, 2], 3, 'nonnegative'),
    ];
    const networkClass = joinNetworks(members);
    expect(networkClass.dimensions).toHaveLength(5);
    expect(networkClass.constant).toBe(true);
    const random = randomStream(8);
    for (const { network, inputSigns } of members) {
      const padded = padToClass(network, inputSigns, networkClass);
      checkInClass(padded, networkClass);
      for (let sample = 0; sample < 30; sample++) {
        const input = Array.from({ length: 3 }, () => BigInt(Math.floor(random() * 100)));
        expect(evaluate(padded, input)).toEqual(evaluate(network, input));
      }
    }
  });

  it('are undone by unpadNetwork, which refuses what is no padding', () => {
    const models = [
      randomNetwork({ dimensions: [3, 5, 2], seed: 1, biases: false }),
      randomNetwork({ dimensions: [3, 2, 6, 4, 2], seed: 2 }),
      randomNetwork({ dimensions: [3, 2], seed: 3 }),
    ];
    const inputSigns = signs(3, 'nonnegative');
    const members = models.map((model) => ({ network: quantizeLossless(model), inputSigns }));
    const networkClass = joinNetworks(members);
    members.forEach(({ network }, index) => {
      const padded = padToClass(network, inputSigns, networkClass);
      expect(unpadNetwork(padded, models[index], inputSigns)).toEqual(network);
      expect(unpadNetwork(network, models[index], inputSigns)).toBe(network);
      // Any other integer anywhere: either a different network, or no padding of one.
      padded.matrices.forEach((matrix, layer) => {
        for (let entry = 0; entry < matrix.rows * matrix.columns; entry++) {
          const values = Array.from(matrix.values as Float64Array);
          values[entry] += 1;
          const changed = {
            ...padded,
            matrices: padded.matrices.with(layer, {
              ...matrix,
              values: Float64Array.from(values),
            }),
          };
          const undone = unpadNetwork(changed, models[index], inputSigns);
          if (undone !== undefined) expect(undone).not.toEqual(network);
        }
      });
    });
    const [shallow, deep] = members.map(({ network }) =>
      padToClass(network, inputSigns, networkClass),
    );
    expect(unpadNetwork(deep, models[0], inputSigns)).toBeUndefined();
    expect(unpadNetwork(shallow, models[1], signs(2, 'nonnegative'))).toBeUndefined();
    const deeper = randomNetwork({ dimensions: [3, 2, 6, 4, 4, 2], seed: 2 });
    expect(unpadNetwork(deep, deeper, inputSigns)).toBeUndefined();
  });

  it('do not take layers that are too narrow for identities', () => {
    const model = randomNetwork({ dimensions: [2, 1], seed: 4 });
    const own = quantizeLossless(model);
    const [weights] = own.matrices;
    // An identity of two inputs and the constant that is cut off where there is room for one: the constant is gone.
    const narrow = (rows: number, columns: number, ones: readonly number[]) => ({
      rows,
      columns,
      values: Float64Array.from({ length: rows * columns }, (_, at) => (ones.includes(at) ? 1 : 0)),
    });
    const padded: IntegerNetwork = {
      ...own,
      matrices: [narrow(2, 3, [0, 4]), narrow(3, 2, [0, 3]), weights],
      fractionalPlaces: [0, 0, own.fractionalPlaces[0]],
    };
    expect(own.constant).toBe(true);
    expect(unpadNetwork(padded, model, signs(2, 'nonnegative'))).toBeUndefined();
  });

  it('keep signed inputs signed', () => {
    const members = [member([2, 3, 2], 1, 'signed'), member([2, 4, 2], 2, 'nonnegative')];
    const networkClass = joinNetworks(members);
    expect(networkClass.inputSigns).toEqual(['signed', 'signed']);
    const { network, inputSigns } = members[0];
    const padded = padToClass(network, inputSigns, networkClass);
    expect(evaluate(padded, [-7n, 4n])).toEqual(evaluate(network, [-7n, 4n]));
  });

  it('say what does not fit', () => {
    expect(() => joinNetworks([])).toThrow(UsageError);
    expect(() => joinNetworks([member([2, 3], 1, 'signed'), member([3, 3], 1, 'signed')])).toThrow(
      /inputs/,
    );
    expect(() => joinNetworks([member([2, 3], 1, 'signed'), member([2, 4], 1, 'signed')])).toThrow(
      /outputs/,
    );
    expect(() =>
      joinNetworks([member([2, 3], 1, 'signed'), member([2, 3, 3], 1, 'signed')]),
    ).toThrow(/non-negative/);
    const small = member([2, 3, 2], 1, 'nonnegative');
    const networkClass = joinNetworks([small]);
    const refuse = (dimensions: number[], sign: InputSign): (() => unknown) => {
      const other = member(dimensions, 2, sign);
      return () => padToClass(other.network, other.inputSigns, networkClass);
    };
    expect(refuse([2, 9, 2], 'nonnegative')).toThrow(/layer 1 has 9 neurons/);
    expect(refuse([2, 3, 3, 2], 'nonnegative')).toThrow(/3 layers/);
    expect(refuse([2, 3, 3], 'nonnegative')).toThrow(/layer 2 has 3 neurons/);
    expect(refuse([2, 3, 2], 'signed')).toThrow(/input 0 is signed/);
    const bits = { ...networkClass, bits: [1, 1] };
    expect(() => padToClass(small.network, small.inputSigns, bits)).toThrow(/bits/);
    const without = joinNetworks([member([2, 3, 2], 1, 'nonnegative', false)]);
    expect(() => padToClass(small.network, small.inputSigns, without)).toThrow(/biases/);
  });
});
