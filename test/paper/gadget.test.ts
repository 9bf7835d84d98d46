/** Lemmas 3 to 6: the deterministic construction, in sources whose needed signs are set, not drawn. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diamond } from '../../src/constructions/diamond/diamond.js';
import type { DiamondPlan } from '../../src/constructions/diamond/plan.js';
import { runExact } from '../../src/inference/exact.js';
import { runFoldedExact } from '../../src/inference/folded.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import { propagate } from '../../src/proof/propagate.js';
import type { LayerMask } from '../../src/source/mask.js';
import { blockEndsOf, layeredShape, widthOf, widthsOf } from '../../src/source/shape.js';
import type { InputSign } from '../../src/target/network.js';
import {
  allEdges,
  type Claim,
  chosenSource,
  deterministicSource,
  type Edge,
  edgesOf,
  integersOf,
  programOf,
  sparseMask,
} from '../pruned-sources.js';

const bigInput = fc.integer({ min: -1000, max: 1000 }).map((value) => value / 16);

/** Finds the network in the deterministic source; every candidate is the only one of its gadget. */
function construct(
  target: IntegerNetwork,
  inputSigns: readonly InputSign[],
): Claim & { readonly plan: DiamondPlan } {
  const { source, plan } = deterministicSource(target, inputSigns);
  const masks: LayerMask[] = [];
  const finding = diamond.find(target, source, plan, (_, mask) => masks.push(mask));
  if (!finding.found) throw new Error(finding.unmet.demand);
  const { assignments } = finding;
  return { source, masks, target, inputSigns, assignments, plan };
}

/** The pruned source equals the integer network: proved, and seen at the given inputs. */
function expectEqual(claim: Claim, inputs: readonly (readonly number[])[]): void {
  const mask = (t: number): LayerMask => claim.masks[t - 1];
  expect(propagate({ ...claim, mask })).toMatchObject({ equal: true });
  const batch = Float64Array.from(inputs.flat());
  expect(runExact(programOf(claim), batch, inputs.length)).toEqual(
    runFoldedExact(claim.target, batch, inputs.length),
  );
}

const signed = (count: number): InputSign[] => Array.from({ length: count }, () => 'signed');

describe('Lemma 3', () => {
  /** Figure 2: one input, n hidden layers of two neurons, one output; all signs +1. */
  function diamondGadget(hidden: number, power: number): Claim {
    const widths = [1, ...Array.from({ length: hidden }, () => 2), 1];
    const masks = widths.slice(1).map((outputs, index) => {
      const inputs = widths[index];
      const passes = index > 0 && index < hidden && index >= power;
      const edges: Edge[] = passes
        ? [
            [0, 0],
            [1, 1],
          ]
        : allEdges(inputs, outputs);
      // For 2^0 the output reads one of the two copies.
      return sparseMask(inputs, outputs, index === hidden && power === 0 ? [[0, 0]] : edges);
    });
    return {
      source: chosenSource(layeredShape(widths, [hidden + 1]), () => 1),
      masks,
      target: integersOf([[[2n ** BigInt(power)]]]),
      inputSigns: ['nonnegative'],
      assignments: [],
    };
  }

  it('Figure 2a: n hidden pairs with all edges kept compute 2^n x', () => {
    for (let n = 1; n <= 64; n += 7) {
      const gadget = diamondGadget(n, n);
      expect(gadget.masks.every((mask, t) => edgesOf(mask).length === (t % n === 0 ? 2 : 4))).toBe(
        true,
      );
      expectEqual(gadget, [[0], [1], [0.375], [1e6]]);
    }
  });

  it('Figure 2b: pruned further, the same gadget computes 2^(n-k) x for every k <= n', () => {
    for (let k = 0; k <= 9; k++) expectEqual(diamondGadget(9, 9 - k), [[0], [1], [0.375], [1e6]]);
  });

  it('Figure 3: two mirrored gadgets compute +-2^(n-k) x for inputs of both signs', () => {
    for (const positive of [true, false]) {
      for (let n = 1; n <= 5; n++) {
        for (let power = 0; power <= n; power++) {
          const { masks } = diamondGadget(n, power);
          const widths = [1, ...Array.from({ length: n }, () => 4), 1];
          // Neurons 0, 1 carry s(x), neurons 2, 3 the mirror image s(-x).
          const source = chosenSource(layeredShape(widths, [n + 1]), (t, column, row) => {
            if (t === 1) return row < 2 ? 1 : -1;
            return t === n + 1 && column < 2 !== positive ? -1 : 1;
          });
          const mirrored = masks.map((mask, index) => {
            const edges = edgesOf(mask).flatMap(([column, row]): Edge[] => [
              [column, row],
              [index === 0 ? column : column + 2, index === n ? row : row + 2],
            ]);
            return sparseMask(widths[index], widths[index + 1], edges);
          });
          const weight = positive ? 2 ** power : -(2 ** power);
          expectEqual(
            {
              source,
              masks: mirrored,
              target: integersOf([[[weight]]]),
              inputSigns: ['signed'],
              assignments: [],
            },
            [[-3], [-0.5], [0], [0.25], [7]],
          );
        }
      }
    }
  });

  it('Figure 4: every w from -(2^(n+1)-1) to 2^(n+1)-1 included, in width 4(n+1) and depth n+1', () => {
    for (let n = 1; n <= 5; n++) {
      const most = 2 ** (n + 1) - 1;
      for (let weight = 2 ** n; weight <= most; weight++) {
        for (const value of [weight, -weight]) {
          const claim = construct(integersOf([[[value]]], 'relu'), ['signed']);
          const widths = widthsOf(claim.source.shape);
          expect(widths).toEqual([1, ...Array.from({ length: n }, () => 4 * (n + 1)), 1]);
          expectEqual(claim, [[-1.5], [0], [2.25]]);
        }
      }
      // The class of n ends there: one more needs another power.
      const { source, plan } = deterministicSource(integersOf([[[most]]]), ['signed']);
      const beyond = integersOf([[[most + 1]]]);
      expect(() => diamond.find(beyond, source, plan, () => undefined)).toThrow(RangeError);
    }
  });

  it('any integer, also beyond 2^53, on any input', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), bigInput, (weight, input) => {
        const claim = construct(integersOf([[[weight]]], 'relu'), ['signed']);
        const bits = weight === 0n ? 1 : (weight < 0n ? -weight : weight).toString(2).length;
        expect(claim.masks).toHaveLength(Math.max(2, bits));
        expectEqual(claim, [[input], [-input]]);
      }),
      { seed: 3, numRuns: 60 },
    );
  });
});

describe('Lemma 4', () => {
  it('one neuron s(w^T x) with integer weights, in width 4 d (n+1)', () => {
    const weights = fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(weights, fc.array(bigInput, { minLength: 12, maxLength: 12 }), (row, values) => {
        const claim = construct(integersOf([[row]], 'relu'), signed(row.length));
        const most = Math.max(...row.map(Math.abs), 2);
        const n = Math.floor(Math.log2(most));
        const widths = widthsOf(claim.source.shape);
        expect(widths).toHaveLength(n + 2);
        expect(widths[1]).toBe(4 * row.length * (n + 1));
        expectEqual(claim, [values.slice(0, row.length), values.slice(6, 6 + row.length)]);
      }),
      { seed: 4, numRuns: 80 },
    );
  });
});

describe('Lemma 5', () => {
  const ones = (count: number): number[] => Array.from({ length: count }, () => 1);

  it('s(1^T s(W x)): a layer of any number of outputs shares the gadgets of its inputs', () => {
    const size = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(
        size,
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.integer({ min: -63, max: 63 })),
        (inputs, outputs, stream) => {
          const draw = (): number => stream.next().value as number;
          const matrix = Array.from({ length: outputs }, () =>
            Array.from({ length: inputs }, draw),
          );
          const claim = construct(integersOf([matrix, [ones(outputs)]], 'relu'), signed(inputs));
          const hidden = blockEndsOf(claim.source.shape)[0] - 1;
          // No factor d_1: the width is the inputs' alone.
          expect(widthOf(claim.source.shape, 1)).toBe(4 * inputs * (hidden + 1));
          expectEqual(claim, [
            Array.from({ length: inputs }, draw),
            Array.from({ length: inputs }, draw),
          ]);
        },
      ),
      { seed: 5, numRuns: 60 },
    );
  });

  it('only the last mask of the block depends on the weights', () => {
    // All bits set in some weight of every column, so that both networks need every gadget.
    const one = construct(
      integersOf([
        [
          [15, 15],
          [-3, 8],
        ],
      ]),
      signed(2),
    );
    const other = construct(
      integersOf([
        [
          [2, -9],
          [15, -15],
        ],
      ]),
      signed(2),
    );
    const hidden = (claim: Claim): LayerMask[] => claim.masks.slice(0, -1);
    expect(hidden(one)).toEqual(hidden(other));
    expect(one.masks.at(-1)).not.toEqual(other.masks.at(-1));
  });
});

describe('Lemma 6', () => {
  it('whole networks, block after block: depth sum (n_i + 1), width 4 d (n+1)', () => {
    const dimensions = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(
        dimensions,
        fc.infiniteStream(fc.integer({ min: -31, max: 31 })),
        (widths, stream) => {
          const draw = (): number => stream.next().value as number;
          const matrices = widths
            .slice(1)
            .map((rows, index) =>
              Array.from({ length: rows }, () => Array.from({ length: widths[index] }, draw)),
            );
          const claim = construct(integersOf(matrices, 'relu'), signed(widths[0]));
          const layers = claim.plan.networkClass.bits.map((bits) => Math.max(2, bits));
          expect(claim.masks).toHaveLength(layers.reduce((sum, count) => sum + count, 0));
          expect(Math.max(...widthsOf(claim.source.shape))).toBeLessThanOrEqual(
            4 * Math.max(...widths) * Math.max(...layers),
          );
          const inputs = Array.from({ length: 3 }, () => Array.from({ length: widths[0] }, draw));
          expectEqual(claim, inputs);
        },
      ),
      { seed: 6, numRuns: 60 },
    );
  });
});
