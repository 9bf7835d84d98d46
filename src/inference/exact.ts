/**
 * The `exact` engine: the pruned source in BigInts. Float64 inputs are dyadic rationals; brought to
 * one exponent they are integers, and everything after that is addition and subtraction of integers.
 */

import { checkObject, checkWhole } from '../core/arguments.js';
import { dyadic, dyadicToNumber } from '../core/dyadic.js';
import { UsageError } from '../core/errors.js';
import type { Watch } from '../core/progress.js';
import { complete, everyFew, type Steps } from '../core/steps.js';
import { integerInputs } from '../integer/evaluate-integers.js';
import type { OutputScale } from '../integer/integer-network.js';
import { layerLists } from '../source/layer-lists.js';
import { checkBatch } from './float.js';
import { checkProgram, type PrunedProgram } from './pruned-program.js';

/** An exact output: `numerator / denominator`, in lowest terms only up to factors of the scale. */
export interface ExactValue {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The nearest float64 of an exact value (through a quotient with 64 spare bits if not dyadic). */
export function exactToNumber(value: ExactValue): number {
  checkObject('value', value);
  const { numerator, denominator } = value;
  if (!(denominator > 0n)) throw new UsageError('value: its denominator is not above 0');
  if ((denominator & (denominator - 1n)) === 0n) {
    return dyadicToNumber(dyadic(numerator, -(denominator.toString(2).length - 1)));
  }
  // Enough bits that the truncated quotient, made odd where it was inexact, rounds like the real one.
  const shift = Math.max(0, denominator.toString(2).length - numerator.toString(2).length) + 128;
  const scaled = numerator << BigInt(shift);
  const quotient = scaled / denominator;
  const sticky = quotient * denominator === scaled ? 0n : numerator < 0n ? -1n : 1n;
  return dyadicToNumber(dyadic(2n * quotient + sticky, -shift - 1));
}

/** Roundings between two steps: some milliseconds. */
const ROUNDINGS_AT_ONCE = 2 ** 12;

/** Exact outputs as the nearest float64s, in steps. */
export function* roundedSteps(exact: Steps<ExactValue[]>): Steps<Float64Array> {
  const values = yield* exact;
  const isTurn = everyFew(ROUNDINGS_AT_ONCE);
  const rounded = new Float64Array(values.length);
  for (const [index, value] of values.entries()) {
    rounded[index] = exactToNumber(value);
    if (isTurn(1)) yield;
  }
  return rounded;
}

/** Puts input exponent, output scale and the unit of the inputs back. */
export function scaleOutput(
  value: bigint,
  exponent: number,
  scale: OutputScale,
  unit = 1,
): ExactValue {
  return {
    numerator: value,
    denominator: (BigInt(scale.base) ** BigInt(scale.exponent) * BigInt(unit)) << BigInt(-exponent),
  };
}

/**
 * Runs the program on each of `samples` inputs; result[sample * outputs + output]. With a `unit` (a
 * positive integer) the inputs are the batch divided by it, exactly: a pruned source is positively
 * homogeneous, so the constant input becomes `unit` and the outputs are divided.
 */
export function runExact(
  program: PrunedProgram,
  batch: Float64Array,
  samples: number,
  unit = 1,
  watch: Watch = {},
): ExactValue[] {
  return complete(runExactSteps(program, batch, samples, unit), watch);
}

/** Additions of BigInts between two steps: a few milliseconds. */
const ADDITIONS_AT_ONCE = 2 ** 16;

/** The same in steps of stage `run`, counted in samples. */
export function* runExactSteps(
  program: PrunedProgram,
  batch: Float64Array,
  samples: number,
  unit = 1,
): Steps<ExactValue[]> {
  checkProgram(program);
  const { inputs, constant, outputs, layers, scale, activation } = program;
  const raw = inputs - (constant ? 1 : 0);
  checkBatch(batch, samples, raw);
  checkWhole('unit', unit, 1, Number.MAX_SAFE_INTEGER);
  const isTurn = everyFew(ADDITIONS_AT_ONCE);
  const result: ExactValue[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const { values, exponent } = integerInputs(batch, sample * raw, raw, constant, unit);
    const lists = layerLists<readonly bigint[]>(layers, {
      before: { number: 0, list: values },
      join: (parts) => parts.flat(),
    });
    let current: readonly bigint[] = values;
    for (const [index, { neurons, offsets, edges }] of layers.entries()) {
      const read = lists.readBy(index + 1);
      const relu = index < layers.length - 1 || activation === 'relu';
      const next: bigint[] = [];
      for (let neuron = 0; neuron < neurons.length; neuron++) {
        let sum = 0n;
        for (let position = offsets[neuron]; position < offsets[neuron + 1]; position++) {
          const edge = edges[position];
          if ((edge & 1) === 0) sum += read[edge >>> 1];
          else sum -= read[edge >>> 1];
        }
        next.push(relu && sum < 0n ? 0n : sum);
        if (isTurn(offsets[neuron + 1] - offsets[neuron])) yield;
      }
      lists.add(index + 1, next);
      current = next;
    }
    const outputValues = new Array<bigint>(outputs).fill(0n);
    layers[layers.length - 1].neurons.forEach((output, index) => {
      outputValues[output] = current[index];
    });
    for (const value of outputValues) result.push(scaleOutput(value, exponent, scale, unit));
    yield { stage: 'run', done: sample + 1, total: samples };
  }
  return result;
}
