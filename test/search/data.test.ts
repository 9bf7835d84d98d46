import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/core/errors.js';
import { dataDigest } from '../../src/data/labelled.js';
import { gatherBatch, splitSamples, standardizationOf } from '../../src/search/data.js';
import { clusters } from './problems.js';

const data = clusters(300, 1, 5, 3);

describe('training data', () => {
  it('splits without loss or overlap, the same way for the same seed', () => {
    const { train, validation } = splitSamples(300, 0.2, 4n);
    expect(validation.length).toBe(60);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 300 }, (_, index) => index),
    );
    expect(splitSamples(300, 0.2, 4n).validation).toEqual(validation);
    expect(splitSamples(300, 0.2, 5n).validation).not.toEqual(validation);
    expect(splitSamples(300, 0, 4n).train.length).toBe(300);
    expect(() => splitSamples(3, 0.1, 1n)).toThrow(InputError);
  });

  it('is standardised to mean 0 and deviation 1 over the training samples', () => {
    const samples = splitSamples(300, 0.2, 4n).train;
    for (const mode of ['global', 'feature'] as const) {
      const standardization = standardizationOf(data, samples, mode);
      const { inputs } = gatherBatch(data, standardization, samples, 0, samples.length);
      const groups = mode === 'global' ? 1 : data.inputs;
      for (let group = 0; group < groups; group++) {
        const values = inputs.filter((_, at) => at % groups === group);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
        expect(mean).toBeCloseTo(0, 5);
        expect(square).toBeCloseTo(1, 5);
      }
    }
    const range = standardizationOf(data, samples, 'range');
    expect(new Set(range.mean)).toEqual(new Set([0]));
    expect(range.deviation[0]).toBe(
      Math.max(
        ...samples.map((sample) => Math.max(...data.values.subarray(5 * sample, 5 * sample + 5))),
      ),
    );
    expect(standardizationOf(data, samples, 'none').deviation[0]).toBe(1);
  });

  it('an input that never changes keeps deviation 1', () => {
    const constant = { ...data, values: new Uint8Array(1500).fill(9) };
    const samples = splitSamples(300, 0, 1n).train;
    for (const mode of ['global', 'feature'] as const) {
      const { mean, deviation } = standardizationOf(constant, samples, mode);
      expect([mean[0], deviation[0]]).toEqual([9, 1]);
    }
  });

  it('refuses values that overflow', () => {
    const huge = { ...data, values: new Float64Array(1500).fill(1e300) };
    huge.values[0] = -1e300;
    const samples = splitSamples(300, 0, 1n).train;
    expect(() => standardizationOf(huge, samples, 'feature')).toThrow(InputError);
  });

  it('the digest tells data sets apart', () => {
    const digest = dataDigest(data);
    expect(dataDigest({ ...data, values: data.values.slice() })).toBe(digest);
    const others = [
      { ...data, values: data.values.map((value, at) => (at === 1499 ? value ^ 1 : value)) },
      { ...data, labels: data.labels.map((label, at) => (at === 299 ? (label + 1) % 3 : label)) },
      { ...data, values: Float64Array.from(data.values) },
      { ...data, values: Float32Array.from(data.values) },
      { ...data, count: 250, inputs: 6 },
    ];
    expect(new Set([digest, ...others.map(dataDigest)]).size).toBe(6);
  });
});
