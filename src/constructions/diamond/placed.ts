/** The roles of diamond's neurons. A gadget owns its candidates by number, so the number says it all. */
import { type GrowableUint32, upTo } from '../../core/growable.js';
import type { InputPart } from '../../integer/input-parts.js';
import { blockEndsOf, widthsOf } from '../../source/shape.js';
import { classParts } from '../block-inputs.js';
import {
  gadgetOf,
  layerPlaces,
  type NeuronLayout,
  neuronLayout,
  outputRoles,
  type Role,
} from '../roles.js';
import type { DiamondPlan } from './plan.js';

/** The roles of the gadgets of a block, in the order in which they own `2 K` neurons each. */
export function gadgetRoles(parts: readonly InputPart[], powers: number): Role[] {
  return parts.flatMap((part) =>
    Array.from({ length: powers }, (_, power) => gadgetOf(part, power)),
  );
}

/** Where the neurons of a network's gadgets are; `used[t - 1]` lists those of layer t, if hidden. */
export function diamondLayout(
  { networkClass, shape, candidates }: DiamondPlan,
  used: readonly (GrowableUint32 | undefined)[],
): NeuronLayout {
  const { constant } = networkClass;
  const widths = widthsOf(shape);
  const blockEnds = blockEndsOf(shape);
  const places = layerPlaces(blockEnds, false);
  return neuronLayout(places, { inputs: widths[0], constant }, (place) => {
    const { layer: t, block } = place;
    if (t === blockEnds[block - 1]) {
      const roles = outputRoles(widths[t], constant && block < blockEnds.length);
      return { ...place, neurons: upTo(widths[t]), roles };
    }
    const powers = blockEnds[block - 1] - (blockEnds[block - 2] ?? 0);
    const roles = gadgetRoles(classParts(networkClass, block - 1), powers);
    const neurons = used[t - 1]?.toArray() ?? new Uint32Array(0);
    return {
      ...place,
      neurons,
      roles: Array.from(neurons, (neuron) => roles[Math.floor(neuron / (2 * candidates))]),
    };
  });
}
