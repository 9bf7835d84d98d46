/** Rows written out against rows as lists: whatever the first decide, the second say too, to the last sign and addition. */
import { describe, expect, it } from 'vitest';
import { packSigns, unpackSigns } from '../../src/cluster/tasks/proof-range.js';
import { complete } from '../../src/core/steps.js';
import { isBig } from '../../src/integer/integer-network.js';
import { quantizeLossless } from '../../src/integer/quantize.js';
import { isLayered } from '../../src/proof/block-frame.js';
import { checkByLists, NONE_FAILED, rangeOver } from '../../src/proof/check-range.js';
import { denseRange } from '../../src/proof/dense-range.js';
import { blockToProve } from '../../src/proof/propagate.js';
import { blockFrame, rangesOf } from '../../src/proof/prove-by-ranges.js';
import type { RangeResult } from '../../src/proof/range-proof.js';
import { randomNetwork, randomStream } from '../networks.js';
import { type Claim, findInteger } from '../pruned-sources.js';
import { mutations } from './mutations.js';
import { randomClaim } from './random-claims.js';
import { claimOf } from './sketch.js';

const LIMITS = { coefficients: 2 ** 20, additions: 1e9 };

/** What both say of each range of each block that there is. */
function both(claim: Claim, inputs: number, limits = LIMITS) {
  const { source, masks, target } = claim;
  const results: { dense: RangeResult | null; lists: RangeResult }[] = [];
  for (let number = 1; number <= target.matrices.length; number++) {
    const given = { ...claim, mask: (t: number) => masks[t - 1], limits };
    const block = complete(blockToProve(given, number));
    // Only such blocks have ranges.
    if (!isLayered(source.shape, block.first, block.last)) continue;
    const frame = complete(blockFrame(block));
    const { input, expected, assignment, others } = block;
    for (const range of rangesOf(input, inputs)) {
      const own = {
        ...rangeOver({ number, input, expected, assignment, others, limits }, range),
        earliest: Uint32Array.of(NONE_FAILED),
      };
      results.push({
        dense: complete(denseRange(frame, source, own)),
        lists: complete(checkByLists(frame, source, own)),
      });
    }
  }
  return results;
}

const found = [
  findInteger(
    quantizeLossless(randomNetwork({ bits: 2, places: 1, dimensions: [2, 2, 1], seed: 2 })),
    ['signed', 'nonnegative'],
    0.5,
    0n,
  ),
  findInteger(
    quantizeLossless(
      randomNetwork({ bits: 2, places: 1, dimensions: [3, 2, 2, 2], seed: 4, biases: false }),
    ),
    ['nonpositive', 'signed', 'nonnegative'],
    0.5,
    300n,
  ),
];

describe('rows written out', () => {
  it('decide every range of a true ticket, and say what lists say', () => {
    for (const claim of found) {
      for (const inputs of [1, 2, 100]) {
        for (const { dense, lists } of both(claim, inputs)) {
          expect(lists.failure).toBeNull();
          expect(dense).toEqual(lists);
          // As a queue hands them on.
          for (const seen of lists.seen) {
            expect(unpackSigns(packSigns(seen), 2 ** 20)).toEqual(seen);
          }
        }
      }
    }
  });

  it('say of 800 random and tampered claims either what lists say, or nothing', () => {
    const seen = { decided: 0, open: 0 };
    const compare = (claim: Claim): void => {
      let results: ReturnType<typeof both>;
      try {
        results = both(claim, 1 + (seen.open % 3));
      } catch {
        // What is no ticket has no ranges.
        return;
      }
      for (const { dense, lists } of results) {
        if (dense === null) {
          // Integers beyond float64 are not for them.
          const isLong = claim.target.matrices.some(({ values }) => isBig(values));
          expect(isLong || lists.failure !== null).toBe(true);
          seen.open++;
        } else {
          expect(dense).toEqual(lists);
          seen.decided++;
        }
      }
    };
    for (let seed = 0; seed < 400; seed++) compare(randomClaim(seed, false));
    const random = randomStream(5);
    for (const mutate of Object.values(mutations)) {
      for (let trial = 0; trial < 30; trial++) compare(mutate(found[trial % 2], random));
    }
    expect(seen.decided).toBeGreaterThan(200);
    expect(seen.open).toBeGreaterThan(200);
  });

  /** The one output is `2^layers` times the one input, by two neurons a layer that add up the two before. */
  function doubling(layers: number, weight: bigint): Claim {
    const pair: [number, number][] = [
      [0, 0],
      [0, 1],
    ];
    const four: [number, number][] = [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ];
    return claimOf({
      widths: [1, ...new Array(layers).fill(2), 1],
      layers: [
        pair,
        ...new Array(layers - 1).fill(four),
        [
          [0, 0],
          [1, 0],
        ],
      ],
      matrices: [[[weight]]],
      inputSigns: ['nonnegative'],
    });
  }

  it('take sums that float64 holds, and leave longer ones alone', () => {
    for (const [layers, isDecided] of [
      [10, true],
      [52, true],
      [53, false],
      [60, false],
    ] as const) {
      const [result] = both(doubling(layers, 2n ** BigInt(layers)), 1);
      expect(result?.lists.failure, `${layers}`).toBeNull();
      if (isDecided) expect(result?.dense).toEqual(result?.lists);
      else expect(result?.dense).toBeNull();
    }
  });

  it('leave a range to lists that asks for more additions or edges than there may be', () => {
    const claim = found[0];
    for (const { dense } of both(claim, 100, { ...LIMITS, additions: 1 })) expect(dense).toBeNull();
    const few = { ...LIMITS, edges: 1 };
    for (const { dense, lists } of both(claim, 100, few)) {
      expect(dense).toBeNull();
      expect(lists.isTooLarge).toBe(true);
    }
  });
});
