/** The proof of skip sources: the rule case by case, and networks found in real random signs. */
import { describe, expect, it } from 'vitest';
import { complete } from '../../src/core/steps.js';
import { propagateSteps } from '../../src/proof/propagate.js';
import { rowOf } from '../../src/proof/row-of.js';
import { verifyTicket } from '../../src/proof/verify.js';
import { blockEndsOf } from '../../src/source/shape.js';
import { randomStream } from '../networks.js';
import { integerInput, integersOf, referenceInteger, referencePruned } from '../pruned-sources.js';
import { findSkip, SKIP_NETWORKS } from '../skip-sources.js';
import { claimOf, equal, prove, refusal, type Sketch } from './sketch.js';

/** x1 and x2 are never negative; layer 3 reads layers 0, 1 and 2. */
const base: Sketch = {
  widths: [2, 1, 2, 1, 1],
  reads: [[0], [1], [0, 1, 2], [3]],
  layers: [
    // a = x1 + x2
    [
      [0, 0],
      [1, 0],
    ],
    // b = a
    [[0, 0]],
    // c = x2 + a + b: columns x1, x2, a, b, b'
    [
      [1, 0],
      [2, 0],
      [3, 0],
    ],
    [[0, 0]],
  ],
  matrices: [[[2, 3]]],
  inputSigns: ['nonnegative', 'nonnegative'],
};

function changedLayer(sketch: Sketch, t: number, edges: Sketch['layers'][number]): Sketch {
  return { ...sketch, layers: sketch.layers.map((own, i) => (i === t - 1 ? edges : own)) };
}

describe('the rule in a skip source', () => {
  it('adds up the kept edges over all layers that are read', () => {
    expect(prove(claimOf(base))).toMatchObject({
      ...equal,
      blocks: [{ liveNeurons: 4, liveEdges: 7 }],
    });
    const wrong = { ...base, matrices: [[[2, 2]]] };
    expect(prove(claimOf(wrong))).toEqual(refusal(1, 4, 0, /has coefficient 3 at input 1/));
  });

  it('decides ReLU on the sum over all of them', () => {
    // c = a + b - x2 = 2 x1 + x2, and c = a - x1 - x1 .. has both signs.
    const less = changedLayer(base, 3, [
      [1, 0, -1],
      [2, 0],
      [3, 0],
    ]);
    expect(prove(claimOf({ ...less, matrices: [[[2, 1]]] }))).toMatchObject(equal);
    const mixed = changedLayer(base, 3, [
      [0, 0, -1],
      [1, 0],
      [2, 0],
    ]);
    expect(prove(claimOf({ ...mixed, matrices: [[[0, 2]]] }))).toMatchObject(equal);
    const clipped = changedLayer(base, 3, [
      [0, 0, -1],
      [1, 0],
    ]);
    expect(prove(claimOf(clipped))).toEqual(refusal(1, 3, 0, /both signs/));
    const zero = changedLayer(base, 3, [
      [0, 0, -1],
      [1, 0, -1],
    ]);
    expect(prove(claimOf({ ...zero, matrices: [[[0, 0]]] }))).toMatchObject(equal);
  });

  it('finds live neurons by going back over all layers that are read', () => {
    // Layer 1's second neuron is clipped: alive if layer 3, not layer 2, reads it.
    const sketch: Sketch = {
      ...base,
      widths: [2, 2, 2, 1, 1],
      layers: [
        [
          [0, 0],
          [1, 0],
          [0, 1],
          [1, 1, -1],
        ],
        [[0, 0]],
        [
          [1, 0],
          [2, 0],
          [4, 0],
        ],
        [[0, 0]],
      ],
    };
    expect(prove(claimOf(sketch))).toMatchObject(equal);
    const read = changedLayer(sketch, 3, [
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 0],
    ]);
    expect(prove(claimOf(read))).toEqual(refusal(1, 1, 1, /both signs/));
  });

  it('holds rows until the last layer that reads them', () => {
    // A long chain of layers of which the last reads the first one's neuron, and all the others.
    const depth = 12;
    const reads = Array.from({ length: depth }, (_, index) => [index]);
    reads.push([0, ...Array.from({ length: depth }, (_, index) => index + 1)]);
    const sketch: Sketch = {
      widths: [1, ...Array<number>(depth).fill(1), 1],
      reads,
      layers: [
        ...Array.from({ length: depth }, () => [[0, 0]] as [number, number][]),
        Array.from({ length: depth + 1 }, (_, column): [number, number] => [column, 0]),
      ],
      matrices: [[[depth + 1]]],
      inputSigns: ['nonnegative'],
    };
    expect(prove(claimOf(sketch))).toMatchObject(equal);
    const claim = claimOf(sketch);
    const check = (coefficients: number) =>
      complete(
        propagateSteps({
          ...claim,
          mask: (t) => claim.masks[t - 1],
          limits: { coefficients, additions: 1000 },
        }),
      );
    // Eleven of them are held for the last layer besides the one that it reads as the next.
    expect(check(depth)).toMatchObject(equal);
    expect(check(depth - 2)).toEqual(refusal(1, 1, 0, /more than 10 coefficients/));
  });

  it('takes s(x) and s(-x) in any layer that reads raw inputs, and nothing else there', () => {
    // Layer 1: s(x). Layer 2 reads x and layer 1: s(-x), and s(x) again.
    const sketch: Sketch = {
      widths: [1, 1, 2, 1],
      reads: [[0], [0, 1], [2]],
      layers: [
        [[0, 0]],
        [
          [0, 0, -1],
          [1, 1],
        ],
        [
          [0, 0, -1],
          [1, 0],
        ],
      ],
      matrices: [[[1]]],
      inputSigns: ['signed'],
    };
    expect(prove(claimOf(sketch))).toMatchObject(equal);
    // x + s(x) = 2 x+ - x-.
    const both = changedLayer(sketch, 2, [
      [0, 0, -1],
      [0, 1],
      [1, 1],
    ]);
    expect(prove(claimOf(both))).toEqual(refusal(1, 2, 1, /both signs/));
    // Nothing reaches layer 1's other neuron, and an edge from it is none.
    const beside: Sketch = {
      ...sketch,
      widths: [1, 2, 2, 1],
      layers: [
        [[0, 0]],
        [
          [0, 0, -1],
          [2, 0],
          [1, 1],
        ],
        [
          [0, 0, -1],
          [1, 0],
        ],
      ],
    };
    expect(prove(claimOf(beside))).toMatchObject(equal);
    // One edge from s(x) is no raw input, whatever its number in the layer.
    const later: Sketch = { ...sketch, reads: [[0], [1], [2]] };
    const own = changedLayer(later, 2, [[0, 1]]);
    expect(prove(claimOf({ ...changedLayer(own, 3, [[1, 0]]), matrices: [[[1]]] }))).toEqual(
      refusal(1, 3, 0, /coefficient 0 at input 0, the integer network -1/),
    );
  });

  it('lets the outputs read raw inputs as they are', () => {
    const sketch: Sketch = {
      widths: [1, 1, 1],
      reads: [[0], [0, 1]],
      layers: [[[0, 0]], [[0, 0]]],
      matrices: [[[1]]],
      inputSigns: ['signed'],
    };
    expect(prove(claimOf(sketch))).toMatchObject(equal);
    const minus = { ...changedLayer(sketch, 2, [[0, 0, -1]]), matrices: [[[-1]]] };
    expect(prove(claimOf(minus))).toMatchObject(equal);
    // s(x) - x is s(-x), which is no integer times x.
    const half = changedLayer(sketch, 2, [
      [0, 0, -1],
      [1, 0],
    ]);
    expect(prove(claimOf({ ...half, matrices: [[[0]]] }))).toMatchObject({ equal: false });
  });

  /** Two blocks; layer 2 ends the first, with a neuron to spare, and layer 4 reads it as layer 3 does. */
  const twoBlocks: Sketch = {
    widths: [1, 1, 2, 1, 1],
    blockEnds: [2, 4],
    reads: [[0], [0, 1], [2], [2, 3]],
    layers: [
      [[0, 0]],
      // Outputs: 2 x, in neuron 0; neuron 1 is x - x = 0.
      [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1, -1],
      ],
      [[0, 0]],
      [
        [0, 0],
        [2, 0],
      ],
    ],
    matrices: [[[2]], [[2]]],
    inputSigns: ['nonnegative'],
    assignments: [[0]],
  };

  it('asks that a boundary neuron without an output be 0 if any layer of the next block reads it', () => {
    expect(prove(claimOf(twoBlocks))).toMatchObject(equal);
    // The zero neuron may be read, by the second layer as by the first.
    expect(
      prove(
        claimOf(
          changedLayer(twoBlocks, 4, [
            [0, 0],
            [1, 0],
            [2, 0],
          ]),
        ),
      ),
    ).toMatchObject(equal);
    const alive = changedLayer(twoBlocks, 2, [
      [0, 0],
      [1, 0],
      [0, 1],
    ]);
    expect(prove(claimOf(alive))).toMatchObject(equal);
    for (const t of [3, 4]) {
      const edges = twoBlocks.layers[t - 1];
      const read = changedLayer(alive, t, [...edges, [1, 0]].sort((a, b) => a[0] - b[0]) as never);
      expect(prove(claimOf(read))).toEqual(refusal(1, 2, 1, /holds no output and is not 0/));
    }
    // An edge from another layer's neuron of that number is another edge.
    const wide: Sketch = {
      ...alive,
      widths: [1, 1, 2, 2, 1],
      layers: [
        ...alive.layers.slice(0, 2),
        [[0, 1]],
        [
          [0, 0],
          [3, 0],
        ],
      ],
    };
    expect(prove(claimOf(wide))).toMatchObject(equal);
  });

  it('asks it of edges that lead nowhere, too', () => {
    const dead: Sketch = {
      ...changedLayer(twoBlocks, 2, [
        [0, 0],
        [1, 0],
        [0, 1],
      ]),
      widths: [1, 1, 2, 1, 1, 1],
      blockEnds: [2, 5],
      reads: [[0], [0, 1], [2], [2, 3], [2, 3]],
      layers: [
        [[0, 0]],
        [
          [0, 0],
          [1, 0],
          [0, 1],
        ],
        [[0, 0]],
        [[1, 0]],
        [
          [0, 0],
          [2, 0],
        ],
      ],
    };
    expect(prove(claimOf(dead))).toEqual(refusal(1, 2, 1, /holds no output/));
  });
});

describe('networks found in skip sources', () => {
  it.each(SKIP_NETWORKS)('are proved, and their rows told: %s', (_, matrices, inputSigns) => {
    const found = findSkip(integersOf(matrices), inputSigns);
    const { ticket, source, masks, target, assignments } = found;
    expect(prove(found)).toMatchObject(equal);
    const pruned = referencePruned(source, masks, 'identity');
    const random = randomStream(1);
    for (let trial = 0; trial < 20; trial++) {
      const input = integerInput(random, inputSigns, false);
      expect(pruned(input)).toEqual(referenceInteger(target)(input));
    }
    expect(verifyTicket({ ...ticket, domain: { kind: 'all' }, inputSigns }).equal).toBe(true);
    for (const [block, end] of blockEndsOf(source.shape).entries()) {
      const rows = matrices[block] as readonly (readonly (number | bigint)[])[];
      for (const [output, row] of rows.entries()) {
        const neuron = assignments[block]?.[output] ?? output;
        const { variables, coefficients, relu } = rowOf(ticket, end, neuron);
        const expected = variables.map(({ column, part }) =>
          part === 'negative' ? -BigInt(row[column]) : BigInt(row[column]),
        );
        expect([coefficients, relu]).toEqual([expected, 'end']);
      }
    }
  });
});
