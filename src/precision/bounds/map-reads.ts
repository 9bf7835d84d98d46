/** What a layer reads, one after another, as rows of a backward bound hold it: neurons by rows. */

/** The array to add to: that of the one layer which is read, or a new one for several. */
export function joinReads(
  into: (Float64Array | undefined)[],
  reads: readonly number[],
  widths: readonly number[],
  rows: number,
): Float64Array {
  if (reads.length === 1) {
    const [number] = reads;
    into[number] ??= new Float64Array(widths[number] * rows);
    return into[number];
  }
  return new Float64Array(reads.reduce((sum, number) => sum + widths[number], 0) * rows);
}

/** Adds what was collected for several layers to each. */
export function scatterReads(
  into: (Float64Array | undefined)[],
  collected: Float64Array,
  reads: readonly number[],
  widths: readonly number[],
  rows: number,
): void {
  if (reads.length === 1) return;
  let at = 0;
  for (const number of reads) {
    const length = widths[number] * rows;
    const from = collected.subarray(at, at + length);
    at += length;
    const own = into[number];
    if (own === undefined) into[number] = from.slice();
    else for (let index = 0; index < length; index++) own[index] += from[index];
  }
}
