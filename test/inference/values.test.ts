/** What goes into the engines and what comes out: batches that are refused, exact values as float64s. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { exactToNumber, runExact, scaleOutput } from '../../src/inference/exact.js';
import { checkBatch, floatEngine } from '../../src/inference/float.js';
import { runFolded, runFoldedExact } from '../../src/inference/folded.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { integerInputs } from '../../src/integer/evaluate-integers.js';
import { findInteger, integersOf } from '../pruned-sources.js';

function refusal(run: () => unknown): InputError {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('checkBatch', () => {
  it('accepts finite samples of the right width', () => {
    expect(() => checkBatch(Float64Array.of(1, 2, 3, -4, 0, 5e-324), 2, 3)).not.toThrow();
  });

  it('an empty batch, or no whole number of samples', () => {
    for (const samples of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const error = refusal(() => checkBatch(new Float64Array(0), samples, 3));
      expect(error).toMatchObject({ place: 'input batch', problem: 'it is empty' });
    }
  });

  it('the wrong number of values', () => {
    expect(refusal(() => checkBatch(new Float64Array(5), 2, 3))).toMatchObject({
      place: 'input batch',
      problem: '5 values are not 2 samples of 3',
      remedy: 'give 3 values per sample',
    });
  });

  it('NaN and infinities, with sample and coordinate', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const batch = Float64Array.of(1, 2, 3, 4, bad, 6);
      expect(refusal(() => checkBatch(batch, 2, 3))).toMatchObject({
        problem: `value 1 of sample 1 is ${bad}`,
        remedy: 'give finite numbers',
      });
    }
  });

  it('guards every engine', () => {
    const target = integersOf([[[1, -2]]]);
    const program = compileTicket(findInteger(target, ['signed', 'signed']).ticket);
    const run = floatEngine(program);
    for (const batch of [Float64Array.of(1), Float64Array.of(1, Number.NaN), new Float64Array(0)]) {
      const samples = batch.length === 0 ? 0 : 1;
      expect(() => runExact(program, batch, samples)).toThrow(InputError);
      expect(() => run(batch, samples)).toThrow(InputError);
      expect(() => runFolded(target, batch, samples)).toThrow(InputError);
      expect(() => runFoldedExact(target, batch, samples)).toThrow(InputError);
    }
  });
});

describe('exact values', () => {
  it('inputs become integers over one power of two, the constant among them', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(
        fc.array(finite, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        (values, constant) => {
          const batch = Float64Array.from([9, ...values]);
          const { values: integers, exponent } = integerInputs(batch, 1, values.length, constant);
          expect(exponent).toBeLessThanOrEqual(0);
          expect(integers).toHaveLength(values.length + (constant ? 1 : 0));
          const all = constant ? [...values, 1] : values;
          for (const [index, value] of all.entries()) {
            const exact = scaleOutput(integers[index], exponent, { base: 2, exponent: 0 });
            expect(exactToNumber(exact)).toBe(value + 0);
          }
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it('the nearest float64 of a fraction, ties to even, whatever the denominator', () => {
    const integer = fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n });
    fc.assert(
      fc.property(integer, fc.bigInt({ min: 1n, max: 2n ** 53n }), (numerator, denominator) => {
        // Both are float64s, so the processor's quotient is the correctly rounded one.
        const quotient = Number(numerator) / Number(denominator);
        expect(exactToNumber({ numerator, denominator })).toBe(quotient + 0);
        // Nor does it matter whether the fraction is in lowest terms.
        const factor = 10n ** 40n;
        expect(
          exactToNumber({ numerator: numerator * factor, denominator: denominator * factor }),
        ).toBe(quotient + 0);
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  it('ties and their neighbours, and the ends of the range', () => {
    const tie = 2n ** 54n + 2n; // halfway between 2^54 and 2^54 + 4
    expect(exactToNumber({ numerator: 3n * tie, denominator: 3n })).toBe(2 ** 54);
    expect(exactToNumber({ numerator: 3n * tie + 1n, denominator: 3n })).toBe(2 ** 54 + 4);
    expect(exactToNumber({ numerator: -3n * tie - 1n, denominator: 3n })).toBe(-(2 ** 54) - 4);
    // Off the tie by less than 2^-128.
    const denominator = 3n ** 150n;
    expect(exactToNumber({ numerator: tie * denominator, denominator })).toBe(2 ** 54);
    expect(exactToNumber({ numerator: tie * denominator + 1n, denominator })).toBe(2 ** 54 + 4);
    expect(exactToNumber({ numerator: -tie * denominator - 1n, denominator })).toBe(-(2 ** 54) - 4);
    expect(exactToNumber({ numerator: 1n, denominator: 3n * 10n ** 400n })).toBe(0);
    expect(exactToNumber({ numerator: 10n ** 400n, denominator: 3n })).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect(exactToNumber({ numerator: 0n, denominator: 30n })).toBe(0);
  });
});
