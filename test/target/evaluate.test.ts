/** Float64 evaluation in batches. */
import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../src/core/errors.js';
import { evaluateNetwork } from '../../src/target/evaluate.js';
import { evaluateDirectly, randomNetwork } from '../networks.js';

describe('evaluateNetwork', () => {
  it.each(['relu', 'identity'] as const)(
    'gives each sample of a batch its outputs (%s)',
    (activation) => {
      const network = randomNetwork({ dimensions: [3, 7, 4, 2], seed: 5, activation });
      const samples = 75;
      const inputs = Float64Array.from(
        { length: 3 * samples },
        (_, index) => ((index * 37) % 64) / 8 - 4,
      );
      const outputs = evaluateNetwork(network, inputs);
      expect(outputs).toHaveLength(2 * samples);
      for (let sample = 0; sample < samples; sample++) {
        const expected = evaluateDirectly(network, [
          ...inputs.subarray(3 * sample, 3 * sample + 3),
        ]);
        expect([...outputs.subarray(2 * sample, 2 * sample + 2)]).toEqual(expected);
      }
    },
  );

  it('takes empty batches, and refuses parts of a sample', () => {
    const network = randomNetwork({ dimensions: [3, 2], seed: 1 });
    expect(evaluateNetwork(network, new Float64Array(0))).toHaveLength(0);
    expect(() => evaluateNetwork(network, new Float64Array(4))).toThrow(UsageError);
    expect(() => evaluateNetwork({ ...network, layers: [] }, new Float64Array(4))).toThrow(
      InputError,
    );
  });

  it('does not hide NaN', () => {
    const network = randomNetwork({ dimensions: [1, 2, 1], seed: 1 });
    expect(evaluateNetwork(network, Float64Array.of(Number.NaN))[0]).toBeNaN();
  });
});
