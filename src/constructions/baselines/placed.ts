/**
 * The roles of a baseline's neurons: each hidden one belongs to one input, and the sign of its weight says
 * to which part of it.
 */
import { upTo } from '../../core/growable.js';
import { type BlockInputs, inputParts } from '../../integer/input-parts.js';
import type { LayerMask } from '../../source/mask.js';
import { toSparse } from '../../source/mask.js';
import type { LayerWeights } from '../../source/weights.js';
import {
  layerPlaces,
  type NeuronLayout,
  neuronLayout,
  outputRoles,
  type Role,
  UNKNOWN,
} from '../roles.js';

/** Roles of the hidden neurons of a block by column and by the sign of the weight from it. */
export function hiddenRoles(of: BlockInputs): (column: number, weight: number) => Role | undefined {
  const byColumn = new Map<string, Role>();
  for (const { column, input, part } of inputParts(of)) {
    const sign = part === 'negative' ? -1 : 1;
    byColumn.set(`${column} ${sign}`, { kind: 'carrier', input, part });
  }
  return (column, weight) => byColumn.get(`${column} ${Math.sign(weight)}`);
}

/** What the places of a baseline's neurons follow from. */
export interface PlacedBaseline extends Pick<BlockInputs, 'constant' | 'inputSigns'> {
  readonly widths: readonly number[];
  /** Masks of the layers 1 .. 2l. */
  readonly masks: readonly LayerMask[];
  readonly weights: (t: number) => LayerWeights;
}

/** Where the neurons are that the masks of a baseline use. */
export function baselineLayout(placed: PlacedBaseline): NeuronLayout {
  const { widths, masks, weights, constant, inputSigns } = placed;
  const depth = masks.length;
  const ends = Array.from({ length: depth / 2 }, (_, index) => 2 * (index + 1));
  const places = layerPlaces(ends, false);
  return neuronLayout(places, { inputs: widths[0], constant }, (place) => {
    const t = place.layer;
    if (t % 2 === 0) {
      const roles = outputRoles(widths[t], constant && t < depth);
      return { ...place, neurons: upTo(widths[t]), roles };
    }
    const inputs = widths[t - 1] - (constant ? 1 : 0);
    const roleOf = hiddenRoles({ block: place.block, inputs, constant, inputSigns });
    const { weight } = weights(t);
    // The neurons of input i are i, i + n, i + 2 n, .. for n inputs.
    const neurons = toSparse(masks[t]).columns;
    return {
      ...place,
      neurons,
      roles: Array.from(neurons, (neuron) => {
        const column = neuron % widths[t - 1];
        return roleOf(column, weight(column, neuron)) ?? UNKNOWN;
      }),
    };
  });
}
