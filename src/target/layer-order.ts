/**
 * The order of a target's layers. Any in which each comes behind those that it reads is the same function; but maps
 * are laid out one layer after another, and a layer of stride s leaves its neighbours every s-th position of what
 * others still read.
 */
import type { PlaneSize } from './linear-map.js';
import {
  inputShapeOf,
  inputsOf,
  type Layer,
  type Network,
  outputShapeOf,
  readsOf,
} from './network.js';

/** What looking for an order may take, in maps looked at: some tenths of a second. Without it layers stay as they are. */
const MOST_WORK = 2 ** 21;

/** Counts down what is left of it; false when there is nothing. */
type Spend = (work: number) => boolean;

/** What a layer reads, each with the stride at which it does. */
function stridesOf(network: Network, index: number): { signal: number; stride: PlaneSize }[] {
  const { layers } = network;
  const layer = layers[index] as Layer;
  const widthOf = (signal: number): number =>
    signal === 0 ? inputsOf(layers) : (layers[signal - 1] as Layer).outputs;
  const reads = readsOf(layer, index);
  let next = 0;
  return (layer.kind === 'sum' ? layer.parts : [layer]).flatMap((map) => {
    const stride = 'stride' in map ? map.stride : { height: 1, width: 1 };
    const own: { signal: number; stride: PlaneSize }[] = [];
    for (let taken = 0; taken < map.inputs; next++) {
      const signal = reads[next] as number;
      taken += widthOf(signal);
      own.push({ signal, stride });
    }
    return own;
  });
}

/** Whether every layer finds what it reads as fine as it reads it, all of it at one stride; undefined if that is too much work. */
function keepsStrides(network: Network, spend: Spend): boolean | undefined {
  const { layers } = network;
  const shapes: PlaneSize[] = [inputShapeOf(network), ...layers.map(outputShapeOf)];
  const strides = layers.map((_, index) => stridesOf(network, index));
  const lastRead = new Map<number, number>();
  strides.forEach((own, index) => {
    for (const { signal } of own) lastRead.set(signal, index);
  });
  const along = (axis: 'height' | 'width'): boolean | undefined => {
    const size = (signal: number): number => (shapes[signal] as PlaneSize)[axis];
    /** How many positions of a map one of the plane stands for, of maps that are still read. */
    let views = new Map([[0, 1]]);
    let plane = size(0);
    for (const [index, own] of strides.entries()) {
      if (!spend(own.length + views.size)) return undefined;
      const output = size(index + 1);
      const steps = own.map(({ signal, stride }) =>
        output === 1 ? plane : stride[axis] / (views.get(signal) as number),
      );
      const [step] = steps as [number];
      if (!Number.isInteger(step) || steps.some((other) => other !== step)) return false;
      const held = [...views].filter(([signal]) => (lastRead.get(signal) as number) > index);
      views = new Map(held.map(([signal, view]) => [signal, view * step]));
      const needed = [...views].map(([signal, view]) => Math.ceil(size(signal) / view));
      plane = needed.reduce((most, length) => Math.max(most, length), output);
      views.set(index + 1, 1);
    }
    return true;
  };
  return along('height') && along('width');
}

/**
 * Of the layers that could come next the one with the largest plane, of equals the first; the last one last. Undefined
 * if that is too much work.
 */
function widestFirst({ layers }: Network, spend: Spend): number[] | undefined {
  const areas = layers.map((layer) => {
    const { height, width } = outputShapeOf(layer);
    return height * width;
  });
  const waiting = new Set(layers.keys());
  const last = layers.length - 1;
  const order: number[] = [];
  while (waiting.size > 0) {
    let next = last;
    for (const index of waiting) {
      const reads = readsOf(layers[index] as Layer, index);
      if (!spend(reads.length)) return undefined;
      if (index === last || reads.some((signal) => waiting.has(signal - 1))) continue;
      if (next === last || (areas[index] as number) > (areas[next] as number)) next = index;
    }
    waiting.delete(next);
    order.push(next);
  }
  return order;
}

/** The same network with its layers in this order. */
function inOrder(network: Network, order: readonly number[]): Network {
  const signals = new Map([[0, 0]]);
  order.forEach((index, place) => {
    signals.set(index + 1, place + 1);
  });
  const layers = order.map((index) => {
    const layer = network.layers[index] as Layer;
    return {
      ...layer,
      reads: readsOf(layer, index).map((signal) => signals.get(signal) as number),
    };
  });
  return { ...network, layers };
}

/**
 * The same network, in another order where one layer makes planes smaller before others have read the larger ones, and
 * that order helps: those with the largest planes first.
 */
export function orderedByPlanes(network: Network): Network {
  let left = MOST_WORK;
  const spend = (work: number): boolean => {
    left -= work;
    return left >= 0;
  };
  if (keepsStrides(network, spend) !== false) return network;
  const order = widestFirst(network, spend);
  if (order === undefined) return network;
  const other = inOrder(network, order);
  return keepsStrides(other, spend) ? other : network;
}
