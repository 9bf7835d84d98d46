/** Long loops over the edges of a layer, cut into units between which the event loop can turn. */

/**
 * The neurons of a layer as runs `[from, to)` of about `most` edges and neurons together, at least one
 * neuron each. `offsets` are those of `PrunedLayer`.
 */
export function* edgeRuns(
  offsets: Uint32Array,
  most: number,
): Generator<readonly [from: number, to: number], void, undefined> {
  const neurons = offsets.length - 1;
  for (let from = 0; from < neurons; ) {
    const limit = offsets[from] + from + most;
    let to = from + 1;
    let beyond = neurons + 1;
    while (beyond - to > 1) {
      const middle = (to + beyond) >>> 1;
      if (offsets[middle] + middle <= limit) to = middle;
      else beyond = middle;
    }
    yield [from, to];
    from = to;
  }
}
