/** The rules of the proof, one test each, on pruned sources made by hand. */
import { describe, expect, it } from 'vitest';
import { integerMatrix } from '../../src/integer/integer-network.js';
import type { InputSign } from '../../src/target/network.js';
import { claimOf, equal, prove, refusal, type SignedEdges, type Sketch } from './sketch.js';

describe('the rules of propagation', () => {
  it('a hidden neuron with non-negative coefficients is linear', () => {
    // y = 2 x0 + x1 through two hidden neurons.
    const sketch: Sketch = {
      widths: [2, 2, 1],
      layers: [
        [
          [0, 0],
          [1, 0],
          [0, 1],
        ],
        [
          [0, 0],
          [1, 0],
        ],
      ],
      matrices: [[[2, 1]]],
      inputSigns: ['nonnegative', 'nonnegative'],
    };
    expect(prove(claimOf(sketch))).toMatchObject({
      equal: true,
      blocks: [{ block: 1, layers: 2, liveNeurons: 3, liveEdges: 5 }],
    });
    expect(prove(claimOf({ ...sketch, matrices: [[[2, 2]]] }))).toMatchObject(
      refusal(1, 2, 0, /output 0 has coefficient 1 at input 1, the integer network 2/),
    );
  });

  it('a hidden neuron with non-positive coefficients is 0', () => {
    // The second hidden neuron is s(-x0 - x1) = 0 and adds nothing.
    const sketch: Sketch = {
      widths: [2, 2, 1],
      layers: [
        [
          [0, 0],
          [0, 1, -1],
          [1, 1, -1],
        ],
        [
          [0, 0],
          [1, 0],
        ],
      ],
      matrices: [[[1, 0]]],
      inputSigns: ['nonnegative', 'nonnegative'],
    };
    expect(prove(claimOf(sketch))).toMatchObject(equal);
    // A coordinate that is never positive turns it around.
    const inputSigns: InputSign[] = ['nonpositive', 'nonpositive'];
    expect(prove(claimOf({ ...sketch, inputSigns, matrices: [[[-1, -1]]] }))).toMatchObject(equal);
    expect(prove(claimOf({ ...sketch, inputSigns }))).toMatchObject({ equal: false });
  });

  it('a live hidden neuron with coefficients of both signs is refused by name', () => {
    const sketch: Sketch = {
      widths: [2, 3, 1],
      layers: [
        [
          [0, 0],
          [0, 2],
          [1, 2, -1],
        ],
        [
          [0, 0],
          [2, 0],
        ],
      ],
      matrices: [[[1, 0]]],
      inputSigns: ['nonnegative', 'nonnegative'],
    };
    expect(prove(claimOf(sketch))).toMatchObject(
      refusal(1, 1, 2, /coefficients have both signs, so ReLU is not decided/),
    );
    // The same neuron without a path to the output does not matter.
    const [first] = sketch.layers;
    expect(prove(claimOf({ ...sketch, layers: [first, [[0, 0]]] }))).toMatchObject(equal);
  });

  it('the split rule: a single edge from a signed input is s(x) or s(-x)', () => {
    // y = 3 x = 3 s(x) - 3 s(-x), with the parts in layer 1 and tripled in layer 2.
    const sketch: Sketch = {
      widths: [1, 2, 6, 1],
      layers: [
        [
          [0, 0],
          [0, 1, -1],
        ],
        [
          [0, 0],
          [0, 1],
          [0, 2],
          [1, 3],
          [1, 4],
          [1, 5],
        ],
        [
          [0, 0],
          [1, 0],
          [2, 0],
          [3, 0, -1],
          [4, 0, -1],
          [5, 0, -1],
        ],
      ],
      matrices: [[[3]]],
      inputSigns: ['signed'],
    };
    expect(prove(claimOf(sketch))).toMatchObject(equal);
    // s(x) alone is not x, though it is on half of the line.
    const [parts, triples] = sketch.layers;
    const half: SignedEdges = [
      [0, 0],
      [1, 0],
      [2, 0],
    ];
    const oneSided = claimOf({ ...sketch, layers: [parts, triples, half] });
    expect(prove(oneSided)).toMatchObject(refusal(1, 3, 0, /coefficient 0 at input 0, .* -3/));
    expect(prove({ ...oneSided, inputSigns: ['nonnegative'] })).toMatchObject(equal);
  });

  it('the split rule needs the single edge, and the first layer', () => {
    const twoEdges: Sketch = {
      widths: [2, 1, 1],
      layers: [
        [
          [0, 0],
          [1, 0],
        ],
        [[0, 0]],
      ],
      matrices: [[[1, 1]]],
      inputSigns: ['signed', 'nonnegative'],
    };
    expect(prove(claimOf(twoEdges))).toMatchObject(refusal(1, 1, 0, /both signs/));
    // A signed input that runs straight into an output needs no ReLU and no split.
    const straight: Sketch = {
      widths: [2, 1],
      layers: [
        [
          [0, 0],
          [1, 0, -1],
        ],
      ],
      matrices: [[[1, -1]]],
      inputSigns: ['signed', 'signed'],
    };
    expect(prove(claimOf(straight))).toMatchObject(equal);
  });

  it('a boundary neuron that holds no output must not be read, unless it is 0', () => {
    // Block 1 holds its output x0 in neuron 1; neuron 0 carries x1 and is read by block 2.
    const sketch: Sketch = {
      widths: [2, 2, 1],
      blockEnds: [1, 2],
      layers: [
        [
          [0, 1],
          [1, 0],
        ],
        [
          [0, 0],
          [1, 0],
        ],
      ],
      matrices: [[[1, 0]], [[1]]],
      inputSigns: ['nonnegative', 'nonnegative'],
      assignments: [[1]],
    };
    expect(prove(claimOf(sketch))).toMatchObject(
      refusal(1, 1, 0, /the next block reads it, but it holds no output/),
    );
    const [, second] = sketch.layers;
    const dead: SignedEdges = [
      [0, 1],
      [1, 0, -1],
    ];
    expect(prove(claimOf({ ...sketch, layers: [dead, second] }))).toMatchObject(equal);
    const noEdge: SignedEdges = [[0, 1]];
    expect(prove(claimOf({ ...sketch, layers: [noEdge, second] }))).toMatchObject(equal);
    const [first] = sketch.layers;
    expect(prove(claimOf({ ...sketch, layers: [first, [[1, 0]]] }))).toMatchObject(equal);
    // Of unknown sign is as bad as positive.
    const signed: Sketch = { ...sketch, inputSigns: ['nonnegative', 'signed'] };
    expect(prove(claimOf(signed))).toMatchObject(refusal(1, 1, 0, /the next block reads it/));
  });

  it('outputs of a block may sit in any of its neurons, the last ones in order', () => {
    const sketch: Sketch = {
      widths: [2, 3, 2],
      blockEnds: [1, 2],
      layers: [
        [
          [0, 2],
          [1, 0],
          [0, 0],
        ],
        [
          [0, 0],
          [2, 1],
          [0, 1, -1],
        ],
      ],
      matrices: [
        [
          [1, 0],
          [1, 1],
        ],
        [
          [0, 1],
          [1, -1],
        ],
      ],
      inputSigns: ['nonnegative', 'nonnegative'],
      assignments: [[2, 0]],
    };
    expect(prove(claimOf(sketch))).toMatchObject(equal);
    expect(prove(claimOf({ ...sketch, assignments: [[0, 2]] }))).toMatchObject({ equal: false });
    const [inner] = sketch.matrices;
    const swapped = [
      inner,
      [
        [1, -1],
        [0, 1],
      ],
    ];
    expect(prove(claimOf({ ...sketch, matrices: swapped }))).toMatchObject({
      equal: false,
      failure: { block: 2, layer: 2, neuron: 0 },
    });
  });

  it("the constant's row must be 2^p in the source and in the matrix", () => {
    // One input, the constant carried as 2 through a block with one fractional place.
    const claim = claimOf({
      widths: [2, 3, 2, 1],
      blockEnds: [2, 3],
      layers: [
        [
          [0, 0],
          [1, 1],
          [1, 2],
        ],
        [
          [0, 0],
          [1, 1],
          [2, 1],
        ],
        [
          [0, 0],
          [1, 0],
        ],
      ],
      matrices: [
        [
          [1, 0],
          [0, 2],
        ],
        [[1, 1]],
      ],
      inputSigns: ['nonnegative'],
      assignments: [[0, 1]],
    });
    const target = {
      ...claim.target,
      constant: true,
      fractionalPlaces: [1, 0],
      scale: { base: 2 as const, exponent: 1 },
    };
    expect(prove({ ...claim, target })).toMatchObject(equal);
    const places = { fractionalPlaces: [2, 0], scale: { base: 2 as const, exponent: 2 } };
    expect(prove({ ...claim, target: { ...target, ...places } })).toMatchObject(
      refusal(1, 2, 1, /output 1 has coefficient 2 at input 1, the integer network 4/),
    );
    const [, last] = target.matrices;
    const matrices = [integerMatrix(2, 2, [1n, 0n, 0n, 4n]), last];
    expect(prove({ ...claim, target: { ...target, matrices } })).toMatchObject(
      refusal(1, 2, 1, /output 1/),
    );
  });

  it('an output without any edge is 0', () => {
    const sketch: Sketch = {
      widths: [1, 2],
      layers: [[[0, 1]]],
      matrices: [[[0], [1]]],
      inputSigns: ['nonnegative'],
    };
    expect(prove(claimOf(sketch))).toMatchObject(equal);
    expect(prove(claimOf({ ...sketch, matrices: [[[1], [1]]] }))).toMatchObject(
      refusal(1, 1, 0, /coefficient 0 at input 0, the integer network 1/),
    );
  });
});
