/**
 * The mask `M_t` of one source layer, by fan-out columns like the generator that draws the signs:
 * column `c` says which edges from there are kept, in fully connected layers from neuron `c` of layer
 * t-1 (for others see `columns.ts`). Two representations, since the
 * paper's sources have up to 10^16 weights a layer with one in 10^11 kept, and small ones are dense.
 */

/** Sorted kept edges: `rows[offsets[i] .. offsets[i+1])` are the targets of neuron `columns[i]`. */
export interface SparseMask {
  readonly kind: 'sparse';
  /** The number of columns, in fully connected layers `N_(t-1)`. Below 2^32. */
  readonly inputs: number;
  /** `N_t`, the number of rows. Below 2^32. */
  readonly outputs: number;
  /** The columns that keep at least one edge, strictly ascending. */
  readonly columns: Uint32Array;
  /** `columns.length + 1` ascending positions in `rows`. */
  readonly offsets: Uint32Array;
  /** Targets, strictly ascending within a column. */
  readonly rows: Uint32Array;
}

/**
 * Bit `v` of column `c` is bit `v % 32` of `words[c * wordsPerColumn(outputs) + floor(v / 32)]`; bits
 * beyond `outputs` are 0.
 */
export interface DenseMask {
  readonly kind: 'dense';
  readonly inputs: number;
  readonly outputs: number;
  readonly words: Uint32Array;
}

export type LayerMask = SparseMask | DenseMask;

export function wordsPerColumn(outputs: number): number {
  return Math.ceil(outputs / 32);
}

/** Keeps the edge of a dense mask from `column` into neuron `row`. */
export function keepEdge({ words, outputs }: DenseMask, column: number, row: number): void {
  words[column * wordsPerColumn(outputs) + (row >>> 5)] |= 1 << (row & 31);
}

/** Whether a dense mask keeps any edge of this column. */
export function keepsAny({ words, outputs }: DenseMask, column: number): boolean {
  const perColumn = wordsPerColumn(outputs);
  const end = (column + 1) * perColumn;
  for (let word = column * perColumn; word < end; word++) if (words[word] !== 0) return true;
  return false;
}

/** Number of kept edges. */
export function keptCount(mask: LayerMask): number {
  if (mask.kind === 'sparse') return mask.rows.length;
  let count = 0;
  for (let word of mask.words) {
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

/** Columns of a dense mask that keep at least one edge. */
function usedColumns(mask: DenseMask): number {
  let used = 0;
  for (let column = 0; column < mask.inputs; column++) if (keepsAny(mask, column)) used++;
  return used;
}

/** The sparse form of any mask. */
export function toSparse(mask: LayerMask): SparseMask {
  if (mask.kind === 'sparse') return mask;
  const { inputs, outputs, words } = mask;
  const perColumn = wordsPerColumn(outputs);
  const rows = new Uint32Array(keptCount(mask));
  const columns = new Uint32Array(usedColumns(mask));
  const offsets = new Uint32Array(columns.length + 1);
  let count = 0;
  let used = 0;
  for (let column = 0; column < inputs; column++) {
    const before = count;
    for (let index = 0; index < perColumn; index++) {
      let word = words[column * perColumn + index];
      while (word !== 0) {
        const bit = 31 - Math.clz32(word & -word);
        rows[count++] = index * 32 + bit;
        word &= word - 1;
      }
    }
    if (count > before) {
      columns[used] = column;
      offsets[++used] = count;
    }
  }
  return { kind: 'sparse', inputs, outputs, columns, offsets, rows };
}

/** The kept edges into these neurons (ascending) alone. */
export function onlyRows(mask: LayerMask, wanted: Uint32Array): SparseMask {
  const { inputs, outputs } = mask;
  const columns: number[] = [];
  const offsets: number[] = [0];
  const rows: number[] = [];
  const endColumn = (column: number): void => {
    if (rows.length === offsets[offsets.length - 1]) return;
    columns.push(column);
    offsets.push(rows.length);
  };
  if (mask.kind === 'dense') {
    const perColumn = wordsPerColumn(outputs);
    for (let column = 0; column < inputs; column++) {
      const start = column * perColumn;
      for (const row of wanted) {
        if ((mask.words[start + (row >>> 5)] >>> (row & 31)) & 1) rows.push(row);
      }
      endColumn(column);
    }
  } else {
    const among = new Set(wanted);
    mask.columns.forEach((column, index) => {
      for (let at = mask.offsets[index]; at < mask.offsets[index + 1]; at++) {
        if (among.has(mask.rows[at])) rows.push(mask.rows[at]);
      }
      endColumn(column);
    });
  }
  return {
    kind: 'sparse',
    inputs,
    outputs,
    columns: Uint32Array.from(columns),
    offsets: Uint32Array.from(offsets),
    rows: Uint32Array.from(rows),
  };
}

/** The first kept edge between two groups of a layer, which has no such edge; null if there is none. */
export function edgeBetweenGroups(
  mask: LayerMask,
  groups: readonly { readonly channels: number; readonly columns: number }[],
): { readonly column: number; readonly row: number } | null {
  const { columns, offsets, rows } = toSparse(mask);
  let group = 0;
  let end = groups[0].columns;
  let from = 0;
  for (let index = 0; index < columns.length; index++) {
    while (columns[index] >= end) {
      from += groups[group].channels;
      end += groups[++group].columns;
    }
    const to = from + groups[group].channels;
    for (let at = offsets[index]; at < offsets[index + 1]; at++) {
      if (rows[at] < from || rows[at] >= to) return { column: columns[index], row: rows[at] };
    }
  }
  return null;
}
