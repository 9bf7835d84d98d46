import { describe, expect, it } from 'vitest';
import { joinNetworks } from '../../src/integer/join-networks.js';
import {
  randomTarget,
  summariseUniversality,
  universalityStudy,
} from '../../src/study/universality.js';

describe('universality', () => {
  const planned = universalityStudy.plan({ targets: 12, seed: 1 });
  const records = planned.map((point) => ({ point, result: universalityStudy.run(point) }));

  it('finds and proves networks of all kinds in one source each', () => {
    for (const summary of summariseUniversality(records)) {
      expect(summary).toMatchObject({ targets: 12, proved: 12, differentMasks: 12 });
    }
    expect(new Set(records.map(({ result }) => result.kind)).size).toBe(6);
  });

  it('takes targets that the class holds, and no larger class', () => {
    for (const { point } of records) {
      const { network } = randomTarget(point, point.target);
      const inputSigns = new Array<'signed'>(point.dimensions[0]).fill('signed');
      const own = joinNetworks([{ network, inputSigns }]);
      expect(own.bits.length).toBeLessThanOrEqual(point.bits.length);
      expect(Math.max(...own.bits)).toBeLessThanOrEqual(Math.max(...point.bits));
    }
  });

  it('says so where a source is too small to hold a network', () => {
    // Half of the seeds fail at this delta: some of them among these.
    const seeds = Array.from({ length: 12 }, (_, seed) => seed);
    const results = seeds.map((seed) =>
      universalityStudy.run({
        construction: 'diamond',
        dimensions: [2, 2],
        bits: [3],
        inputs: 'signed',
        delta: 0.99,
        seed,
        target: 3,
      }),
    );
    const lost = results.filter(({ proved }) => !proved);
    expect(lost.length).toBeGreaterThan(0);
    expect(lost.length).toBeLessThan(12);
    for (const { kept, maskDigest } of lost) expect([kept, maskDigest]).toEqual([0, '']);
  });

  it('computes a point again, alone', () => {
    const { point, result } = records[5];
    expect(universalityStudy.run(JSON.parse(JSON.stringify(point)))).toEqual(result);
  });
});
