/** The script of the search's test page: learns which of two corners a point is nearer to. */
import { searchOptions, searchTicket } from './search.js';

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

try {
  const options = searchOptions({
    method: 'edge-popup',
    widths: [4, 32, 2],
    epochs: 6,
    batch: 32,
  });
  const outcome = await searchTicket({ options, data: corners(1000, 0), test: corners(300, 9000) });
  globalThis.result = outcome.test;
} catch (error) {
  globalThis.result = { error: String(error?.stack ?? error) };
}
