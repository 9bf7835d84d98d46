/**
 * Random networks with several outputs in use at a time, all of them vectors or maps of one position: layers side
 * by side on the same output, residual sums over one another. What is known of each neuron decides ReLUs here.
 */
import { exactArray } from '../src/target/exact-array.js';
import type { PlaneSize } from '../src/target/linear-map.js';
import { convolutionMap, denseMap } from '../src/target/make-layers.js';
import type { Layer, Network } from '../src/target/network.js';
import { randomStream } from './networks.js';

const POINT: PlaneSize = { height: 1, width: 1 };

/** Weights and biases of sixteenths; maps of one position for even seeds, vectors for odd ones. */
export function randomBranchedNetwork(seed: number): Network {
  const random = randomStream(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const numbers = (length: number, most: number): Float64Array =>
    Float64Array.from({ length }, () => Math.round((2 * random() - 1) * 16 * most) / 16);
  const ofPoints = seed % 2 === 0;
  const matrix = (inputs: number, outputs: number) =>
    denseMap(inputs, outputs, numbers(inputs * outputs, 1));
  const convolution = (inputs: number, outputs: number) =>
    convolutionMap({
      ...{ input: { channels: inputs, ...POINT }, outputChannels: outputs, kernel: POINT },
      weights: numbers(inputs * outputs, 1),
    });
  const widths = [1 + below(3)];
  const layers: Layer[] = [];
  const add = (reads: readonly number[], outputs: number, isLast = false): void => {
    const bias = exactArray(numbers(outputs, 2));
    const activation = isLast ? 'identity' : 'relu';
    const counts = reads.map((read) => widths[read] as number);
    const inputs = counts.reduce((sum, count) => sum + count, 0);
    const rest = { bias, activation, reads } as const;
    if (!ofPoints) layers.push({ ...matrix(inputs, outputs), ...rest });
    else if (reads.length === 1) layers.push({ ...convolution(inputs, outputs), ...rest });
    else {
      const parts = counts.map((count) => convolution(count, outputs));
      layers.push({ kind: 'sum', inputs, outputs, parts, ...rest });
    }
    widths.push(outputs);
  };
  add([0], 1 + below(4));
  for (let block = 0; block < 1 + (seed % 3); block++) {
    const from = layers.length;
    const isSideBySide = random() < 0.3;
    add([from], 1 + below(5));
    add([isSideBySide ? from : from + 1], 1 + below(4));
    add([from + 2, isSideBySide ? from + 1 : from], 1 + below(4));
  }
  add([layers.length], 2, true);
  const inputs = widths[0] as number;
  const lower = new Float64Array(inputs).fill(-1);
  return { layers, domain: { kind: 'box', lower, upper: lower.map(() => 1) } };
}
