/**
 * The proof by ranges against the check of whole blocks: the same verdict, and the same words, on true and
 * tampered claims, however the variables are cut.
 */
import { describe, expect, it } from 'vitest';
import type { Threads } from '../../src/core/threads.js';
import { quantizeLossless } from '../../src/integer/quantize.js';
import type { BlockInput, VariableRange } from '../../src/proof/block-input.js';
import { type PropagationResult, propagate } from '../../src/proof/propagate.js';
import { proveByRanges, rangesOf } from '../../src/proof/prove-by-ranges.js';
import { keptCount } from '../../src/source/mask.js';
import type { InputSign } from '../../src/target/network.js';
import { randomNetwork, randomStream } from '../networks.js';
import { type Claim, findInteger } from '../pruned-sources.js';
import { cloningThreads } from '../threads.js';
import { mutations } from './mutations.js';
import { randomClaim } from './random-claims.js';
import { claimOf, equal, prove, refusal, type Sketch } from './sketch.js';

type Cut = (input: BlockInput) => readonly VariableRange[];

/** Every input by itself. */
const single: Cut = (input) => rangesOf(input, 1);

/** Cut between inputs at random, each place as likely as not. */
function atRandom(random: () => number): Cut {
  return ({ rows: { offsets } }) => {
    const last = offsets[offsets.length - 1];
    const inner = [...offsets.subarray(1, -1)].filter(() => random() < 0.5);
    const bounds = [0, ...inner, last];
    return bounds.slice(1).map((to, index) => ({ from: bounds[index], to }));
  };
}

function inRanges(claim: Claim, cut: Cut, threads?: Threads, coefficients = 2 ** 20) {
  const { source, masks } = claim;
  // One thread takes part that nobody else needs; with several, signs are drawn from the seed.
  const ranges = proveByRanges(
    { kept: masks.map(keptCount), ...(threads && { threads }) },
    { least: 0, ranges: cut },
  );
  const limits = { coefficients, additions: 1e9 };
  return propagate({ ...claim, source, mask: (t) => masks[t - 1], ranges, limits });
}

describe('the trap of a range', () => {
  // s(x1 + x2) of signed inputs, and s(-x1 - x2): their difference is x1 + x2, but no neuron is a part.
  const sum: Sketch = {
    widths: [2, 2, 1],
    layers: [
      [
        [0, 0],
        [1, 0],
        [0, 1, -1],
        [1, 1, -1],
      ],
      [
        [0, 0],
        [1, 0, -1],
      ],
    ],
    matrices: [[[1, 1]]],
    inputSigns: ['signed', 'signed'],
  };

  it('s(x1 + x2) is not taken for s(x1) and s(x2), each in its range', () => {
    expect(prove(claimOf(sum))).toEqual(refusal(1, 1, 0, /both signs/));
    expect(inRanges(claimOf(sum), single)).toEqual(prove(claimOf(sum)));
  });

  it('nor where the second edge comes from an input of another kind', () => {
    for (const second of ['nonnegative', 'nonpositive'] as const) {
      const claim = claimOf({ ...sum, inputSigns: ['signed', second] });
      expect(inRanges(claim, single)).toEqual(prove(claim));
      expect(inRanges(claim, single)).toMatchObject({ equal: false });
    }
  });

  it('a neuron with one edge alone is still a part', () => {
    const parts: Sketch = {
      widths: [2, 4, 1],
      layers: [
        [
          [0, 0],
          [0, 1, -1],
          [1, 2],
          [1, 3, -1],
        ],
        [
          [0, 0],
          [1, 0, -1],
          [2, 0],
          [3, 0, -1],
        ],
      ],
      matrices: [[[1, 1]]],
      inputSigns: ['signed', 'signed'],
    };
    expect(inRanges(claimOf(parts), single)).toMatchObject(equal);
    expect(inRanges(claimOf(parts), single)).toEqual(prove(claimOf(parts)));
  });

  it('signs of different ranges make a neuron undecided', () => {
    const mixed: Sketch = {
      widths: [2, 1, 1],
      layers: [
        [
          [0, 0],
          [1, 0, -1],
        ],
        [[0, 0]],
      ],
      matrices: [[[1, 0]]],
      inputSigns: ['nonnegative', 'nonnegative'],
    };
    // Each range by itself finds nothing: s(x1) = x1, s(-x2) = 0.
    expect(inRanges(claimOf(mixed), single)).toEqual(refusal(1, 1, 0, /both signs/));
  });

  it('additions of all ranges together are held against the budget', () => {
    const claim = claimOf(sum);
    const wide = { ...claim, inputSigns: ['nonnegative', 'nonpositive'] as InputSign[] };
    const ranges = proveByRanges({ kept: [4, 2] }, { least: 0, ranges: single });
    const check = (additions: number): PropagationResult =>
      propagate({
        ...wide,
        mask: (t) => claim.masks[t - 1],
        ranges,
        limits: { coefficients: 2 ** 20, additions },
      });
    const plain = { ...claimOf({ ...sum, inputSigns: ['nonnegative', 'nonnegative'] }) };
    const proved = (additions: number): PropagationResult =>
      propagate({
        ...plain,
        mask: (t) => plain.masks[t - 1],
        ranges,
        limits: { coefficients: 2 ** 20, additions },
      });
    expect(check(100)).toMatchObject({ equal: false });
    // 6 edges, 5 coefficients: of each range 4 edges with one coefficient, the neuron that is 0 none.
    expect(proved(100)).toMatchObject({ equal: true });
    const least = [...Array(40).keys()].find((additions) => proved(additions).equal) ?? 0;
    expect(least).toBeGreaterThan(8);
    expect(proved(least - 1)).toEqual(refusal(1, 2, 0, /more additions/));
  });
});

describe('ranges cut at random', () => {
  it('1,000 random masks: the same answer and the same words', () => {
    const seen = { yes: 0, no: 0, parts: 0 };
    for (let seed = 0; seed < 1000; seed++) {
      const claim = randomClaim(seed, false);
      const whole = prove(claim);
      const random = randomStream(seed + 5);
      expect(inRanges(claim, atRandom(random)), `seed ${seed}`).toEqual(whole);
      // A signed input has two variables, which up to four neurons have.
      const halved = inRanges(claim, rangesOfAll, undefined, 10);
      expect(halved, `seed ${seed}, in halves`).toEqual(whole);
      if (whole.equal) seen.yes++;
      else seen.no++;
      if (whole.equal && claim.inputSigns.filter((sign) => sign === 'signed').length > 1)
        seen.parts++;
    }
    expect(seen.yes).toBeGreaterThan(60);
    expect(seen.parts).toBeGreaterThan(5);
    expect(seen.no).toBeGreaterThan(300);
  });

  const networks = [
    [{ dimensions: [2, 2], seed: 1, biases: false }, ['signed', 'signed']],
    [{ dimensions: [2, 2, 1], seed: 2 }, ['nonnegative', 'nonnegative']],
    [{ dimensions: [1, 3, 2], seed: 3, activation: 'relu' }, ['signed']],
    [
      { dimensions: [3, 2, 2, 2], seed: 4, biases: false },
      ['nonpositive', 'signed', 'nonnegative'],
    ],
  ] as const;
  const found = networks.map(([options, signs], index) =>
    findInteger(
      quantizeLossless(randomNetwork({ bits: 2, places: 1, ...options })),
      signs,
      0.5,
      BigInt(100 * index),
    ),
  );

  it('600 tampered tickets, here and on threads', () => {
    const random = randomStream(77);
    let no = 0;
    let trials = 0;
    for (const mutate of Object.values(mutations)) {
      for (let trial = 0; trial < 40; trial++) {
        const claim = mutate(found[trial % found.length], random);
        trials++;
        let whole: PropagationResult;
        try {
          whole = prove(claim);
        } catch {
          // What is no source is no ticket.
          continue;
        }
        expect(inRanges(claim, atRandom(random))).toEqual(whole);
        if (trial % 8 === 0) {
          const threads = cloningThreads(2);
          expect(inRanges(claim, atRandom(random), threads)).toEqual(whole);
        }
        if (!whole.equal) no++;
      }
    }
    expect(trials).toBeGreaterThan(500);
    expect(no).toBeGreaterThan(200);
  });

  it('a range that reaches more edges than one of several may hold is checked by itself', () => {
    for (const claim of found) {
      const { source, masks } = claim;
      const threads = cloningThreads(2);
      const ranges = proveByRanges(
        { kept: masks.map(keptCount), threads },
        { least: 0, ranges: single },
      );
      const limits = { coefficients: 2 ** 20, additions: 1e9, edges: 3 };
      const result = propagate({ ...claim, source, mask: (t) => masks[t - 1], ranges, limits });
      expect(result).toEqual(prove(claim));
    }
  });

  it('true tickets, counts of live neurons and edges included', () => {
    for (const claim of found) {
      const whole = prove(claim);
      expect(whole.equal).toBe(true);
      expect(inRanges(claim, single)).toEqual(whole);
      expect(inRanges(claim, single, cloningThreads(3))).toEqual(whole);
    }
  });
});

/** One range of all variables, which is halved as its rows demand. */
function rangesOfAll({ variables }: BlockInput): readonly VariableRange[] {
  return [{ from: 0, to: variables }];
}
