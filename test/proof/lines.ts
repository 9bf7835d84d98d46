/** Sources over lines, made by hand, whose kernels stand anywhere. */
import type { BlockWindow, IntegerMaps } from '../../src/integer/block-maps.js';
import type { IntegerMatrix } from '../../src/integer/integer-network.js';
import { provideComposition } from '../../src/proof/check-composed.js';
import { propagate } from '../../src/proof/propagate.js';
import { maskSizes, type SourceLayer, type SourceShape } from '../../src/source/shape.js';
import type { PlaneSize } from '../../src/target/planes.js';
import { type Claim, chosenSource, type Edge, sparseMask } from '../pruned-sources.js';
import type { SignedEdges } from './sketch.js';

provideComposition();

const POINT: PlaneSize = { height: 1, width: 1 };
export const across = (left: number, right: number) => ({ top: 0, left, bottom: 0, right });

/** A source over lines: kernels are 1 by so many. */
export interface Lines {
  readonly length: number;
  readonly inputs?: number;
  readonly constant?: boolean;
  readonly layers: readonly (Omit<SourceLayer, 'channels' | 'kernel'> & {
    readonly channels?: number;
    readonly width?: number;
    readonly edges: SignedEdges;
  })[];
  /** Rows over channels and the window's taps, the constant last. */
  readonly matrices: readonly IntegerMatrix[];
  readonly windows: readonly Partial<BlockWindow>[];
  readonly assignments?: readonly Uint32Array[];
  readonly signed?: boolean;
}

export function claimOfLines(lines: Lines): Claim {
  const { inputs = 1, constant = false } = lines;
  const shape: SourceShape = {
    inputs: inputs + (constant ? 1 : 0),
    layers: lines.layers.map(({ channels = 1, width = 1, edges: _, ...layer }) => ({
      ...{ channels, kernel: { height: 1, width } },
      ...layer,
    })),
  };
  const negative = new Set<string>();
  const sizes = maskSizes(shape);
  const masks = lines.layers.map(({ edges }, index) => {
    for (const [c, v, sign] of edges) if (sign === -1) negative.add(`${index + 1},${c},${v}`);
    const kept = edges.map(([c, v]): Edge => [c, v]);
    return sparseMask(sizes[index].inputs, sizes[index].outputs, kept);
  });
  let { length } = lines;
  let channels = inputs;
  const blocks: IntegerMaps['blocks'] = lines.windows.map((given, index) => {
    const { kernel = POINT, pads = across(0, 0), stride = POINT } = given;
    const taps = Array.from({ length: kernel.width }, (_, tap) => tap);
    const window: BlockWindow = {
      ...{ input: { height: 1, width: length }, kernel, pads, stride, dilation: POINT },
      columns: given.columns ?? [{ channels, taps }],
    };
    length = Math.floor((length + pads.left + pads.right - kernel.width) / stride.width) + 1;
    channels = lines.matrices[index].rows - (constant ? 1 : 0);
    return { window, form: { kind: 'free', passed: 0 } };
  });
  return {
    source: chosenSource(shape, (t, c, v) => (negative.has(`${t},${c},${v}`) ? -1 : 1)),
    masks,
    target: {
      ...{ matrices: lines.matrices, constant, activation: 'identity' },
      fractionalPlaces: lines.matrices.map(() => 0),
      scale: { base: 2, exponent: 0 },
      maps: { input: { channels: inputs, height: 1, width: lines.length }, blocks },
    },
    inputSigns: Array.from({ length: inputs }, () => (lines.signed ? 'signed' : 'nonnegative')),
    assignments: lines.assignments ?? [],
  };
}

export function proveLines(lines: Lines, limits?: { coefficients: number; additions: number }) {
  const claim = claimOfLines(lines);
  return propagate({ ...claim, mask: (t) => claim.masks[t - 1], ...(limits && { limits }) });
}

export const row = (...values: (number | bigint)[]): IntegerMatrix => ({
  ...{ rows: 1, columns: values.length },
  values: values.some((value) => typeof value === 'bigint')
    ? values.map(BigInt)
    : Float64Array.from(values as number[]),
});

/** x1 + x2 of neighbours, twice: without zeros around it is a kernel of three. */
export const twice: Lines = {
  length: 5,
  layers: [
    {
      width: 2,
      edges: [
        [0, 0],
        [1, 0],
      ],
    },
    {
      width: 2,
      edges: [
        [0, 0],
        [1, 0],
      ],
    },
  ],
  matrices: [row(1, 2, 1)],
  windows: [{ kernel: { height: 1, width: 3 } }],
};
