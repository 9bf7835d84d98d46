/**
 * Winograd's minimal filtering F(2x2, 3x3) for convolutions of 3 by 3 that keep the size (Winograd 1980; Lavin and
 * Gray, "Fast algorithms for convolutional neural networks", CVPR 2016): a tile of 2 by 2 sums is
 * `A^T [(G g G^T) * (B^T d B)] A`, of the kernel g and the 4 by 4 numbers d that the tile reads, with 16 products in
 * place of 36. Summed over the channels that are products of matrices, one for each of the 16 places. The
 * gradients are those of this formula: of the weights `G^T [sum of (B^T d B) * (A e A^T)] G`, with e those of the
 * sums; those of what is read are a convolution again. All factors are powers of two, so that only sums round.
 */
import type { Machine } from '../inference/fast/kernels.js';
import type { StagePlace } from '../inference/products/map-memory.js';
import {
  type TileMatrix,
  type TileTransform,
  tileTransformFunction,
  tileTransformInJavaScript,
} from './tile-transform.js';

/** Sums along one side of a tile, numbers that these read, and places. */
export const TILE = 2;
export const REACH = 4;
export const PLACES = REACH * REACH;

/** B^T. */
const LIFT: TileMatrix = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
/** A^T. */
const LOWER: TileMatrix = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];
/** G. */
const LIFT_WEIGHTS: TileMatrix = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];

const transposed = (matrix: TileMatrix): TileMatrix =>
  (matrix[0] as readonly number[]).map((_, column) => matrix.map((row) => row[column] as number));

export interface WinogradKernels {
  /** What tiles read, to their places. */
  readonly lift: TileTransform;
  /** From the places to the tiles' sums. It has a mode, and so has `lowerWeights`. */
  readonly lower: TileTransform;
  /** Gradients of the tiles' sums, to their places. */
  readonly liftGradients: TileTransform;
  readonly liftWeights: TileTransform;
  /** From the places to the gradients of the weights. */
  readonly lowerWeights: TileTransform;
}

const MATRICES: Readonly<Record<keyof WinogradKernels, TileMatrix>> = {
  lift: LIFT,
  lower: LOWER,
  liftGradients: transposed(LOWER),
  liftWeights: LIFT_WEIGHTS,
  lowerWeights: transposed(LIFT_WEIGHTS),
};

const hasMode = (name: string): boolean => name.startsWith('lower');

export function winogradKernels(machine: Machine): WinogradKernels {
  const entries = Object.entries(MATRICES);
  return machine.further<WinogradKernels>(
    'winograd',
    () => entries.map(([name, matrix]) => tileTransformFunction(name, matrix, hasMode(name))),
    (buffer) =>
      Object.fromEntries(
        entries.map(([name, matrix]) => [
          name,
          tileTransformInJavaScript(buffer, matrix, hasMode(name)),
        ]),
      ) as unknown as WinogradKernels,
  );
}

/** With fewer channels the transforms cost what the products save. */
const FEWEST_CHANNELS = 8;

/**
 * Whether a layer is computed so: a convolution of 3 by 3 that keeps even sides, of enough channels. Those of the
 * network's inputs are not filled up to whole vectors.
 */
export function usesWinograd({ stage, channels, inputChannels, connected }: StagePlace): boolean {
  const { kernel, pad, stride, sums } = stage;
  return (
    !connected &&
    [kernel.height, kernel.width].every((side) => side === 3) &&
    [sums.height, sums.width].every((side) => side % TILE === 0) &&
    pad === 1 &&
    stride === 1 &&
    inputChannels % 4 === 0 &&
    Math.min(channels, inputChannels) >= FEWEST_CHANNELS
  );
}
