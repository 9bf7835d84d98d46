/**
 * Winograd's minimal filtering F(m x m, 3x3) for convolutions of 3 by 3 that keep the size (Winograd 1980; Lavin and
 * Gray, "Fast algorithms for convolutional neural networks", CVPR 2016): a tile of m by m sums is
 * `A^T [(G g G^T) * (B^T d B)] A`, of the kernel g and the m + 2 by m + 2 numbers d that the tile reads. With m = 2
 * that is 16 products in place of 36, and all factors are powers of two, so that only sums round; with m = 4, 36 in
 * place of 144, with factors that round and sums of more. Summed over the channels those are products of matrices, one
 * for each place. The gradients are those of this formula: of the weights `G^T [sum of (B^T d B) * (A e A^T)] G`, with e
 * those of the sums; those of what is read are a convolution again.
 */
import type { Machine } from '../inference/fast/kernels.js';
import type { StagePlace } from '../inference/products/map-memory.js';
import {
  type TileMatrix,
  type TileTransform,
  tileTransformFunction,
  tileTransformInJavaScript,
} from './tile-transform.js';

/** F(m x m, 3x3), by m. */
export interface WinogradForm {
  /** Sums along one side of a tile (m), numbers that these read, and places. */
  readonly tile: number;
  readonly reach: number;
  readonly places: number;
  /** B^T. */
  readonly lift: TileMatrix;
  /** A^T. */
  readonly lower: TileMatrix;
  /** G. */
  readonly liftWeights: TileMatrix;
}

function form(lift: TileMatrix, lower: TileMatrix, liftWeights: TileMatrix): WinogradForm {
  const rounded = liftWeights.map((row) => row.map(Math.fround));
  const [tile, reach] = [lower.length, lift.length];
  return { tile, reach, places: reach ** 2, lift, lower, liftWeights: rounded };
}

/** Points 0, 1, -1 and infinity. */
const TWO = form(
  [
    [1, 0, -1, 0],
    [0, 1, 1, 0],
    [0, -1, 1, 0],
    [0, 1, 0, -1],
  ],
  [
    [1, 1, 1, 0],
    [0, 1, -1, -1],
  ],
  [
    [1, 0, 0],
    [0.5, 0.5, 0.5],
    [0.5, -0.5, 0.5],
    [0, 0, 1],
  ],
);
/** Points 0, 1, -1, 2, -2 and infinity. */
const FOUR = form(
  [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
  ],
  [
    [1, 1, 1, 1, 1, 0],
    [0, 1, -1, 2, -2, 0],
    [0, 1, 1, 4, 4, 0],
    [0, 1, -1, 8, -8, 1],
  ],
  [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ],
);

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

function matricesOf(own: WinogradForm): Readonly<Record<keyof WinogradKernels, TileMatrix>> {
  const { lift, lower, liftWeights } = own;
  const [liftGradients, lowerWeights] = [transposed(lower), transposed(liftWeights)];
  return { lift, lower, liftGradients, liftWeights, lowerWeights };
}

const hasMode = (name: string): boolean => name.startsWith('lower');

export function winogradKernels(machine: Machine, own: WinogradForm): WinogradKernels {
  const entries = Object.entries(matricesOf(own));
  return machine.further<WinogradKernels>(
    `winograd${own.tile}`,
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
 * In which form a layer is computed, if in one: a convolution of 3 by 3 that keeps sides of whole tiles, of enough
 * channels. Those of the network's inputs are not filled up to whole vectors.
 */
export function winogradFormOf({
  stage,
  channels,
  inputChannels,
  connected,
}: StagePlace): WinogradForm | null {
  const { kernel, pad, stride, sums } = stage;
  const isFit =
    !connected &&
    [kernel.height, kernel.width].every((side) => side === 3) &&
    pad === 1 &&
    stride === 1 &&
    inputChannels % 4 === 0 &&
    Math.min(channels, inputChannels) >= FEWEST_CHANNELS;
  const divides = ({ tile }: WinogradForm): boolean =>
    [sums.height, sums.width].every((side) => side % tile === 0);
  return isFit ? ([FOUR, TWO].find(divides) ?? null) : null;
}
