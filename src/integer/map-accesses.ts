/** Which maps each layer of a target reads, at which distances, and which of its numbers meet them. */
import {
  type ConvolutionMap,
  type DenseMap,
  type FeatureShape,
  featureCount,
  type PlaneSize,
  summands,
  type Window,
} from '../target/linear-map.js';
import { inputShapeOf, type Network, outputShapeOf, readsOf } from '../target/network.js';
import { refuseMaps } from './map-state.js';
import { tapDistances } from './pool-maps.js';

/** One map that a layer reads, with the part of the layer's numbers that meets it. */
export interface Access {
  readonly signal: number;
  /** Of its channels, in the input of the map below. */
  readonly first: number;
  readonly map: ConvolutionMap | DenseMap | Window;
  /** Distances of the taps in the plane of what is read; of a matrix, all positions. */
  readonly distances: { readonly y: readonly number[]; readonly x: readonly number[] };
  /** Of no account where there is one position to come, as behind a matrix. */
  readonly stride: PlaneSize;
}

/** Who reads what of a network. */
export interface MapPlan {
  readonly network: Network;
  /** Of the input, and of each layer's outputs. */
  readonly shapes: readonly FeatureShape[];
  /** Of each layer. */
  readonly accesses: readonly (readonly Access[])[];
}

/** The maps and accesses of all layers. Throws an `InputError` where planes do not fit. */
export function mapPlanOf(network: Network): MapPlan {
  const { layers } = network;
  const shapes = [inputShapeOf(network), ...layers.map(outputShapeOf)];
  const accesses = layers.map((layer, index) => {
    const reads = readsOf(layer, index);
    const maps = layer.kind === 'max-pooling' ? [layer] : summands(layer).map(({ part }) => part);
    let next = 0;
    return maps.flatMap((map) => {
      const own: Access[] = [];
      let taken = 0;
      let channels = 0;
      while (taken < map.inputs) {
        const signal = reads[next++] as number;
        const shape = shapes[signal] as FeatureShape;
        own.push(accessOf(map, signal, channels, shape, `layer ${index + 1}`));
        taken += featureCount(shape);
        channels += map.kind === 'dense' ? featureCount(shape) : shape.channels;
      }
      return own;
    });
  });
  return { network, shapes, accesses };
}

function accessOf(
  map: Access['map'] & { readonly kind?: string },
  signal: number,
  first: number,
  shape: FeatureShape,
  place: string,
): Access {
  if (!('input' in map)) {
    const all = (length: number): number[] => Array.from({ length }, (_, at) => at);
    return {
      ...{ signal, first, map, stride: { height: 1, width: 1 } },
      distances: { y: all(shape.height), x: all(shape.width) },
    };
  }
  const { input, kernel, dilation, pads, stride } = map;
  if (input.height !== shape.height || input.width !== shape.width) {
    refuseMaps(
      place,
      `it takes planes of ${input.height} by ${input.width}, and reads planes of ${shape.height} by ${shape.width}`,
    );
  }
  return {
    ...{ signal, first, map, stride },
    distances: {
      y: tapDistances(kernel.height, dilation.height, pads.top),
      x: tapDistances(kernel.width, dilation.width, pads.left),
    },
  };
}

/** The remainder from 0 on. */
export function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** The rows and indices of the weights that meet one channel of a map at tap (a, b). */
export function forEachWeight(
  { map, first }: Access,
  shape: FeatureShape,
  channel: number,
  a: number,
  b: number,
  visit: (row: number, weight: number) => void,
): void {
  if (!('input' in map)) {
    const input = first + (channel * shape.height + a) * shape.width + b;
    for (let row = 0; row < map.outputs; row++) visit(row, row * map.inputs + input);
    return;
  }
  const { input, output, kernel } = map;
  const { groups } = map as ConvolutionMap;
  const perGroup = input.channels / groups;
  const rowsPerGroup = output.channels / groups;
  const own = first + channel;
  const group = Math.floor(own / perGroup);
  const within = own - group * perGroup;
  for (let index = 0; index < rowsPerGroup; index++) {
    const row = group * rowsPerGroup + index;
    visit(row, ((row * perGroup + within) * kernel.height + a) * kernel.width + b);
  }
}
