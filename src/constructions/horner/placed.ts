/** The roles that a layout of horner gives neurons. */
import { checkWhole } from '../../core/arguments.js';
import { type InputPart, inputParts } from '../../integer/input-parts.js';
import { blockEndsOf, widthOf } from '../../source/shape.js';
import {
  inputLayer,
  type LayerPlace,
  layerPlaces,
  type NeuronLayout,
  outputRoles,
  type Role,
  sortedRoles,
} from '../roles.js';
import type { BlockLayout } from './layout.js';
import type { HornerPlan } from './plan.js';

type Placed = (readonly [neuron: number, role: Role])[];

/** Carriers, chains and offset of one hidden layer of a block. */
function placedHidden(
  { carriers, carrierCopies, accumulators, radices, offsetOf, constantOutput }: BlockLayout,
  outputs: readonly Role[],
  parts: readonly InputPart[],
  level: number,
): Placed {
  const depth = radices.length;
  const placed: Placed = [];
  if (level < depth) {
    const held = parts.map(({ input, part }): Role => ({ kind: 'carrier', input, part }));
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

/** Where the neurons of a plan's blocks are, by source layer. */
export function hornerLayout(
  { networkClass, shape }: HornerPlan,
  layouts: readonly BlockLayout[],
): NeuronLayout {
  const { dimensions, constant, inputSigns } = networkClass;
  const places = layerPlaces(blockEndsOf(shape), layouts[0].split);
  const partsOf = ({ block }: LayerPlace): InputPart[] =>
    inputParts({ block, inputs: dimensions[block - 1], constant, inputSigns });
  return {
    layer(t) {
      checkWhole('layer', t, 0, places.length - 1);
      const place = places[t];
      const layout = layouts[place.block - 1];
      if (t === 0) return inputLayer(place, widthOf(shape, 0), constant);
      const outputs = outputRoles(layout.outputs.length, layout.constantOutput);
      if (place.level > layout.radices.length) {
        const placed = Array.from(layout.outputs, (neuron, output): [number, Role] => [
          neuron,
          outputs[output],
        ]);
        return sortedRoles(place, placed);
      }
      return sortedRoles(place, placedHidden(layout, outputs, partsOf(place), place.level));
    },
  };
}
