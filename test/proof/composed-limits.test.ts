/** Hostile sources with kernels one behind another: counted exactly or refused, and charged for what they take. */
import { describe, expect, it } from 'vitest';
import { rowAccumulator, rowsBuilder } from '../../src/proof/rows.js';
import { across, type Lines, proveLines, row } from './lines.js';
import { equal, refusal, type SignedEdges } from './sketch.js';

const one: SignedEdges = [[0, 0]];
const wide = (width: number) => ({ height: 1, width });

describe('what is counted of kernels one behind another', () => {
  it.each([2, 3, 4, 40, 41])('is exact, or refused, behind %i strides of 2^26', (depth) => {
    // The source hands its first position on; the row says 0. Once the product of the strides was Infinity.
    const lines: Lines = {
      length: 2,
      layers: Array.from({ length: depth }, () => ({
        ...{ stride: wide(2 ** 26), pads: across(0, 2 ** 26 - 1), edges: one },
      })),
      matrices: [row(0)],
      windows: [{}],
    };
    expect(proveLines(lines)).toEqual(refusal(1, 2, 0, /strides take it further/));
  });

  it('is refused where distances are too many', () => {
    const lines: Lines = {
      length: 1,
      layers: [{ stride: wide(2 ** 22), pads: across(2 ** 22, 0), edges: one }],
      matrices: [row(1)],
      windows: [{ stride: wide(2 ** 22 + 1), pads: across(2 ** 22 + 1, 0) }],
    };
    expect(proveLines(lines)).toEqual(refusal(1, 1, 0, /more than 4194304 distances/));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 32])(
    'needs whole numbers: no sums over %d variables',
    (variables) => {
      expect(() => rowAccumulator(variables)).toThrow(RangeError);
    },
  );

  it.each([4, -1, Number.NaN])('is not dropped beyond the variables, by %d', (by) => {
    const builder = rowsBuilder(1);
    builder.appendUnit(0);
    const rows = builder.finish();
    const accumulator = rowAccumulator(4);
    for (const bound of [1, Number.POSITIVE_INFINITY]) {
      accumulator.clear(bound, 1);
      expect(() => accumulator.addMoved(rows, 0, false, by, 4)).toThrow(RangeError);
    }
  });
});

describe('a window without taps', () => {
  it('is refused by the proof, in words that fit', () => {
    const lines = (constant: boolean): Lines => ({
      ...{ length: 2, constant },
      layers: [{ edges: constant ? [[1, 0]] : [] }],
      matrices: [row(...(constant ? [1] : []))],
      windows: [{ columns: [{ channels: 1, taps: [] }] }],
    });
    expect(proveLines(lines(true))).toEqual(
      refusal(1, 1, 0, /^its matrix has no column besides the constant$/),
    );
    expect(proveLines(lines(false))).toEqual(refusal(1, 1, 0, /^its matrix has no column$/));
  });
});

describe('what is charged of kernels one behind another', () => {
  it('is the room for sums, once for all ranges of the input', () => {
    const far = 2 ** 20;
    const inputs = 64;
    const lines: Lines = {
      ...{ length: 1, inputs },
      layers: [{ stride: wide(far), pads: across(far, 0), edges: one }],
      matrices: [row(1, ...new Array<number>(inputs - 1).fill(0))],
      windows: [{ stride: wide(far + 1), pads: across(far + 1, 0) }],
    };
    const most = (additions: number) => ({ coefficients: 2 ** 24, additions });
    // Three inputs at a time.
    expect(proveLines(lines, most(2 ** 23 + 2 ** 18))).toMatchObject(equal);
    expect(proveLines(lines, most(2 ** 22))).toMatchObject({
      failure: { reason: expect.stringMatching(/more additions/) },
    });
    // Each by itself: the same room again and again.
    const little = { coefficients: 2 ** 21 + 2 ** 16, additions: 2 ** 21 + 2 ** 18 };
    expect(proveLines(lines, little)).toMatchObject(equal);
  });

  it('is every row, whether or not it holds anything', () => {
    // A layer that is negative in many ways: 20 neurons of 40 rows, all of them 0.
    const channels = Array.from({ length: 20 }, (_, channel) => channel);
    const lines: Lines = {
      length: 40,
      layers: [
        { reads: [0], edges: one },
        { reads: [0], stride: wide(2), pads: across(0, 39), edges: one },
        {
          ...{ reads: [1, 2], channels: 20 },
          edges: channels.flatMap(
            (channel): SignedEdges => [
              [0, channel, -1],
              [1, channel, -1],
            ],
          ),
        },
        { reads: [3], edges: channels.map((channel): SignedEdges[number] => [channel, 0]) },
      ],
      matrices: [row(0)],
      windows: [{}],
    };
    expect(proveLines(lines, { coefficients: 2000, additions: 1e6 })).toMatchObject(equal);
    expect(proveLines(lines, { coefficients: 1400, additions: 1e6 })).toMatchObject({
      failure: { reason: expect.stringMatching(/rows of one input hold more than/) },
    });
  });

  it('is an entry of Numbers for less than one of longer integers, which say the same', () => {
    const lines: Lines = {
      ...{ length: 16, inputs: 2 },
      layers: [{ stride: wide(2), pads: across(0, 15), edges: [] }],
      matrices: [row(...new Array<number>(32).fill(0))],
      windows: [{ kernel: wide(16), pads: across(0, 15) }],
    };
    const most = { coefficients: 2 ** 20, additions: 16384 };
    expect(proveLines(lines, most)).toMatchObject(equal);
    const long = { ...lines, matrices: [row(0n, ...new Array<number>(31).fill(0))] };
    expect(proveLines(long)).toMatchObject(equal);
    expect(proveLines(long, most)).toMatchObject({
      failure: { reason: expect.stringMatching(/more additions/) },
    });
    for (const last of [1, 1n]) {
      const other = { ...lines, matrices: [row(...new Array<number>(31).fill(0), last)] };
      expect(proveLines(other)).toEqual(refusal(1, 1, 0, /coefficient 0 at input 31, .* 1 /));
    }
  });
});
