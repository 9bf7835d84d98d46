/** Blocks with kernels one behind another: the rule case by case, and against direct evaluation. */
import { describe, expect, it } from 'vitest';
import { attackComposition } from './composed-claims.js';
import { across, type Lines, proveLines, row, twice } from './lines.js';
import { equal, refusal, type SignedEdges } from './sketch.js';

describe('kernels one behind another', () => {
  it('are composed', () => {
    expect(proveLines(twice)).toMatchObject(equal);
    expect(proveLines({ ...twice, matrices: [row(1, 2, 2)] })).toEqual(
      refusal(1, 2, 0, /coefficient 1 at input 2, the integer network 2 \(at position 0, 0\)/),
    );
    expect(proveLines({ ...twice, matrices: [row(1, 1, 1)] })).toMatchObject({ equal: false });
  });

  it('are no convolution with zeros around it at the rim', () => {
    // The second kernel reads 0 where the hidden layer ends, and the hidden layer x1 there.
    const padded: Lines = {
      ...twice,
      layers: [
        { ...twice.layers[0], pads: across(0, 0) },
        { ...twice.layers[1], pads: across(1, 0) },
      ],
      windows: [{ kernel: { height: 1, width: 3 }, pads: across(1, 0) }],
    };
    expect(proveLines(padded)).toEqual(refusal(1, 2, 0, /\(at position 0, 0\)/));
    // Zeros around the first kernel are read as the target reads them.
    const first: Lines = {
      ...padded,
      layers: [{ ...twice.layers[0], pads: across(1, 0) }, twice.layers[1]],
    };
    expect(proveLines(first)).toMatchObject(equal);
    // Read at its centre alone, the hidden layer may have zeros around it.
    const centre: Lines = {
      ...padded,
      layers: [
        {
          width: 2,
          pads: across(1, 0),
          edges: [
            [0, 0],
            [1, 0],
          ],
        },
        { width: 3, pads: across(1, 1), edges: [[1, 0]] },
      ],
      matrices: [row(1, 1)],
      windows: [{ kernel: { height: 1, width: 2 }, pads: across(1, 0) }],
    };
    expect(proveLines(centre)).toMatchObject(equal);
  });

  it('count distances through strides, and a rest that nothing reads', () => {
    const strided: Lines = {
      length: 8,
      layers: [
        {
          width: 2,
          stride: { height: 1, width: 2 },
          edges: [
            [0, 0],
            [1, 0],
          ],
        },
        {
          width: 2,
          stride: { height: 1, width: 3 },
          edges: [
            [0, 0],
            [1, 0, -1],
          ],
        },
      ],
      matrices: [row(1, 1, -1, -1)],
      windows: [{ kernel: { height: 1, width: 4 }, stride: { height: 1, width: 6 } }],
    };
    // One position of four, of which two are read.
    expect(proveLines(strided)).toMatchObject(equal);
    expect(
      proveLines({
        ...strided,
        windows: [{ kernel: { height: 1, width: 4 }, stride: { height: 1, width: 5 } }],
      }),
    ).toMatchObject(equal);
    expect(proveLines({ ...strided, length: 14 })).toMatchObject(equal);
    const wrong = [{ kernel: { height: 1, width: 4 }, stride: { height: 1, width: 5 } }];
    expect(proveLines({ ...strided, length: 14, windows: wrong })).toMatchObject({ equal: false });
  });

  it('are of two strides side by side, which no kernel is', () => {
    // x(2y) + x(y + 1): at y = 0 it is x0 + x1, at y = 1 twice x2.
    const lines: Lines = {
      length: 4,
      layers: [
        { stride: { height: 1, width: 2 }, edges: [[0, 0]] },
        { width: 3, reads: [0], edges: [[1, 0]] },
        {
          reads: [1, 2],
          edges: [
            [0, 0],
            [1, 0],
          ],
        },
      ],
      matrices: [row(1, 1)],
      windows: [{ kernel: { height: 1, width: 2 }, stride: { height: 1, width: 2 } }],
    };
    expect(proveLines(lines)).toEqual(refusal(1, 3, 0, /\(at position 0, 1\)/));
    // With one position there is nothing to tell them apart.
    const one = {
      ...lines,
      length: 3,
      layers: [{ ...lines.layers[0], width: 3 }, ...lines.layers.slice(1)],
    };
    expect(proveLines(one)).toMatchObject(equal);
  });

  it('read nothing that the matrix has no column for', () => {
    const columns = [{ channels: 1, taps: [0, 1] }];
    const lines: Lines = {
      ...twice,
      matrices: [row(1, 2)],
      windows: [{ kernel: { height: 1, width: 3 }, columns }],
    };
    expect(proveLines(lines)).toEqual(
      refusal(1, 2, 0, /reads where the integer network does not \(at position 0, 0\)/),
    );
  });

  it('decide ReLU at every position', () => {
    // x2 - x1 of neighbours is decided nowhere but where x1 is outside of the plane.
    const mixed: Lines = {
      length: 3,
      layers: [
        {
          width: 2,
          pads: across(1, 0),
          edges: [
            [0, 0, -1],
            [1, 0],
          ],
        },
        { width: 3, stride: { height: 1, width: 3 }, edges: [[0, 0]] },
      ],
      matrices: [row(1)],
      windows: [{ stride: { height: 1, width: 3 } }],
    };
    expect(proveLines(mixed)).toMatchObject(equal);
    const reading = { ...mixed.layers[1], edges: [[1, 0]] as SignedEdges };
    expect(proveLines({ ...mixed, layers: [mixed.layers[0], reading] })).toEqual(
      refusal(1, 1, 0, /both signs.*\(at position 0, 1\)/),
    );
  });

  it('take the halves of a signed input where one edge alone looks inside', () => {
    const halves: Lines = {
      length: 2,
      signed: true,
      layers: [
        {
          channels: 2,
          width: 3,
          pads: across(1, 1),
          edges: [
            [1, 0],
            [1, 1, -1],
          ],
        },
        {
          width: 1,
          edges: [
            [0, 0],
            [1, 0, -1],
          ],
        },
      ],
      matrices: [row(1)],
      windows: [{}],
    };
    expect(proveLines(halves)).toMatchObject(equal);
    // x1 + x2 in the middle is no half of anything.
    const both = {
      ...halves.layers[0],
      edges: [
        [0, 0],
        [1, 0],
        [1, 1, -1],
      ] as SignedEdges,
    };
    expect(proveLines({ ...halves, layers: [both, halves.layers[1]] })).toEqual(
      refusal(1, 1, 0, /both signs.*\(at position 0, 1\)/),
    );
  });

  it('read a constant at any tap, and hand it on', () => {
    // The constant's tap is inside at every position of the first layer, and the second reads it beside.
    const lines: Lines = {
      length: 4,
      constant: true,
      layers: [
        {
          channels: 2,
          width: 2,
          edges: [
            [0, 0],
            [1, 0],
            [2, 1],
          ],
        },
        {
          channels: 2,
          width: 2,
          endsBlock: true,
          edges: [
            [0, 0],
            [3, 0],
            [2, 1],
          ],
        },
        {
          width: 1,
          edges: [
            [0, 0],
            [1, 0],
          ],
        },
      ],
      matrices: [
        { rows: 2, columns: 4, values: Float64Array.of(1, 1, 0, 1, 0, 0, 0, 1) },
        row(1, 1),
      ],
      windows: [{ kernel: { height: 1, width: 3 } }, {}],
      assignments: [Uint32Array.of(0, 1)],
    };
    expect(proveLines(lines)).toMatchObject(equal);
    const wrong = {
      ...lines.layers[1],
      edges: [
        [0, 0],
        [3, 0],
        [2, 1],
        [3, 1],
      ] as SignedEdges,
    };
    expect(proveLines({ ...lines, layers: [lines.layers[0], wrong, lines.layers[2]] })).toEqual(
      refusal(1, 2, 1, /output 1 has coefficient 2 at input 3, the integer network 1/),
    );
    // A neuron without an output that the next block reads must be 0 at every position.
    const spare = {
      ...lines.layers[1],
      channels: 3,
      edges: [...lines.layers[1].edges, [0, 2]] as SignedEdges,
    };
    const reader = {
      ...lines.layers[2],
      edges: [
        [0, 0],
        [1, 0],
        [2, 0],
      ] as SignedEdges,
    };
    expect(
      proveLines({ ...lines, layers: [lines.layers[0], spare, lines.layers[2]] }),
    ).toMatchObject(equal);
    expect(proveLines({ ...lines, layers: [lines.layers[0], spare, reader] })).toEqual(
      refusal(1, 2, 2, /holds no output and is not 0/),
    );
  });

  it('take planes of several layers, and refuse those that do not fit', () => {
    // Layer 3 reads the input with a kernel, and layer 2 position by position.
    const skip: Lines = {
      ...twice,
      layers: [
        ...twice.layers,
        {
          width: 3,
          reads: [0, 2],
          edges: [
            [1, 0],
            [3, 0],
          ],
        },
      ],
      matrices: [row(1, 3, 1)],
    };
    expect(proveLines(skip)).toMatchObject(equal);
    const narrow = { ...skip.layers[2], width: 2 };
    expect(proveLines({ ...skip, layers: [...twice.layers, narrow] })).toMatchObject({
      equal: false,
      failure: { reason: expect.stringMatching(/all but the first must be/) },
    });
    const wide: Lines = {
      ...twice,
      windows: [{ kernel: { height: 1, width: 4 } }],
      matrices: [row(1, 2, 1, 0)],
    };
    expect(proveLines(wide)).toMatchObject({
      equal: false,
      failure: {
        reason: expect.stringMatching(/its maps are of 1 by 3, the integer network's of 1 by 2/),
      },
    });
  });

  it('go on beyond float64, and hold to the limits of a proof', () => {
    const depth = 60;
    const doubling: Lines = {
      length: 3,
      layers: [
        {
          channels: 2,
          width: 2,
          edges: [
            [0, 0],
            [1, 0],
            [0, 1],
            [1, 1],
          ],
        },
        ...Array.from({ length: depth }, () => ({
          channels: 2,
          edges: [
            [0, 0],
            [1, 0],
            [0, 1],
            [1, 1],
          ] as SignedEdges,
        })),
        {
          width: 2,
          edges: [
            [0, 0],
            [1, 0, -1],
          ],
        },
      ],
      matrices: [row(2n ** 60n, 0n, -(2n ** 60n))],
      windows: [{ kernel: { height: 1, width: 3 } }],
    };
    expect(proveLines(doubling)).toMatchObject(equal);
    const off = { ...doubling, matrices: [row(2n ** 60n, 1n, -(2n ** 60n))] };
    expect(proveLines(off)).toEqual(refusal(1, depth + 2, 0, /coefficient 0 at input 1/));
    expect(proveLines(doubling, { coefficients: 2 ** 20, additions: 500 })).toMatchObject({
      failure: { reason: expect.stringMatching(/more additions/) },
    });
    expect(proveLines(doubling, { coefficients: 40, additions: 1e9 })).toMatchObject({
      failure: { reason: expect.stringMatching(/beyond what the checker takes on/) },
    });
    // Planes of millions of positions, one behind another.
    const wide: Lines = {
      length: 2 ** 22,
      layers: Array.from({ length: 6 }, () => ({ width: 3, edges: [[1, 0]] as SignedEdges })),
      matrices: [row(...Array.from({ length: 13 }, (_, tap) => (tap === 6 ? 1 : 0)))],
      windows: [{ kernel: { height: 1, width: 13 } }],
    };
    const little = { coefficients: 2 ** 24, additions: 1e6 };
    expect(proveLines(wide, little)).toMatchObject({
      failure: { reason: expect.stringMatching(/beyond what the checker takes on/) },
    });
    // In parts, one input after the other.
    const many: Lines = {
      ...twice,
      inputs: 40,
      layers: [
        {
          channels: 1,
          width: 2,
          edges: Array.from({ length: 80 }, (_, column) => [column, 0] as [number, number]),
        },
        twice.layers[1],
      ],
      matrices: [row(...Array.from({ length: 40 }, () => [1, 2, 1]).flat())],
    };
    expect(proveLines(many, { coefficients: 250, additions: 1e6 })).toMatchObject(equal);
  });
});

describe('answers on random sources with kernels one behind another', () => {
  it('are what direct evaluation says', () => {
    const sum = { proved: 0, refused: 0, undecided: 0 };
    for (let seed = 1; seed <= 300; seed++) {
      const { proved, refused, undecided, wrong } = attackComposition(seed);
      expect(wrong).toEqual([]);
      sum.proved += proved;
      sum.refused += refused;
      sum.undecided += undecided;
    }
    expect(Math.min(sum.proved, sum.refused, sum.undecided)).toBeGreaterThan(100);
  });
});
