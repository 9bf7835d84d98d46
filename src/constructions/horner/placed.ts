/** The roles that a layout of horner gives neurons. */
import type { InputPart } from '../../integer/input-parts.js';
import { blockEndsOf, widthOf } from '../../source/shape.js';
import { classParts } from '../block-inputs.js';
import {
  carrierOf,
  type LayerPlace,
  type LayerRoles,
  layerPlaces,
  type NeuronLayout,
  neuronLayout,
  outputRoles,
  type Placed,
  type Role,
  sortedRoles,
} from '../roles.js';
import type { BlockNeurons } from './layout.js';
import type { HornerPlan } from './plan.js';

/** Carriers, chains and offset of one hidden layer of a block. */
function placedHidden(
  { carriers, carrierCopies, accumulators, radices, offsetOf, constantOutput }: BlockNeurons,
  outputs: readonly Role[],
  parts: readonly InputPart[],
  level: number,
): Placed {
  const depth = radices.length;
  const placed: Placed = [];
  if (level < depth) {
    const held = parts.map(carrierOf);
    carriers[level].forEach((neuron, index) => {
      placed.push([neuron, held[Math.floor(index / carrierCopies[level])]]);
    });
  }
  if (level === 0) return placed;
  const offset: Role = { kind: 'offset' };
  const chains = outputs.map((role): Role => {
    const output = role.kind === 'output' ? role.output : 0;
    return { kind: 'accumulator', output };
  });
  accumulators[level - 1].forEach((neuron, index) => {
    placed.push([neuron, chains[Math.floor(index / radices[level - 1])] ?? offset]);
  });
  if (level === depth) {
    // The constant's output subtracts no offset.
    const copies = constantOutput ? offsetOf.subarray(0, -1) : offsetOf;
    for (const neuron of new Set(copies)) placed.push([neuron, offset]);
  }
  return placed;
}

/** The neurons of one layer of a block, given the parts of the block's inputs. */
export function plainLayer(
  place: LayerPlace,
  layout: BlockNeurons,
  parts: readonly InputPart[],
): LayerRoles {
  const outputs = outputRoles(layout.outputs.length, layout.constantOutput);
  const placed: Placed =
    place.level > layout.radices.length
      ? Array.from(layout.outputs, (neuron, output) => [neuron, outputs[output]] as const)
      : placedHidden(layout, outputs, parts, place.level);
  return sortedRoles(place, placed);
}

/** Where the neurons of a plan's blocks are, by source layer. */
export function plainLayout(
  { networkClass, shape }: HornerPlan,
  layouts: readonly BlockNeurons[],
): NeuronLayout {
  const places = layerPlaces(blockEndsOf(shape), layouts[0].split);
  const inputs = { inputs: widthOf(shape, 0), constant: networkClass.constant };
  return neuronLayout(places, inputs, (place) =>
    plainLayer(place, layouts[place.block - 1], classParts(networkClass, place.block - 1)),
  );
}
