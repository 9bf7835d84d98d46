/**
 * Soundness on masks that nobody constructed: small random sources pruned at random, claimed to equal
 * what they do on unit inputs. Whenever the proof says yes, an edge-by-edge evaluation agrees.
 */
import { describe, expect, it } from 'vitest';
import { runExact } from '../../src/inference/exact.js';
import { propagate } from '../../src/proof/propagate.js';
import { pruneSource } from '../../src/source/pruned-network.js';
import { blockEndsOf, widthOf } from '../../src/source/shape.js';
import { randomStream } from '../networks.js';
import {
  type Claim,
  integerInput,
  programOf,
  referenceInteger,
  referencePruned,
} from '../pruned-sources.js';
import { randomClaim } from './random-claims.js';

/** Whether some layer whose rows are needed reads another layer than the one before. */
function readsSeveral(claim: Claim): boolean {
  return pruneSource(claim.source, (t) => claim.masks[t - 1]).some(
    ({ reads, edges }, index) =>
      reads !== undefined && edges.length > 0 && `${reads}` !== `${index}`,
  );
}

describe.each([
  ['layered sources', false, 4000],
  ['skip sources', true, 8000],
])('random masks of %s', (_, skips, seeds) => {
  it('a yes of the proof is never wrong, on inputs of every sign and with two blocks', () => {
    const yes = { all: 0, signed: 0, twoBlocks: 0, several: 0 };
    let no = 0;
    let different = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const claim = randomClaim(seed, skips);
      const { source, masks, target, inputSigns } = claim;
      const result = propagate({ ...claim, mask: (t) => masks[t - 1] });
      // In parts of a variable each the answer is the same.
      // (A signed input has two, and up to five neurons a coefficient for each.)
      // Those of other layers are held besides where they are read later.
      const limits = { coefficients: skips ? 34 : 10, additions: 1e6 };
      const inParts = propagate({ ...claim, mask: (t) => masks[t - 1], limits });
      expect(inParts.equal, `seed ${seed}`).toBe(result.equal);
      const pruned = referencePruned(source, masks, target.activation);
      const integers = referenceInteger(target);
      const random = randomStream(seed + 10_000);
      let same = true;
      for (let trial = 0; trial < 30 && same; trial++) {
        const input = integerInput(random, inputSigns, false);
        same = `${pruned(input)}` === `${integers(input)}`;
      }
      if (!same) {
        different++;
        expect(result.equal, `seed ${seed}`).toBe(false);
      }
      if (result.equal) {
        // The exact engine as the third opinion, beside the checker and the evaluation edge by edge.
        const input = integerInput(random, inputSigns, false);
        const values = runExact(programOf(claim), Float64Array.from(input, Number), 1);
        expect(values.map(({ numerator }) => numerator)).toEqual(pruned(input));
        const nonZero = target.matrices.every(({ values }) => [...values].some((v) => v !== 0));
        if (!nonZero) continue;
        yes.all++;
        if (inputSigns.includes('signed')) yes.signed++;
        if (blockEndsOf(source.shape).length === 2) yes.twoBlocks++;
        if (readsSeveral(claim)) yes.several++;
      } else {
        no++;
        const { block, layer, neuron, reason } = result.failure;
        expect(block).toBeGreaterThanOrEqual(1);
        expect(layer).toBeLessThanOrEqual(blockEndsOf(source.shape)[block - 1]);
        expect(neuron).toBeLessThan(widthOf(source.shape, layer));
        expect(reason.length).toBeGreaterThan(20);
      }
    }
    // All kinds of cases occurred, or the above would say little.
    expect(yes.all).toBeGreaterThan(300);
    expect(yes.signed).toBeGreaterThan(60);
    expect(yes.twoBlocks).toBeGreaterThan(60);
    if (skips) expect(yes.several).toBeGreaterThan(200);
    expect(different).toBeGreaterThan(500);
    expect(no).toBeGreaterThanOrEqual(different);
  });
});
