/**
 * Products of matrices whose rows overlap, which is what a convolution of maps kept position by position is:
 * a row of a patch is `kernel width * channels` numbers in sequence, and the next patch begins one position
 * on. All sums begin at 0 (or at what is there) and go through `outer`, then `inner`, in ascending order,
 * each product rounded and then added, so every implementation gives the same bits.
 */
/** The type of the numbers; a vector has four float32 or two float64. */
export type ProductLane = 'float32' | 'float64';

/** Flags of a product, added up. */
export const PRODUCT_MODE = { accumulate: 1, scale: 2, rectify: 4, add: 8 } as const;

/**
 * `c[i][j] = sum over o < outer, k < inner of a[i aRow + k aInner + o aOuter] * b[panel(j) + k bInner + o
 * bOuter]`, for i < rows, j < the columns of `panels` panels. A panel is 32 bytes of columns; the last one
 * may be half of that, a single vector: `vectors` counts all. Strides and addresses are in bytes. `rows`,
 * `vectors`, `inner` and `outer` are at least 1. With `accumulate` sums begin at what c holds; with `add` that is
 * added to them at the end, with `scale` they are then multiplied by `factor`, with `rectify` replaced by their
 * maximum with 0.
 */
export type Product = (
  a: number,
  b: number,
  c: number,
  rows: number,
  vectors: number,
  inner: number,
  outer: number,
  aRow: number,
  aInner: number,
  aOuter: number,
  bInner: number,
  bOuter: number,
  bPanel: number,
  cRow: number,
  mode: number,
  factor: number,
) => void;

export const PANEL_BYTES = 32;

/** Columns of a panel. */
export function panelColumns(lane: ProductLane): number {
  return lane === 'float32' ? 8 : 4;
}
