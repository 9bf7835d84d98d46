/** The class an output row stands for. */

/** Index of the largest of `length` values from `start`; the first of equals. */
export function argMax(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let index = 1; index < length; index++) {
    if ((values[start + index] as number) > (values[start + best] as number)) best = index;
  }
  return best;
}
