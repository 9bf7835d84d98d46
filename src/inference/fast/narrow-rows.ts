/** Narrow rows that hold the digits of wide ones. */
import { everyFew, type Steps } from '../../core/steps.js';
import type { RowEntries } from './difference-plan.js';
import type { Grouping } from './digit-tables.js';
import type { Row, Segment } from './segments.js';

/** Going through so many words of digits takes a few milliseconds. */
const DIGITS_A_STEP = 1 << 17;

/** Narrow rows for the digits of each row: the next one as soon as a chunk more could overflow it. */
export interface NarrowRows {
  /** The row that each narrow row belongs to. */
  readonly owners: readonly number[];
  slotOf(chunk: number, entries: RowEntries): number;
}

/** Null where even one chunk is too much for a narrow row. */
export function* splitRows(
  rows: readonly Row[],
  chunks: readonly (readonly RowEntries[])[],
  { columns, signed }: Segment['bounds'],
  { size, position }: Grouping,
  perChunk: number,
  limit: number,
): Steps<NarrowRows | null> {
  const chunkColumns = size * perChunk;
  const owners: number[] = [];
  const slots = chunks.map(() => new Int32Array(rows.length));
  const isTurn = everyFew(DIGITS_A_STEP);
  for (const [row, { digits }] of rows.entries()) {
    if (isTurn(digits.length)) yield;
    // How far the digits in the current narrow row go above and below 0.
    let above = 0;
    let below = 0;
    let at = 0;
    let isFirst = true;
    while (at < digits.length) {
      const chunk = Math.floor(position[digits[at]] / chunkColumns);
      let up = 0;
      let down = 0;
      for (; at < digits.length && position[digits[at]] < (chunk + 1) * chunkColumns; at += 2) {
        const reach = digits[at + 1] * columns[digits[at]];
        // A column of either sign goes both ways whatever the sign of its digit.
        if (reach > 0 || signed) up += Math.abs(reach);
        if (reach < 0 || signed) down += Math.abs(reach);
      }
      if (Math.max(up, down) > limit) return null;
      if (isFirst || Math.max(above + up, below + down) > limit) {
        owners.push(row);
        isFirst = false;
        above = 0;
        below = 0;
      }
      above += up;
      below += down;
      slots[chunk][row] = owners.length - 1;
    }
  }
  return { owners, slotOf: (chunk, { row }) => slots[chunk][row] };
}
