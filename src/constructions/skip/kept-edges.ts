/**
 * Which edges a layout of skip keeps: those that carry and double values, for whatever network, and those
 * among which digits are chosen. What a mask keeps besides is not of this layout.
 */
import type { BlockLayout, DigitEdges } from './layout.js';
import { firstColumn, NOWHERE, widthAt } from './layout.js';

/** Edges into the neurons of one layer, by columns of the layer in the source. */
export interface LayerEdges {
  /** The columns of the fixed edges into a neuron. */
  fixed(row: number): readonly number[];
  /** Whether an edge may be one of the neuron's digits. */
  isDigit(row: number, column: number): boolean;
}

/** The edges into layer `level` of the block, from 1. */
export function layerEdges(layout: BlockLayout, level: number): LayerEdges {
  const fixed = new Map<number, number[]>();
  for (const { layer, from, neurons, rows } of layout.edges) {
    if (layer !== level) continue;
    const first = firstColumn(layout, layer, from);
    for (const [index, row] of rows.entries()) {
      const own = fixed.get(row) ?? [];
      fixed.set(row, own);
      own.push(first + neurons[index]);
    }
  }
  const columns = layout.layers[level - 1].reads.reduce(
    (sum, read) => sum + widthAt(layout, read),
    0,
  );
  const digits = new Map<number, Uint8Array[]>();
  for (const edges of [...layout.top, ...layout.places]) {
    if (edges.layer !== level) continue;
    const own = digitColumns(layout, edges, columns);
    for (const row of edges.rows) {
      if (row !== NOWHERE) digits.set(row, [...(digits.get(row) ?? []), own]);
    }
  }
  return {
    fixed: (row) => fixed.get(row) ?? [],
    isDigit: (row, column) => (digits.get(row) ?? []).some((own) => own[column] === 1),
  };
}

/** By column of the layer, 1 where one of these digits comes from. */
function digitColumns(layout: BlockLayout, edges: DigitEdges, columns: number): Uint8Array {
  const first = firstColumn(layout, edges.layer, edges.from);
  const are = new Uint8Array(columns);
  for (const neuron of edges.neurons) are[first + neuron] = 1;
  return are;
}
