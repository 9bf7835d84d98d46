/** Sparse rows made entry by entry; entries of one column are added. */
import { exactBuilder, rounded, storeSum } from '../../exact-array.js';
import type { Linear } from '../../linear.js';
import { changeOfProduct } from '../../rounding.js';
import type { Numbers } from './numbers.js';

export class RowBuilder {
  /** Bound of the relative change of any entry so far. */
  change = 0;
  private readonly starts: Int32Array;
  private readonly columns: Int32Array;
  private readonly entries;
  private used = 0;
  private row = 0;
  /** Of the row, where each column's entry is; left out where all columns differ anyway. */
  private places: Map<number, number> | undefined;
  private readonly changes = new Map<number, number>();

  constructor(rows: number, most: number) {
    this.starts = new Int32Array(rows + 1);
    this.columns = new Int32Array(most);
    this.entries = exactBuilder(most);
  }

  /** Begins the next row; `overlap` tells whether columns may come twice. */
  begin(row: number, overlap: boolean): void {
    this.row = row;
    this.starts[row + 1] = this.used;
    this.places = overlap ? new Map() : undefined;
  }

  add(column: number, { array, change }: Numbers, index: number): void {
    const place = this.places?.get(column);
    if (place !== undefined) {
      this.addTo(place, { array, change }, index);
      return;
    }
    this.places?.set(column, this.used);
    this.columns[this.used] = column;
    this.entries.values[this.used] = array.values[index];
    const exact = array.exact.get(index);
    if (exact !== undefined) this.entries.exact.set(this.used, exact);
    if (this.places !== undefined && change > 0) this.changes.set(this.used, change);
    this.change = Math.max(this.change, change);
    this.used++;
    this.starts[this.row + 1] = this.used;
  }

  private addTo(place: number, { array, change }: Numbers, index: number): void {
    const before = this.entries.values[place];
    const own = this.changes.get(place) ?? 0;
    const sum = exactBuilder(1);
    storeSum(sum, 0, this.entries, place, array, index);
    this.entries.values[place] = sum.values[0];
    const exact = sum.exact.get(0);
    if (exact === undefined) this.entries.exact.delete(place);
    else this.entries.exact.set(place, exact);
    if (own + change === 0) return;
    const off = Math.abs(before) * own + Math.abs(array.values[index]) * change;
    const least = Math.abs(this.entries.values[place]) - off;
    const relative = off === 0 ? 0 : least > 0 ? off / least : Number.POSITIVE_INFINITY;
    this.changes.set(place, changeOfProduct(relative));
    this.change = Math.max(this.change, changeOfProduct(relative));
  }

  finish(): Linear {
    const { starts, used } = this;
    const columns = this.columns.subarray(0, used);
    const own = { values: this.entries.values.slice(0, used), exact: this.entries.exact };
    const entries = this.change > 0 ? rounded(own) : own;
    const plain =
      used === starts.length - 1 &&
      this.change === 0 &&
      entries.exact.size === 0 &&
      starts.every((start, row) => start === row) &&
      entries.values.every((value) => value === 1);
    if (!plain) return { kind: 'sparse', starts, columns, entries };
    const inOrder = columns.every((column, row) => column === row);
    return inOrder ? { kind: 'coordinates' } : { kind: 'coordinates', order: columns };
  }
}
