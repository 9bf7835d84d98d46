/** Builds a sparse mask from edges that come in column order. */
import { growableUint32 } from '../core/growable.js';
import type { SparseMask } from './mask.js';

export interface MaskBuilder {
  /**
   * Keeps the edge from neuron `column` into neuron `row`. Columns must not descend, rows must ascend
   * within a column; anything else is a RangeError.
   */
  keep(column: number, row: number): void;
  finish(): SparseMask;
}

export function maskBuilder(inputs: number, outputs: number): MaskBuilder {
  const columns = growableUint32();
  const offsets = growableUint32();
  const rows = growableUint32();
  let lastColumn = -1;
  let lastRow = -1;
  return {
    keep(column, row) {
      if (column !== lastColumn) {
        if (column < lastColumn || column >= inputs) {
          throw new RangeError(`column ${column} is out of order or of range`);
        }
        columns.push(column);
        offsets.push(rows.length);
        lastColumn = column;
        lastRow = -1;
      }
      if (row <= lastRow || row >= outputs) {
        throw new RangeError(`row ${row} of column ${column} is out of order or of range`);
      }
      rows.push(row);
      lastRow = row;
    },
    finish() {
      offsets.push(rows.length);
      return {
        kind: 'sparse',
        inputs,
        outputs,
        columns: columns.toArray(),
        offsets: offsets.toArray(),
        rows: rows.toArray(),
      };
    },
  };
}
