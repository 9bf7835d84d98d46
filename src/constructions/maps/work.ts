/** A block of feature maps that is to be found, and what the ways to find one share. */
import type { Progress } from '../../core/progress.js';
import type { IntegerNetwork } from '../../integer/integer-network.js';
import type { LayerMask } from '../../source/mask.js';
import { columnsOf, widthOf } from '../../source/shape.js';
import type { Source } from '../../source/source.js';
import type { UnmetDemand } from '../construction.js';
import { matchingFailure } from '../failure-bounds.js';
import { matchGroups, suitability } from '../matching.js';
import { segmentWord } from './direct.js';
import type { MapsClass } from './plan.js';

/** A block to be found: where it begins, and what it reads. */
export interface Work {
  readonly source: Source;
  readonly networkClass: MapsClass;
  readonly index: number;
  /** Source layer of its input. */
  readonly start: number;
  /** Source columns of its matrix's. */
  readonly columns: Uint32Array;
}

export type Unmet = Pick<UnmetDemand, 'layer' | 'demand' | 'probability'>;

/** What so many layers of the block done are of finding the whole. */
export type Tell = (layers: number) => Progress;

export interface KeptBlock {
  readonly masks: LayerMask[];
  readonly digits: number;
}

export function sizeOf(
  { source: { shape } }: Work,
  t: number,
): { inputs: number; outputs: number } {
  return { inputs: columnsOf(shape, t), outputs: widthOf(shape, t) };
}

/** Neurons `from .. from + width - 1`, so many for each group that all its columns have +1 into. */
export function matchPositive(
  work: Work,
  layer: number,
  groups: readonly (readonly number[])[],
  copies: number,
  segment: { readonly from: number; readonly width: number },
): Uint32Array | Unmet {
  const signs = work.source.layer(layer);
  const suits = suitability(groups.length, segment.width);
  groups.forEach((columns, group) => {
    for (let word = 0; word < suits.words; word++) {
      const left = segment.width - 32 * word;
      let fits = left >= 32 ? -1 : 2 ** left - 1;
      for (const column of columns) fits &= segmentWord(signs, column, segment.from, word);
      suits.rows[group * suits.words + word] = fits;
    }
  });
  const matching = matchGroups(suits, copies);
  if (matching.complete) return matching.neurons.map((neuron) => segment.from + neuron);
  const edge = 2 ** -(groups[0] as readonly number[]).length;
  return {
    layer,
    demand: `${copies} neurons of its own for each of ${groups.length} maps that are handed on`,
    probability: Math.min(1, matchingFailure(groups.length, copies, segment.width, edge)),
  };
}

export function identity(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

/** The network with the rows of a block that have chains: those handed on left out. */
export function freeMatrix(network: IntegerNetwork, index: number, passed: number): IntegerNetwork {
  if (passed === 0) return network;
  const matrix = network.matrices[index] as IntegerNetwork['matrices'][number];
  const { rows, columns, values } = matrix;
  const carried = network.constant && index < network.matrices.length - 1 ? 1 : 0;
  const end = (rows - carried - passed) * columns;
  const rest = (rows - carried) * columns;
  const kept =
    values instanceof Float64Array
      ? Float64Array.from([...values.subarray(0, end), ...values.subarray(rest)])
      : [...values.slice(0, end), ...values.slice(rest)];
  const matrices = [...network.matrices];
  matrices[index] = { rows: rows - passed, columns, values: kept };
  return { ...network, matrices };
}
