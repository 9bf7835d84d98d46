/**
 * The one value of an ONNX graph that depends on the input: the layers that are closed already, and
 * the exact affine map that has been gathered since. A Relu closes a layer.
 */
import { InputError } from '../../core/errors.js';
import {
  type AffineMap,
  applyMatrix,
  closeLayer,
  type ExactMatrix,
  identityMap,
  isRearrangement,
  rearrangeRows,
} from '../affine.js';
import type { Layer } from '../network.js';

export interface Signal {
  readonly kind: 'signal';
  readonly dims: readonly number[];
  readonly layers: readonly Layer[];
  readonly map: AffineMap;
  /** Place of the Softmax or Sigmoid that was left out: only rearrangements may follow it. */
  readonly cutAt?: string;
}

export function inputSignal(dims: readonly number[]): Signal {
  const width = dims.reduce((product, dim) => product * dim, 1);
  return { kind: 'signal', dims, layers: [], map: identityMap(width) };
}

/** Whether the signal is the output of a Relu, perhaps rearranged. */
export function isRectified({ layers, map }: Signal): boolean {
  return layers.length > 0 && isRearrangement(map);
}

export function rectify(signal: Signal): Signal {
  // All closed layers end in a Relu, and Relu after Relu changes nothing.
  if (isRectified(signal)) return signal;
  const { dims, layers, map } = signal;
  return {
    kind: 'signal',
    dims,
    layers: [...layers, closeLayer(map, 'relu')],
    map: identityMap(map.outputs),
  };
}

/** The layers of the whole network, when the signal is the output. */
export function finishLayers(signal: Signal): Layer[] {
  const { layers, map } = signal;
  const last = layers.at(-1);
  if (last === undefined || !isRectified(signal)) return [...layers, closeLayer(map, 'identity')];
  const order = map.linear.kind === 'coordinates' ? map.linear.order : undefined;
  if (order === undefined) return [...layers];
  return [...layers.slice(0, -1), rearrangeOutputs(last, order)];
}

function rearrangeOutputs(layer: Layer, order: Int32Array): Layer {
  const { inputs, outputs, weights, bias, exact, activation } = layer;
  const linear = {
    kind: 'dense' as const,
    matrix: { values: weights, exact: exact?.weights ?? new Map() },
  };
  const shift = { values: bias, exact: exact?.bias ?? new Map() };
  const map = { inputs, outputs, linear, bias: shift, inexact: false };
  return closeLayer(rearrangeRows(map, order), activation);
}

export function reshapeSignal(signal: Signal, dims: readonly number[]): Signal {
  return { ...signal, dims };
}

export function transposeSignal(
  signal: Signal,
  dims: readonly number[],
  gather?: Int32Array,
): Signal {
  if (gather === undefined) return { ...signal, dims };
  return { ...signal, dims, map: rearrangeRows(signal.map, gather) };
}

/** `M x` for the flattened signal; `dims` is the shape of the result. */
export function multiplySignal(
  signal: Signal,
  matrix: ExactMatrix,
  dims: readonly number[],
): Signal {
  return { ...signal, dims, map: applyMatrix(matrix, signal.map) };
}

export function withMap(signal: Signal, map: AffineMap, dims: readonly number[]): Signal {
  return { ...signal, map, dims };
}

/** Refuses what comes after a Softmax or Sigmoid. */
export function refuseAfterCut(signal: Signal, place: string): void {
  if (signal.cutAt === undefined) return;
  throw new InputError({
    place: signal.cutAt,
    problem: `its output goes into ${place}; it can be left out only at the very end`,
    remedy: 'use Relu between the layers',
  });
}
