/**
 * Keeps what carries and doubles: every fixed edge from a neuron that is not 0 into one that an output
 * needs. What is 0 and what is needed follows from the digits kept, network by network.
 */
import { type IntegerMatrix, zeroRows } from '../../integer/integer-network.js';
import { type DenseMask, keepEdge, keepsAny, wordsPerColumn } from '../../source/mask.js';
import { type BlockLayout, firstColumn } from './layout.js';

/** Layers of the block that digits are read from, with the neurons whose digits are kept. */
function readForDigits(
  layout: BlockLayout,
  masks: readonly DenseMask[],
): (readonly [number, number])[] {
  const read: (readonly [number, number])[] = [];
  for (const { layer, from, neurons } of [...layout.top, ...layout.places]) {
    if (from === 0) continue;
    const first = firstColumn(layout, layer, from);
    for (const neuron of neurons) {
      if (keepsAny(masks[layer - 1], first + neuron)) read.push([from, neuron]);
    }
  }
  return read;
}

/** By layer of the block, 1 for the neurons that a kept path may lead from to an output. */
function neededNeurons(
  layout: BlockLayout,
  matrix: IntegerMatrix,
  masks: readonly DenseMask[],
): Uint8Array[] {
  const { layers, inputWidth, outputs, edges } = layout;
  const needed = [inputWidth, ...layers.map(({ width }) => width)].map(
    (width) => new Uint8Array(width),
  );
  const zero = zeroRows(matrix);
  outputs.forEach((neuron, output) => {
    if (zero[output] === 0) needed[layers.length][neuron] = 1;
  });
  for (const [layer, neuron] of readForDigits(layout, masks)) needed[layer][neuron] = 1;
  // Layers read earlier ones only.
  for (const { layer, from, neurons, rows } of edges.toSorted((a, b) => b.layer - a.layer)) {
    neurons.forEach((neuron, index) => {
      if (needed[layer][rows[index]] === 1) needed[from][neuron] = 1;
    });
  }
  return needed;
}

/** The neurons into which digits are kept, as bits. */
function withDigits({ words, outputs, inputs }: DenseMask): Uint32Array {
  const perColumn = wordsPerColumn(outputs);
  const some = new Uint32Array(perColumn);
  for (let column = 0; column < inputs; column++) {
    for (let word = 0; word < perColumn; word++) some[word] |= words[column * perColumn + word];
  }
  return some;
}

export function keepFixed(
  layout: BlockLayout,
  matrix: IntegerMatrix,
  masks: readonly DenseMask[],
): void {
  const needed = neededNeurons(layout, matrix, masks);
  // Of masks that have only digits yet.
  const inputs = new Uint32Array(Math.ceil(layout.inputWidth / 32)).fill(0xffffffff);
  const nonzero = [inputs, ...masks.map(withDigits)];
  for (const { layer, from, neurons, rows } of layout.edges.toSorted((a, b) => a.layer - b.layer)) {
    const mask = masks[layer - 1];
    const first = firstColumn(layout, layer, from);
    neurons.forEach((neuron, index) => {
      const row = rows[index];
      if (((nonzero[from][neuron >>> 5] >>> (neuron & 31)) & 1) === 0) return;
      if (needed[layer][row] === 0) return;
      keepEdge(mask, first + neuron, row);
      nonzero[layer][row >>> 5] |= 1 << (row & 31);
    });
  }
}
