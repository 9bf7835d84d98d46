/** Pruned sources made by hand from a list of signed edges a layer, and what the proof says of them. */
import { expect } from 'vitest';
import { type PropagationResult, propagate } from '../../src/proof/propagate.js';
import { layeredShape, maskSizes, withReads } from '../../src/source/shape.js';
import type { InputSign } from '../../src/target/network.js';
import {
  type Claim,
  chosenSource,
  denseMask,
  type Edge,
  integersOf,
  sparseMask,
} from '../pruned-sources.js';

/** Kept edges of one layer; a third entry -1 makes the edge's sign negative. */
export type SignedEdges = readonly (readonly [column: number, row: number, sign?: -1])[];

export interface Sketch {
  readonly widths: readonly number[];
  readonly blockEnds?: readonly number[];
  /** What each layer reads; default: the one before. Edges are by columns. */
  readonly reads?: readonly (readonly number[])[];
  readonly layers: readonly SignedEdges[];
  readonly matrices: readonly (readonly (readonly (number | bigint)[])[])[];
  readonly inputSigns: readonly InputSign[];
  readonly assignments?: readonly (readonly number[])[];
}

export function claimOf(sketch: Sketch): Claim {
  const { widths, layers, matrices, inputSigns } = sketch;
  const blockEnds = sketch.blockEnds ?? [layers.length];
  const negative = new Set(
    layers.flatMap((edges, index) =>
      edges.filter(([, , sign]) => sign === -1).map(([c, v]) => `${index + 1},${c},${v}`),
    ),
  );
  const layered = layeredShape(widths, blockEnds);
  const shape = sketch.reads === undefined ? layered : withReads(layered, sketch.reads);
  const sizes = maskSizes(shape);
  return {
    source: chosenSource(shape, (t, c, v) => (negative.has(`${t},${c},${v}`) ? -1 : 1)),
    masks: layers.map((edges, index) => {
      const kept = edges.map(([column, row]): Edge => [column, row]);
      return (index % 2 ? denseMask : sparseMask)(sizes[index].inputs, sizes[index].outputs, kept);
    }),
    target: integersOf(matrices),
    inputSigns,
    assignments: (sketch.assignments ?? []).map((neurons) => Uint32Array.from(neurons)),
  };
}

export function prove(claim: Claim): PropagationResult {
  return propagate({ ...claim, mask: (t) => claim.masks[t - 1] });
}

export const equal = { equal: true };
export function refusal(block: number, layer: number, neuron: number, reason: RegExp) {
  return {
    equal: false,
    failure: { block, layer, neuron, reason: expect.stringMatching(reason) },
  };
}
