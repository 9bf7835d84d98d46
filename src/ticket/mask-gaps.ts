/**
 * Masks as gaps: edges in the order of their position `c * N_t + v`, the first gap counted from -1.
 * Positions may reach 2^64, so they are carried as (column, row); only gaps are single numbers.
 */
import { InputError } from '../core/errors.js';
import { type DenseMask, type SparseMask, wordsPerColumn } from '../source/mask.js';
import {
  createGapDecoder,
  createGapEncoder,
  finishGaps,
  nextChunk,
  pushBigGap,
  pushGap,
} from './gap-coding.js';

/** Below this a gap may be added to a row, which is below 2^32, without rounding. */
const SURE_GAP = 2 ** 52;

/** What a ticket says of a layer's mask, apart from its bytes. */
export interface MaskSize {
  readonly inputs: number;
  readonly outputs: number;
  readonly kept: number;
}

/** Throws a RangeError unless the mask is as `source/mask.ts` says. */
export function encodeSparse(mask: SparseMask): Uint8Array {
  const { inputs, outputs, columns, offsets, rows } = mask;
  if (offsets.length !== columns.length + 1 || offsets[columns.length] !== rows.length) {
    throw new RangeError('not a layer mask: offsets that do not fit its columns and rows');
  }
  const encoder = createGapEncoder();
  let lastColumn = 0;
  let lastRow = -1;
  let at = 0;
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index] as number;
    const end = offsets[index + 1] as number;
    const ascending = index === 0 || column > lastColumn;
    if (offsets[index] !== at || end <= at || !ascending || column >= inputs) {
      throw new RangeError(`not a layer mask: entry ${index} of its columns`);
    }
    const first = rows[at++] as number;
    const gap = (column - lastColumn) * outputs + (first - lastRow);
    // A sum below 2^52 has a product below 2^53, so nothing was rounded.
    if (gap < SURE_GAP) {
      pushGap(encoder, gap);
    } else {
      pushBigGap(encoder, BigInt(column - lastColumn) * BigInt(outputs) + BigInt(first - lastRow));
    }
    lastColumn = column;
    lastRow = first;
    for (; at < end; at++) {
      const row = rows[at] as number;
      if (row <= lastRow) throw new RangeError(`not a layer mask: rows of column ${column}`);
      pushGap(encoder, row - lastRow);
      lastRow = row;
    }
    if (lastRow >= outputs) throw new RangeError(`not a layer mask: row ${lastRow}`);
  }
  return finishGaps(encoder);
}

/** Gaps between the set bits, or with `complement` between the others. */
export function encodeDense(mask: DenseMask, complement: boolean): Uint8Array {
  const { inputs, outputs, words } = mask;
  const perColumn = wordsPerColumn(outputs);
  const lastBits = outputs & 31 ? 2 ** (outputs & 31) - 1 : -1;
  const encoder = createGapEncoder();
  let last = -1;
  let index = 0;
  for (let column = 0; column < inputs; column++) {
    // A dense mask in memory has fewer than 2^38 positions.
    let position = column * outputs;
    for (let left = perColumn; left > 0; left--) {
      let word = words[index++] as number;
      if (complement) word = left === 1 ? ~word & lastBits : ~word;
      while (word !== 0) {
        const edge = position + 31 - Math.clz32(word & -word);
        pushGap(encoder, edge - last);
        last = edge;
        word &= word - 1;
      }
      position += 32;
    }
  }
  return finishGaps(encoder);
}

function refuseOutside(place: string, inputs: number, outputs: number): never {
  throw new InputError({
    place,
    problem: `an edge lies beyond the last of ${inputs} x ${outputs}`,
    remedy: 'the ticket is damaged; make it again',
  });
}

/** Whole columns in `row + gap`, and the row in the last one. */
function bigColumns(row: number, gap: bigint, outputs: number): { columns: number; row: number } {
  const total = BigInt(row) + gap;
  const size = BigInt(outputs);
  return { columns: Number(total / size), row: Number(total % size) };
}

/** Decodes the gaps between kept edges; see `decodeMask` for the errors. */
export function decodeSparse(bytes: Uint8Array, size: MaskSize, place: string): SparseMask {
  const { inputs, outputs, kept } = size;
  const decoder = createGapDecoder(bytes, kept, place);
  const { gaps, big } = decoder;
  const rows = new Uint32Array(kept);
  const columns = new Uint32Array(Math.min(kept, inputs));
  const offsets = new Uint32Array(columns.length + 1);
  let column = 0;
  let row = -1;
  let count = 0;
  let used = 0;
  for (let length = nextChunk(decoder); length > 0; length = nextChunk(decoder)) {
    for (let index = 0; index < length; index++) {
      const gap = gaps[index] as number;
      const before = column;
      if (gap < SURE_GAP) {
        row += gap;
        if (row >= outputs) {
          // Exact: below 2^53 a quotient that is no integer is never rounded up to one.
          const skipped = Math.floor(row / outputs);
          column += skipped;
          row -= skipped * outputs;
        }
      } else {
        const next = bigColumns(row, big.get(index) ?? BigInt(gap), outputs);
        column += next.columns;
        row = next.row;
      }
      if (column !== before || count === 0) {
        if (column >= inputs) refuseOutside(place, inputs, outputs);
        columns[used] = column;
        offsets[used++] = count;
      }
      rows[count++] = row;
    }
  }
  offsets[used] = count;
  return {
    kind: 'sparse',
    inputs,
    outputs,
    columns: columns.slice(0, used),
    offsets: offsets.slice(0, used + 1),
    rows,
  };
}

/** Flips the bits at the gaps' positions. Only for masks with fewer than 2^52 positions. */
function flipBits(mask: DenseMask, bytes: Uint8Array, count: number, place: string): void {
  const { inputs, outputs, words } = mask;
  const perColumn = wordsPerColumn(outputs);
  const decoder = createGapDecoder(bytes, count, place);
  const { gaps } = decoder;
  let column = 0;
  let row = -1;
  for (let length = nextChunk(decoder); length > 0; length = nextChunk(decoder)) {
    for (let index = 0; index < length; index++) {
      row += gaps[index] as number;
      if (row >= outputs) {
        const skipped = Math.floor(row / outputs);
        column += skipped;
        row -= skipped * outputs;
        if (column >= inputs) refuseOutside(place, inputs, outputs);
      }
      const word = column * perColumn + (row >>> 5);
      words[word] = (words[word] as number) ^ (1 << (row & 31));
    }
  }
}

/** As `decodeSparse`, into a dense mask. */
export function decodeDense(bytes: Uint8Array, size: MaskSize, place: string): DenseMask {
  const { inputs, outputs, kept } = size;
  const words = new Uint32Array(inputs * wordsPerColumn(outputs));
  const mask: DenseMask = { kind: 'dense', inputs, outputs, words };
  flipBits(mask, bytes, kept, place);
  return mask;
}

/** Decodes the gaps between removed edges. */
export function decodeComplement(bytes: Uint8Array, size: MaskSize, place: string): DenseMask {
  const { inputs, outputs, kept } = size;
  const perColumn = wordsPerColumn(outputs);
  const words = new Uint32Array(inputs * perColumn).fill(0xffffffff);
  const used = outputs & 31;
  if (used > 0) {
    const lastBits = 2 ** used - 1;
    for (let index = perColumn - 1; index < words.length; index += perColumn) {
      words[index] = lastBits;
    }
  }
  const mask: DenseMask = { kind: 'dense', inputs, outputs, words };
  flipBits(mask, bytes, inputs * outputs - kept, place);
  return mask;
}
