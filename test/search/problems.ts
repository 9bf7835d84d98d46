/** Small problems for searches: clusters that a small network tells apart. */
import type { LabelledData } from '../../src/data/labelled.js';
import { type SearchOptions, searchOptions } from '../../src/search/options.js';
import { randomStream } from '../networks.js';

/** `count` points around one centre for each class, as bytes. */
export function clusters(count: number, seed: number, inputs = 12, classes = 4): LabelledData {
  const place = randomStream(77);
  const centres = Array.from({ length: classes * inputs }, () => 60 + 136 * place());
  const random = randomStream(seed);
  const values = new Uint8Array(count * inputs);
  const labels = new Uint32Array(count);
  for (let sample = 0; sample < count; sample++) {
    const label = Math.floor(random() * classes);
    labels[sample] = label;
    for (let input = 0; input < inputs; input++) {
      const noise = (random() + random() + random() - 1.5) * 60;
      values[sample * inputs + input] = (centres[label * inputs + input] as number) + noise;
    }
  }
  return { count, inputs, classes, values, labels };
}

/** A search of a second on such clusters. */
export function smallSearch(given: Partial<SearchOptions> = {}): SearchOptions {
  return searchOptions({
    method: 'edge-popup',
    widths: [12, 40, 4],
    epochs: 3,
    batch: 32,
    ...given,
  });
}
