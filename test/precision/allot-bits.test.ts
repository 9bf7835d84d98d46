/** The fewest bits that provably suffice: bounded by lossless, and never fewer for a smaller epsilon. */
import { describe, expect, it } from 'vitest';
import { attack } from '../../src/attack/attack.js';
import { UsageError } from '../../src/core/errors.js';
import type { Threads } from '../../src/core/threads.js';
import { losslessPlaces, quantizeLossless, quantizeToBits } from '../../src/integer/quantize.js';
import { chooseBits, placesLadder, quantizeAs } from '../../src/precision/allot-bits.js';
import { averagePlaces } from '../../src/precision/average-places.js';
import { certify } from '../../src/precision/certificate.js';
import type { Domain } from '../../src/target/network.js';
import { randomNetwork } from '../networks.js';
import { cloningThreads } from '../threads.js';

const cube = (inputs: number): Domain => ({
  kind: 'box',
  lower: new Float64Array(inputs),
  upper: new Float64Array(inputs).fill(1),
});

describe('chooseBits', () => {
  it('keeps epsilon, and a smaller epsilon never gives a smaller source', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const network = randomNetwork({ dimensions: [3, 8, 6, 2], seed, bits: 12, places: 10 });
      const domain: Domain = seed % 2 === 0 ? cube(3) : { kind: 'ball', radius: 1.5 };
      let before = Number.POSITIVE_INFINITY;
      for (const epsilon of [1e-9, 1e-4, 3e-3, 0.02, 0.021, 0.3, 2, 1000]) {
        const chosen = chooseBits(network, domain, epsilon, { boxes: 17 });
        expect(chosen.certificate.epsilon).toBeLessThanOrEqual(epsilon);
        const { violated } = attack(network, chosen.integerNetwork, domain, {
          evaluations: 200,
          bound: chosen.certificate.epsilon,
        });
        expect(violated).toBe(false);
        expect(quantizeAs(network, domain, chosen.places, chosen.rounding)).toEqual(
          chosen.integerNetwork,
        );
        const size = chosen.averagePlaces;
        expect(size).toBeLessThanOrEqual(before);
        before = size;
      }
      expect(before).toBe(0);
    }
  });

  it('gives the same numbers whatever the threads, which share the halves of boxes', () => {
    const network = randomNetwork({ dimensions: [3, 50, 40, 2], seed: 4, bits: 12, places: 10 });
    const threads = cloningThreads(2);
    let asked = 0;
    const counting: Threads = {
      ...threads,
      run: (task, inputs, ticked) => {
        asked++;
        expect(inputs).toHaveLength(2);
        return threads.run(task, inputs, ticked);
      },
    };
    const rounded = quantizeToBits(network, 6);
    const options = { boxes: 21, methods: ['ellipsoid'] as const };
    const alone = certify(network, rounded, cube(3), options);
    expect(alone.boxes).toBe(21);
    expect(certify(network, rounded, cube(3), { ...options, threads: counting })).toEqual(alone);
    expect(asked).toBe(10);
    // Also where bits are chosen.
    asked = 0;
    const chosen = chooseBits(network, cube(3), 0.5 * alone.epsilon, { boxes: 9 });
    const shared = { boxes: 9, threads: counting };
    expect(chooseBits(network, cube(3), 0.5 * alone.epsilon, shared)).toEqual(chosen);
    expect(asked).toBeGreaterThan(0);
    // Where a half takes no time it is not worth a message.
    asked = 0;
    const small = randomNetwork({ dimensions: [3, 8, 6, 2], seed: 1, bits: 12, places: 10 });
    chooseBits(small, cube(3), 3e-3, { boxes: 17, threads: counting });
    expect(asked).toBe(0);
  });

  it('ends in lossless as epsilon goes to 0, and never costs more', () => {
    const network = randomNetwork({ dimensions: [4, 6, 3], seed: 9, bits: 9, places: 7 });
    const lossless = losslessPlaces(network);
    const chosen = chooseBits(network, cube(4), 1e-300);
    expect(chosen.places).toEqual(lossless);
    expect(chosen.certificate).toMatchObject({ method: 'lossless', epsilon: 0 });
    expect(chosen.integerNetwork).toEqual(quantizeLossless(network));
    const coarse = chooseBits(network, cube(4), 2);
    coarse.places.forEach((places, index) => {
      expect(places).toBeLessThanOrEqual(lossless[index]);
    });
    expect(coarse.averagePlaces).toBeLessThan(averagePlaces(network, lossless));
  });

  it('spends bits where the cost function makes them cheap', () => {
    const network = randomNetwork({ dimensions: [3, 6, 6, 2], seed: 12, bits: 20, places: 18 });
    const cheapFirst = chooseBits(network, cube(3), 0.01, {
      cost: ([first, second, third]) => first + 1000 * second + 1000 * third,
      boxes: 1,
      rounding: 'nearest',
    });
    const cheapSecond = chooseBits(network, cube(3), 0.01, {
      cost: ([first, second, third]) => 1000 * first + second + 1000 * third,
      boxes: 1,
      rounding: 'nearest',
    });
    expect(cheapFirst.places[0]).toBeGreaterThan(cheapSecond.places[0]);
    expect(cheapSecond.places[1]).toBeGreaterThan(cheapFirst.places[1]);
  });

  it('refuses an unbounded domain and an epsilon that is not positive', () => {
    const network = randomNetwork({ dimensions: [2, 2], seed: 1 });
    expect(() => chooseBits(network, { kind: 'all' }, 0.1)).toThrow(UsageError);
    for (const epsilon of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => chooseBits(network, cube(2), epsilon)).toThrow(UsageError);
    }
  });

  it('reports progress, and stops where the signal is aborted', () => {
    const network = randomNetwork({ dimensions: [3, 6, 6, 2], seed: 3, bits: 20, places: 18 });
    const controller = new AbortController();
    const stop = new Error('stop');
    const after: string[] = [];
    expect(() =>
      chooseBits(network, cube(3), 0.01, {
        signal: controller.signal,
        onProgress: ({ stage }) => {
          if (controller.signal.aborted) after.push(stage);
          if (stage === 'allot') controller.abort(stop);
        },
      }),
    ).toThrow(stop);
    expect(after).toEqual([]);
  });
});

describe('placesLadder', () => {
  it('goes from nothing to lossless, one bit at a time', () => {
    const ladder = placesLadder([4, 100, 1], [3, 5, 0], (places) =>
      places.reduce((sum, p) => sum + p, 0),
    );
    expect(ladder[0]).toEqual([0, 0, 0]);
    expect(ladder.at(-1)).toEqual([3, 5, 0]);
    expect(ladder).toHaveLength(9);
    expect(ladder[1]).toEqual([0, 1, 0]);
    expect(ladder[6]).toEqual([1, 5, 0]);
  });
});
