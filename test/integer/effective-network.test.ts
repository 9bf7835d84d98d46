/** Splitting inputs into halves changes no function; effective weights are exact, the constant included. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveNetwork } from '../../src/integer/effective-network.js';
import { halvesOf } from '../../src/integer/halves.js';
import { splitInputs } from '../../src/integer/input-halves.js';
import { integerMatrix } from '../../src/integer/integer-network.js';
import { quantize } from '../../src/integer/quantize.js';
import { certify } from '../../src/precision/certificate.js';
import { evaluateNetwork } from '../../src/target/evaluate.js';
import { type Domain, type InputSign, matrixOf } from '../../src/target/network.js';
import { randomNetwork, randomStream } from '../networks.js';

const signs = fc.array(fc.constantFrom<InputSign>('signed', 'nonnegative', 'nonpositive'), {
  minLength: 3,
  maxLength: 3,
});

function inputsOf(inputSigns: readonly InputSign[], samples: number, seed: number): Float64Array {
  const random = randomStream(seed);
  return Float64Array.from({ length: inputSigns.length * samples }, (_, index) => {
    // Dyadic with few bits, so that both networks add up without rounding.
    const value = Math.floor(random() * 64) / 16;
    const sign = inputSigns[index % inputSigns.length];
    return sign === 'nonpositive' ? -value : sign === 'signed' ? value - 2 : value;
  });
}

describe('halves of inputs', () => {
  it('make the same function, exactly', () => {
    fc.assert(
      fc.property(signs, fc.nat(500), (inputSigns, seed) => {
        const network = randomNetwork({ dimensions: [3, 4, 2], seed });
        const split = splitInputs(network, inputSigns);
        const inputs = inputsOf(inputSigns, 20, seed);
        expect(evaluateNetwork(split, inputs)).toEqual(evaluateNetwork(network, inputs));
        const lifted = inputSigns.some((sign) => sign !== 'nonnegative');
        expect(split.layers.length).toBe(network.layers.length + (lifted ? 1 : 0));
        if (lifted) expect(split.layers[1].inputs).toBe(halvesOf(inputSigns).length);
      }),
    );
  });

  it('leave the error bounds what they were, the ellipsoids among them', () => {
    const network = randomNetwork({ dimensions: [3, 8, 8, 2], seed: 2, bits: 8, places: 8 });
    const domain: Domain = {
      kind: 'box',
      lower: new Float64Array(3).fill(-1),
      upper: new Float64Array(3).fill(1),
    };
    const split = splitInputs(network, ['signed', 'signed', 'signed']);
    const places = [5, 5, 5];
    const options = { methods: ['ellipsoid'], boxes: 1, rounds: 20 } as const;
    const whole = certify(network, quantize(network, places), domain, options);
    const halves = certify(split, quantize(split, [0, ...places]), domain, options);
    expect(halves.epsilon).toBeGreaterThan(0);
    // x+ and x- are bounded apart, which costs something, but not the bound.
    expect(halves.epsilon).toBeLessThan(4 * whole.epsilon);
  });

  it('are refused for a network of other inputs', () => {
    const network = randomNetwork({ dimensions: [3, 2], seed: 1 });
    expect(() => splitInputs(network, ['signed', 'signed'])).toThrow(RangeError);
  });
});

describe('effective networks', () => {
  it('multiply by integers over 2^places, and biases by what is left of the constant', () => {
    // x -> (3 x+ - 5 x- + 7) / 4, the constant becomes 6 / 4; then (9 y + 11 c) / 8, times 2.
    const network = effectiveNetwork({
      matrices: [integerMatrix(2, 3, [3n, -5n, 7n, 0n, 0n, 6n]), integerMatrix(1, 2, [9n, 11n])],
      places: [2, 3],
      scaleExponents: [0, 1],
      constant: true,
      activation: 'identity',
      inputSigns: ['signed'],
    });
    for (const x of [-1, -0.5, 0, 2]) {
      const y = Math.max(0, (3 * Math.max(0, x) - 5 * Math.max(0, -x) + 7) / 4);
      const wanted = (2 * (9 * y + (11 * 6) / 4)) / 8;
      expect(evaluateNetwork(network, Float64Array.of(x))[0]).toBe(wanted);
    }
  });

  it('keep a constant that ReLU has cut off at 0, and entries beyond float64', () => {
    const network = effectiveNetwork({
      matrices: [
        integerMatrix(2, 2, [(1n << 70n) + 1n, 0n, 0n, -1n]),
        integerMatrix(1, 2, [1n, 1n]),
      ],
      places: [0, 0],
      scaleExponents: [0, 0],
      constant: true,
      activation: 'relu',
      inputSigns: ['nonnegative'],
    });
    expect(matrixOf(network.layers[0]).exact.get(0)).toEqual({
      mantissa: (1n << 70n) + 1n,
      exponent: 0,
    });
    expect(network.layers[1].bias.values[0]).toBe(0);
  });
});
