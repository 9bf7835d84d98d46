/** What a class asks of one block, and the layers and failure terms that a plan of it consists of. */
import { bitLength } from '../../core/dyadic.js';
import { layerRange, type NetworkClass } from '../../integer/network-class.js';
import { blockInputs } from '../block-inputs.js';
import { matchingFailure, splitFailure, sumOfBounds } from '../failure-bounds.js';

/** What the class fixes of one block. */
export interface SkipDemand {
  /** Columns of the integer matrix: inputs, the constant among them. */
  readonly columns: number;
  /** Non-negative parts of them: of an input of unknown sign both halves. */
  readonly parts: number;
  /** Whether there is an input of unknown sign. */
  readonly signed: boolean;
  /**
   * Whether the block begins with a layer that holds the inputs, one neuron each, though none is signed:
   * where the layer before has many columns that none of them stands for, as beside a kernel's taps.
   */
  readonly copied: boolean;
  /** Outputs, the constant among them. */
  readonly outputs: number;
  /** Whether the last output is the constant. */
  readonly constantOutput: boolean;
  /** Whether it is the last block, whose output neurons are fixed. */
  readonly last: boolean;
  /** Largest weight or bias, and largest constant. */
  readonly entries: bigint;
  readonly unit: bigint;
}

export function skipDemands(networkClass: NetworkClass): SkipDemand[] {
  const { dimensions, constant, bits } = networkClass;
  return bits.map((_, block): SkipDemand => {
    const last = block === bits.length - 1;
    const constantOutput = constant && !last;
    const columns = dimensions[block] + (constant ? 1 : 0);
    const parts = blockInputs(networkClass, block).length;
    return {
      columns,
      parts,
      signed: parts > columns,
      copied: false,
      outputs: dimensions[block + 1] + (constantOutput ? 1 : 0),
      constantOutput,
      last,
      ...layerRange(networkClass, block),
    };
  });
}

/** The layer that holds the parts of the inputs, if there is one: of signed inputs both halves. */
export function splitLayerFailure(
  { signed, columns, parts }: SkipDemand,
  splitWidth: number,
): number {
  if (signed) return splitFailure(columns, parts, splitWidth);
  return matchingFailure(parts, 1, splitWidth, 1 / 2);
}

/** A text that tells demands apart. */
export function demandKey({ entries, unit, ...rest }: SkipDemand): string {
  return JSON.stringify([entries.toString(16), unit.toString(16), rest]);
}

/** Least n with `value <= 2^n`; 0 for 0. */
export function ceilingLog(value: bigint): number {
  return value <= 1n ? 0 : bitLength(value - 1n);
}

/** What the neurons of a layer of a block are, which is also where a demand can fail. */
export type LayerKind =
  | 'split'
  | 'sum'
  | 'total'
  | 'base'
  | 'doubling'
  | 'doubled'
  | 'units'
  | 'tops'
  | 'relays'
  | 'accumulators'
  | 'outputs';

/** A layer of a block. Layers are counted from 1 in the block; 0 is its input. */
export interface BlockLayer {
  readonly kind: LayerKind;
  readonly width: number;
  readonly reads: readonly number[];
}

/** What can fail: a matching in a layer, too few chains with their windows, too few copies of the offset. */
export type TermKind = 'split' | 'base' | 'units' | 'windows' | 'matching' | 'offset' | 'outputs';

/** An upper bound of the probability that a seed fails one kind of demand in one layer. */
export interface FailureTerm {
  readonly kind: TermKind;
  readonly layer: number;
  readonly probability: number;
}

/** Source weights of a block whose input layer has `inputWidth` neurons. */
export function blockWeights(layers: readonly BlockLayer[], inputWidth: number): number {
  const widthOf = (layer: number): number => (layer === 0 ? inputWidth : layers[layer - 1].width);
  return layers.reduce(
    (sum, { width, reads }) => sum + width * reads.reduce((all, layer) => all + widthOf(layer), 0),
    0,
  );
}

/** Neurons that read the block's input layer: what one more neuron there costs. */
export function inputReaders(layers: readonly BlockLayer[]): number {
  return layers.reduce((sum, { width, reads }) => (reads.includes(0) ? sum + width : sum), 0);
}

export function totalFailure(terms: readonly FailureTerm[]): number {
  return sumOfBounds(terms.map(({ probability }) => probability));
}
