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
import type { PlaneSize } from '../target/planes.js';
import {
  type TileMatrices,
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

/** The kernels of tiles of so many sums a side: at the end of a side there may be fewer than the form's. */
export interface TileKernels {
  /** What tiles read, to their places. */
  readonly lift: TileTransform;
  /** From the places to the tiles' sums. It has a mode, and so has `lowerWeights`. */
  readonly lower: TileTransform;
  /** Gradients of the tiles' sums, to their places. */
  readonly liftGradients: TileTransform;
}

export interface WeightKernels {
  readonly liftWeights: TileTransform;
  /** From the places to the gradients of the weights. */
  readonly lowerWeights: TileTransform;
}

export interface WinogradKernels extends WeightKernels {
  ofTiles(sums: PlaneSize): TileKernels;
}

/** Of a form's matrices, what tiles of `sums` sums on a side need: numbers beyond what these read count as 0. */
function sideOf(
  { lift, lower }: WinogradForm,
  sums: number,
): Readonly<Record<keyof TileKernels, TileMatrix>> {
  const kept = lower.slice(0, sums);
  return {
    lift: lift.map((row) => row.slice(0, sums + 2)),
    lower: kept,
    liftGradients: transposed(kept),
  };
}

const hasMode = (name: string): boolean => name.startsWith('lower');

function compile<T>(machine: Machine, name: string, matrices: Record<keyof T, TileMatrices>): T {
  const entries = Object.entries<TileMatrices>(matrices);
  return machine.further<T>(
    name,
    () => entries.map(([own, both]) => tileTransformFunction(own, both, hasMode(own))),
    (buffer) =>
      Object.fromEntries(
        entries.map(([own, both]) => [own, tileTransformInJavaScript(buffer, both, hasMode(own))]),
      ) as T,
  );
}

export function winogradKernels(machine: Machine, own: WinogradForm): WinogradKernels {
  const { tile, liftWeights } = own;
  const both = (matrix: TileMatrix): TileMatrices => ({ vertical: matrix, horizontal: matrix });
  const weights = compile<WeightKernels>(machine, `winograd${tile}`, {
    liftWeights: both(liftWeights),
    lowerWeights: both(transposed(liftWeights)),
  });
  const compiled = new Map<number, TileKernels>();
  const compileTiles = ({ height, width }: PlaneSize): TileKernels => {
    const [down, across] = [sideOf(own, height), sideOf(own, width)];
    const of = (name: keyof TileKernels) => ({ vertical: down[name], horizontal: across[name] });
    return compile<TileKernels>(machine, `winograd${tile} of ${height}x${width}`, {
      ...{ lift: of('lift'), lower: of('lower'), liftGradients: of('liftGradients') },
    });
  };
  return {
    ...weights,
    ofTiles(sums) {
      const key = sums.height * tile + sums.width;
      const found = compiled.get(key);
      if (found) return found;
      const kernels = compileTiles(sums);
      compiled.set(key, kernels);
      return kernels;
    },
  };
}

/** With fewer channels the transforms cost what the products save. */
const FEWEST_CHANNELS = 8;

/** Products of the direct sums for one of a form from which the transforms pay. */
const LEAST_GAIN = 4 / 3;

export function tilesOf({ tile }: WinogradForm, { height, width }: PlaneSize): PlaneSize {
  return { height: Math.ceil(height / tile), width: Math.ceil(width / tile) };
}

/**
 * In which form a layer is computed, if in one: a convolution of 3 by 3 that keeps its sides, of enough channels, in
 * the form with the fewest products; of two with as many in the one that rounds less. Channels of the network's
 * inputs are not filled up to whole vectors.
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
  if (!isFit) return null;
  const products = (own: WinogradForm): number => {
    const tiles = tilesOf(own, sums);
    return own.places * tiles.height * tiles.width;
  };
  const best = products(FOUR) < products(TWO) ? FOUR : TWO;
  const direct = 9 * sums.height * sums.width;
  return products(best) * LEAST_GAIN <= direct ? best : null;
}
