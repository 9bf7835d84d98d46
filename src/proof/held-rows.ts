/**
 * The rows of a block's layers, each held until the last layer that reads it: in a layered source two at a
 * time lie in storage that is used again, in a skip source those that are read later have room of their own.
 */
import { lastReaders } from '../source/layer-lists.js';
import { type PrunedLayer, readsOf } from '../source/pruned-network.js';
import { type CoefficientRows, type RowStorage, rowStorage } from './rows.js';

/** Rows of one layer among those that another reads: its numbers `start .. end - 1`. */
export interface RowsPart {
  readonly rows: CoefficientRows;
  readonly start: number;
  readonly end: number;
}

/** The rows of all layers that a layer reads, one after the other, as its edges count them. */
export type ReadRows = readonly RowsPart[];

export interface HeldRows {
  /** What layer t reads: rows that were added, of layers before it. */
  readBy(t: number): ReadRows;
  /** Where the rows of the layer at hand may lie. */
  readonly storage: RowStorage;
  /** Coefficients of rows that are held for other layers than the next one. */
  readonly size: number;
  /** The rows of layer t, which lie in `storage`. Those that no later layer reads are let go. */
  add(t: number, rows: CoefficientRows): void;
}

/** Storage of two layers' rows, to be used for one range of variables after the other. */
export type RowStorages = readonly [RowStorage, RowStorage];

export function rowStorages(): RowStorages {
  return [rowStorage(), rowStorage()];
}

/** The same rows in arrays that hold nothing else. */
function inOwnRoom(rows: CoefficientRows): CoefficientRows {
  const count = rows.offsets[rows.offsets.length - 1];
  return {
    ...rows,
    variables: rows.variables.slice(0, count),
    coefficients: rows.coefficients.slice(0, count),
  };
}

/**
 * Holds the rows of layers `first ..` of a block, whose input's are `input`: those of layer `first - 1`,
 * which take next to no room.
 */
export function heldRows(
  layers: readonly PrunedLayer[],
  first: number,
  input: CoefficientRows,
  storages: RowStorages,
): HeldRows {
  const last = lastReaders(layers, first);
  const held = new Map([[first - 1, input]]);
  let size = 0;
  let turn = 0;
  return {
    readBy(t) {
      let start = 0;
      return readsOf(layers[t - first], t).map((read) => {
        const rows = held.get(read);
        if (rows === undefined) throw new RangeError(`the rows of layer ${read} are not held`);
        const part = { rows, start, end: start + rows.offsets.length - 1 };
        start = part.end;
        return part;
      });
    },
    get storage() {
      return storages[turn];
    },
    get size() {
      return size;
    },
    add(t, rows) {
      for (const read of readsOf(layers[t - first], t)) {
        if (read < first || last[read - first + 1] > t) continue;
        // Rows in storage were for the next layer alone.
        if (t > read + 1) size -= held.get(read)?.size ?? 0;
        held.delete(read);
      }
      const until = last[t - first + 1];
      if (until > t + 1) {
        held.set(t, inOwnRoom(rows));
        size += rows.size;
      } else if (until > t) {
        held.set(t, rows);
        turn = 1 - turn;
      }
    },
  };
}
