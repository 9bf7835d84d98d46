/** The roles that a layout of skip gives neurons. */
import { checkWhole } from '../../core/arguments.js';
import { blockEndsOf, widthOf } from '../../source/shape.js';
import {
  inputLayer,
  layerPlaces,
  type NeuronLayout,
  outputRoles,
  type Role,
  sortedRoles,
} from '../roles.js';
import type { BlockLayout } from './layout.js';
import type { SkipPlan } from './plan.js';

/** Where the neurons of a plan's blocks are, by source layer. */
export function placedRoles(
  { networkClass, shape }: SkipPlan,
  layouts: readonly BlockLayout[],
): NeuronLayout {
  const places = layerPlaces(blockEndsOf(shape), false);
  return {
    layer(t) {
      checkWhole('layer', t, 0, places.length - 1);
      const place = places[t];
      if (t === 0) return inputLayer(place, widthOf(shape, 0), networkClass.constant);
      const layout = layouts[place.block - 1];
      const placed: [number, Role][] = [];
      if (place.level === layout.layers.length) {
        const roles = outputRoles(
          layout.outputs.length,
          networkClass.constant && place.block < layouts.length,
        );
        layout.outputs.forEach((neuron, output) => {
          placed.push([neuron, roles[output]]);
        });
      }
      return sortedRoles(place, placed);
    },
  };
}
