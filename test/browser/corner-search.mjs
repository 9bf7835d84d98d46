/**
 * Learning which of two corners a point is nearer to, for the search's test pages and for Node to compare the ticket's
 * bytes; `search` is the search's entry.
 */
function corners(count, first) {
  const values = Float64Array.from({ length: 4 * count }, (_, index) =>
    Math.sin((first + index) * 12.9898),
  );
  const labels = Uint32Array.from({ length: count }, (_, sample) => {
    const [a, b, c, d] = values.subarray(4 * sample, 4 * sample + 4);
    return a + b - c - d > 0 ? 1 : 0;
  });
  return { count, inputs: 4, classes: 2, values, labels };
}

export async function cornerSearch({ searchOptions, searchTicket }, given = {}) {
  const search = (epochs, count) =>
    searchTicket({
      options: searchOptions({ method: 'edge-popup', widths: [4, 32, 9, 2], epochs, batch: 40 }),
      ...{ data: corners(count, 0), test: corners(300, 9000), ...given },
    });
  // Three steps, before rounding carries anything apart.
  const begun = await search(1, 120);
  const { test, bytes } = await search(6, 1000);
  return {
    ...test,
    beginning: begun.history[0].loss,
    bytes: bytes.flatMap((chunk) => Array.from(chunk)),
  };
}
