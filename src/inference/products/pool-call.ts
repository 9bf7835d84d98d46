/** Max pooling of maps kept position by position, one row of windows at a time. */

/**
 * Writes for `columns` windows of `side` by `side` positions that lie side by side the largest number of
 * each channel. A position has `vectors` vectors of 16 bytes in sequence, rows of positions begin `fromRow`
 * bytes apart. All counts are at least 1.
 */
export type Pool = (
  from: number,
  to: number,
  columns: number,
  vectors: number,
  side: number,
  fromRow: number,
) => void;
