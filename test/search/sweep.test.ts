/** What a sweep asks for. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { searchOptions } from '../../src/search/options.js';
import { optionsFromJson, optionsJson } from '../../src/search/options-record.js';
import { parseShape } from '../../src/search/shape-text.js';
import { parseSweep, sweepRuns } from '../../src/search/sweep.js';

const optionsObject = optionsJson(searchOptions({ method: 'biprop', widths: [3, 2] })) as object;
const given = { method: 'edge-popup', widths: [4, 5, 3] } as const;

describe('the text of a sweep', () => {
  it('has values and ranges of options, kept fractions without a name', () => {
    expect(parseSweep('0.1,0.5')).toEqual({ keep: [0.1, 0.5] });
    const { keep, seed } = parseSweep('keep=0.1..0.9,seed=1..3');
    expect(keep).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
    expect(seed).toEqual([1n, 2n, 3n]);
    expect(parseSweep('keep=0.02..0.1/0.04,1')).toEqual({ keep: [0.02, 0.06, 0.1, 1] });
    expect(parseSweep('method=biprop,edge-popup,seed=7,18446744073709551615')).toEqual({
      method: ['biprop', 'edge-popup'],
      seed: [7n, 2n ** 64n - 1n],
    });
  });

  it.each([
    '',
    'keep=',
    'keep=0',
    'keep=1.5',
    'keep=0.9..0.1',
    'keep=0.1..0.9/0',
    'keep=0.1..0.9/1e-9',
    'keep=0.1..x',
    'seed=-1',
    'seed=1.5',
    'seed=1..99999999999',
    'seed=18446744073709551616',
    'method=none',
    'depth=1..3',
    'keep=0.1,keep=0.2',
  ])('refuses %j', (text) => {
    expect(() => parseSweep(text)).toThrow(UsageError);
  });
});

describe('the runs of a sweep', () => {
  it('are all combinations, each with a name of its own', () => {
    const runs = sweepRuns(given, parseSweep('keep=0.3,0.5,seed=1..2'));
    expect(runs.map(({ name }) => name)).toEqual([
      'keep-0.3-seed-1',
      'keep-0.3-seed-2',
      'keep-0.5-seed-1',
      'keep-0.5-seed-2',
    ]);
    expect(runs[1]?.options).toMatchObject({ keep: [0.3, 0.3], seed: 2n });
    expect(sweepRuns(given, parseSweep('0.5,1')).map(({ name }) => name)).toEqual([
      'keep-0.5',
      'keep-1',
    ]);
    expect(() => sweepRuns(given, parseSweep('0.5,0.50'))).toThrow(/twice/);
    expect(() => sweepRuns(given, parseSweep('keep=0.1..1/0.001,seed=1..999'))).toThrow(
      /more than/,
    );
  });

  it('come back from JSON', () => {
    const shape = parseShape('8x8x2-conv4-pool-3');
    for (const { options } of sweepRuns({ ...given, ...shape }, parseSweep('0.3,seed=1..2'))) {
      const text = JSON.stringify(optionsJson(options));
      expect(optionsFromJson(JSON.parse(text))).toEqual(options);
    }
    for (const wrong of [null, {}, { ...optionsObject, seed: '9'.repeat(20) }, { more: 1 }]) {
      expect(() => optionsFromJson(wrong)).toThrow(UsageError);
    }
  });
});
