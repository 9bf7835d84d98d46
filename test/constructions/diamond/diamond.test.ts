import { describe, expect, it } from 'vitest';
import { diamond } from '../../../src/constructions/diamond/diamond.js';
import {
  diamondPlanOf,
  doubles,
  doublingLayers,
  incomingProbability,
  outputProbability,
} from '../../../src/constructions/diamond/plan.js';
import type { NetworkClass } from '../../../src/integer/network-class.js';
import { networkClassOf } from '../../../src/integer/network-class.js';
import { quantizeLossless } from '../../../src/integer/quantize.js';
import { propagate } from '../../../src/proof/propagate.js';
import { keptCount, type LayerMask } from '../../../src/source/mask.js';
import { sourceWeights } from '../../../src/source/shape.js';
import { createSource } from '../../../src/source/source.js';
import type { InputSign } from '../../../src/target/network.js';
import { randomNetwork } from '../../networks.js';

function findAndProve(
  options: Parameters<typeof randomNetwork>[0],
  signs: readonly InputSign[],
  seed: bigint,
) {
  const target = quantizeLossless(randomNetwork(options));
  const plan = diamond.plan(networkClassOf(target, signs), 1e-3);
  const source = createSource(seed, plan.shape);
  const masks: LayerMask[] = [];
  const finding = diamond.find(target, source, plan, (t, mask) => {
    expect(t).toBe(masks.length + 1);
    masks.push(mask);
  });
  if (!finding.found) return { plan, finding, masks, proof: null };
  const proof = propagate({
    source,
    mask: (t) => masks[t - 1],
    target,
    inputSigns: signs,
    assignments: finding.assignments,
  });
  return { plan, finding, masks, proof };
}

describe('diamond', () => {
  it('finds and proves random networks, signed and unsigned, with and without biases', () => {
    for (let seed = 0; seed < 24; seed++) {
      const dimensions = [1 + (seed % 4), 1 + (seed % 3), 1 + (seed % 5)].slice(seed % 2);
      const kinds: InputSign[] = ['signed', 'nonnegative', 'nonpositive'];
      const signs = Array.from({ length: dimensions[0] }, (_, i) => kinds[(seed + i) % 3]);
      const options = { dimensions, seed, bits: 1 + (seed % 7), biases: seed % 5 !== 0 };
      const { finding, proof } = findAndProve(options, signs, BigInt(seed));
      expect(finding).toMatchObject({ found: true });
      expect(proof).toMatchObject({ equal: true });
    }
  });

  it('plans the least K whose union bound keeps the promise', () => {
    const networkClass: NetworkClass = {
      dimensions: [5, 50, 50, 50, 50, 50, 50, 5],
      constant: true,
      bits: [45, 45, 45, 45, 45, 45, 45],
      inputSigns: Array.from({ length: 5 }, () => 'signed'),
    };
    const plan = diamond.plan(networkClass, 1e-6);
    expect(plan.failureBound).toBeLessThanOrEqual(1e-6);
    expect(plan.candidates).toBeGreaterThan(1400);
    expect(plan.candidates).toBeLessThan(1900);
    expect(sourceWeights(plan.shape)).toBeGreaterThan(10n ** 15n);
    // One candidate less would break the promise.
    const fewer = diamond.plan(networkClass, plan.failureBound * (1 - 1e-6));
    expect(fewer.candidates).toBe(plan.candidates + 1);
  });

  it('counts a block of any length at once: the layers of a gadget are of two kinds', () => {
    for (let hidden = 1; hidden <= 12; hidden++) {
      let expected = 0;
      for (let power = 0; power <= hidden; power++) {
        let doubling = 0;
        for (let layer = 1; layer < hidden; layer++) {
          expected += (1 - incomingProbability(power, layer)) ** 50;
          if (layer > 1 && doubles(power, layer)) doubling++;
        }
        expect(doublingLayers(power, hidden - 1)).toBe(doubling);
        expected += 2 * (1 - outputProbability(power, hidden)) ** 50;
      }
      const { failureBound } = diamondPlanOf(
        { dimensions: [1, 1], constant: false, bits: [hidden + 1], inputSigns: ['nonnegative'] },
        50,
      );
      expect(failureBound / expected).toBeCloseTo(1, 8);
    }
  });

  it('keeps only edges that lead to an output', () => {
    const { masks, proof } = findAndProve(
      { dimensions: [3, 4, 2], seed: 5 },
      ['signed', 'signed', 'signed'],
      1n,
    );
    if (proof?.equal !== true) throw new Error('not proved');
    const live = proof.blocks.reduce((sum, block) => sum + block.liveEdges, 0);
    const kept = masks.reduce((sum, mask) => sum + keptCount(mask), 0);
    expect(kept).toBeGreaterThanOrEqual(live);
    expect(kept).toBeLessThan(1.05 * live);
  });

  it('is deterministic', () => {
    const once = findAndProve(
      { dimensions: [3, 4, 2], seed: 5 },
      ['signed', 'signed', 'signed'],
      7n,
    );
    const again = findAndProve(
      { dimensions: [3, 4, 2], seed: 5 },
      ['signed', 'signed', 'signed'],
      7n,
    );
    expect(again.masks).toEqual(once.masks);
  });
});
