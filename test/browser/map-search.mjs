/**
 * A small search on normalised feature maps with signs, for the page and for Node to compare its ticket's bytes;
 * `search` is the search's entry.
 */
export async function mapSearch({ parseShape, searchOptions, searchTicket }) {
  const [count, inputs, classes] = [200, 72, 3];
  const values = Float64Array.from({ length: count * inputs }, (_, at) => Math.trunc(at * at) % 97);
  const labels = Uint32Array.from({ length: count }, (_, at) => (7 * at) % classes);
  const outcome = await searchTicket({
    options: searchOptions({
      ...parseShape('6x6x2-conv8-norm-res8-res9s2-average-3'),
      ...{ method: 'biprop', activation: 'sign', epochs: 2, batch: 50 },
      augmentation: { shift: 1, flip: true },
    }),
    data: { count, inputs, classes, values, labels },
  });
  return outcome.bytes.flatMap((chunk) => Array.from(chunk));
}
