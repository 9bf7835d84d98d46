/** The layers of a network from the value that is its output: the neurons of each layer side by side. */
import { type AffineMap, closeLayer, selectRows, stackMaps } from '../affine.js';
import type { Layer } from '../network.js';
import { type Rounding, worst } from '../rounding.js';
import {
  type Charge,
  type Group,
  isRectified,
  mapOnto,
  type Signal,
  storedSize,
} from './signal.js';

export interface FinishedLayers {
  readonly layers: readonly Layer[];
  /** Bounds of what rounding changed in any layer; left out where nothing was rounded. */
  readonly rounding?: Rounding;
}

/** All layers but the last end in a ReLU; the last does too if the output is rectified. */
export function finishLayers(signal: Signal, charge: Charge): FinishedLayers {
  const maps: AffineMap[] = [];
  let groups = signal.basis;
  for (let layer = signal.layer; layer > 0; layer--) {
    const basis = [...new Set(groups.flatMap((group) => group.basis))];
    maps.unshift(layerMap(groups, basis, charge));
    groups = basis;
  }
  const rectified = isRectified(signal);
  const last = maps.at(-1);
  if (rectified && last !== undefined) {
    if (signal.map.linear.kind === 'coordinates' && signal.map.linear.order !== undefined) {
      charge(20 * signal.map.outputs * last.inputs, signal.map.outputs * last.inputs);
      maps[maps.length - 1] = selectRows(last, signal.map.linear.order);
    }
  } else {
    maps.push(signal.map);
  }
  const rounding = worst(maps.map((map) => map.rounding));
  const layers = maps.map((map, index) => {
    const made = map.linear.kind === 'dense' ? 0 : map.inputs * map.outputs;
    charge(made + storedSize(map), made);
    return closeLayer(map, index < maps.length - 1 || rectified ? 'relu' : 'identity');
  });
  return { layers, ...(rounding && { rounding }) };
}

/** The neurons of `groups` as a map of those of `basis`. */
export function layerMap(
  groups: readonly Group[],
  basis: readonly Group[],
  charge: Charge,
): AffineMap {
  return stackMaps(
    groups.map((group) => {
      charge(20 * storedSize(group.map), groups.length > 1 ? 3 * storedSize(group.map) : 0);
      return mapOnto(group.map, group.basis, basis);
    }),
  );
}
