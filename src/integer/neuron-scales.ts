/**
 * The same network with its hidden neurons counted in other units: `s(2^k z) = 2^k s(z)`, so a neuron's incoming
 * weights and bias times `2^k` and its outgoing weights times `2^-k` change no output. Powers of two keep every
 * number exact. What it is good for: integers are as long as a layer's largest number, and a neuron whose errors
 * matter little may be counted in a coarser unit than one whose errors matter much.
 */
import { checkList, checkWhole } from '../core/arguments.js';
import { MisfitError } from '../core/errors.js';
import { type ExactArray, exactBuilder, exactEntry, storeDyadic } from '../target/exact-array.js';
import { type Layer, matrixOf, type Network } from '../target/network.js';
import { LARGEST_NEURON_SCALE } from './places.js';

/** Of each hidden layer, of each neuron: k, with which it counts `2^-k` of its own units. */
export type NeuronScales = readonly (readonly number[])[];

/** Numbers between it and its inverse are scaled as float64s: no power up to twice the largest leads out of range. */
const SMALL = 2 ** -800;

/** Each entry times `2^exponentOf(index)`, exactly. Throws an `ExactRangeError` beyond the range of float64. */
function scaledArray(array: ExactArray, exponentOf: (index: number) => number): ExactArray {
  const { values, exact } = array;
  const scaled = exactBuilder(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const exponent = exponentOf(index);
    const size = Math.abs(value);
    const isPlain = size === 0 || (size > SMALL && size < 1 / SMALL);
    if (isPlain && (exact.size === 0 || !exact.has(index))) {
      scaled.values[index] = value * 2 ** exponent;
      continue;
    }
    const { mantissa, exponent: own } = exactEntry(array, index);
    storeDyadic(scaled, index, { mantissa, exponent: own + exponent });
  }
  return scaled;
}

/** Throws a `MisfitError` unless there is a scale for every hidden neuron, a whole number that is not too large. */
function checkScales({ layers }: Network, scales: NeuronScales): void {
  checkList('scales', scales);
  if (scales.length !== layers.length - 1) {
    throw new MisfitError(
      `scales: ${scales.length} layers, and the network has ${layers.length - 1} hidden ones`,
    );
  }
  for (const [index, own] of scales.entries()) {
    checkList(`scales.${index}`, own);
    if (own.length !== layers[index].outputs) {
      throw new MisfitError(
        `scales.${index}: ${own.length} numbers for ${layers[index].outputs} neurons`,
      );
    }
    for (const scale of own) {
      checkWhole(`scales.${index}`, scale, -LARGEST_NEURON_SCALE, LARGEST_NEURON_SCALE);
    }
  }
}

/**
 * The network with hidden neuron j of layer i (from 0) multiplied by `2^scales[i][j]`: the same function of the
 * inputs, exactly. Fully connected networks only. Throws a `MisfitError` for scales of another shape.
 */
export function rescaledNetwork(network: Network, scales: NeuronScales): Network {
  checkScales(network, scales);
  const layers = network.layers.map((layer, index): Layer => {
    const numbers = matrixOf(layer);
    const { inputs } = layer;
    const [before, own] = [scales[index - 1], scales[index]];
    const matrix = scaledArray(
      numbers,
      (at) => (own?.[Math.floor(at / inputs)] ?? 0) - (before?.[at % inputs] ?? 0),
    );
    const bias = scaledArray(layer.bias, (row) => own?.[row] ?? 0);
    return { ...layer, kind: 'dense', matrix, bias } as Layer;
  });
  return { ...network, layers };
}
