/** The failure terms of the construction skip, against counts over random signs. */
import { describe, expect, it } from 'vitest';
import { sumFailure, totalShortfall } from '../../../src/constructions/skip/sum-failure.js';
import { topShortfall } from '../../../src/constructions/skip/tops.js';
import { typesShortfall } from '../../../src/constructions/types-shortfall.js';
import { randomStream } from '../../networks.js';

const TRIALS = 4000;

/** Four standard deviations above the share that a bound allows. */
function allowed(bound: number): number {
  return bound + 4 * Math.sqrt((bound * (1 - bound) + 1 / TRIALS) / TRIALS);
}

function shareOf(trial: () => boolean): number {
  let count = 0;
  for (let index = 0; index < TRIALS; index++) if (trial()) count++;
  return count / TRIALS;
}

/** Whether each half of each input can have a neuron of its own, by augmenting paths. */
function isMatched(suits: readonly (readonly boolean[])[]): boolean {
  const owner = new Map<number, number>();
  const augment = (group: number, seen: Set<number>): boolean =>
    suits[group].some((fits, neuron) => {
      if (!fits || seen.has(neuron)) return false;
      seen.add(neuron);
      const before = owner.get(neuron);
      if (before !== undefined && !augment(before, seen)) return false;
      owner.set(neuron, group);
      return true;
    });
  return suits.every((_, group) => augment(group, new Set()));
}

describe('failure terms of skip', () => {
  it('bound how often split inputs cannot be summed', () => {
    const random = randomStream(5);
    for (const [inputs, sums, pool] of [
      [1, 1, 8],
      [3, 1, 18],
      [3, 2, 12],
      [4, 3, 13],
    ]) {
      const bound = sumFailure(inputs, 2 * inputs, pool, sums);
      expect(bound).toBeLessThan(1);
      const share = shareOf(() => {
        const neurons = Array.from({ length: pool }, () => ({
          isSummed: Array.from({ length: sums }, () => random() < 0.5).includes(true),
          signs: Array.from({ length: inputs }, () => random() < 0.5),
        }));
        const suits = Array.from({ length: 2 * inputs }, (_, half) =>
          neurons.map(({ isSummed, signs }) => isSummed && signs[half >>> 1] === (half % 2 === 0)),
        );
        return !isMatched(suits);
      });
      expect(share).toBeLessThanOrEqual(allowed(bound));
    }
  });

  it('count chains that run short for a type, of which the first ask for more', () => {
    const random = randomStream(6);
    for (const [chains, wanted, good] of [
      [12, 8, [0.5, 0.8]],
      [12, 8, [0.7, 0.7]],
      [9, 8, [0.6, 0.6, 0.9, 0.95]],
    ] as const) {
      const bound = typesShortfall(chains, wanted, good);
      const share = shareOf(() => {
        // Who is good for a type is good for those after it.
        const firsts = Array.from({ length: chains }, () => {
          const draw = random();
          const type = good.findIndex((probability) => draw < probability);
          return type < 0 ? good.length : type;
        });
        return good.some(
          (_, type) =>
            firsts.filter((first) => first <= type).length < (wanted * (type + 1)) / good.length,
        );
      });
      expect(share).toBeLessThanOrEqual(allowed(Math.min(1, bound)));
    }
  });

  it('are exact for a top and for a neuron that reads all sums', () => {
    expect(topShortfall(3, 1)).toBeCloseTo(1 / 16, 6);
    expect(topShortfall(3, 2)).toBeCloseTo(5 / 16, 6);
    expect(totalShortfall(4, 2)).toBeCloseTo(0.75 ** 4, 6);
  });
});
