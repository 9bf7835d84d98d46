/**
 * Halves of inputs: a ReLU source sees a signed coordinate as `x+ = s(x)` and `x- = s(-x)`, a coordinate
 * of known sign as one of them. A network over inputs is one over halves behind an exact first layer.
 */
import { negateDyadic } from '../core/dyadic.js';
import { exactArray, exactBuilder } from '../target/exact-array.js';
import { type InputSign, type Layer, matrixOf, type Network } from '../target/network.js';
import { halvesOf, type InputHalf } from './halves.js';

/** The layer that makes the halves of the inputs: one +1 or -1 in each row. */
function splitLayer(inputs: number, halves: readonly InputHalf[]): Layer {
  const weights = new Float64Array(halves.length * inputs);
  halves.forEach(({ input, negative }, row) => {
    weights[row * inputs + input] = negative ? -1 : 1;
  });
  return {
    ...{ kind: 'dense', inputs, outputs: halves.length, matrix: exactArray(weights) },
    bias: exactArray(new Float64Array(halves.length)),
    activation: 'relu',
  };
}

function overHalves(layer: Layer, halves: readonly InputHalf[]): Layer {
  const { inputs, outputs, bias, activation } = layer;
  const { values, exact } = matrixOf(layer);
  const lifted = exactBuilder(outputs * halves.length);
  for (let row = 0; row < outputs; row++) {
    halves.forEach(({ input, negative }, column) => {
      const from = row * inputs + input;
      const to = row * halves.length + column;
      lifted.values[to] = negative ? -values[from] : values[from];
      const value = exact.get(from);
      if (value !== undefined) lifted.exact.set(to, negative ? negateDyadic(value) : value);
    });
  }
  return { kind: 'dense', inputs: halves.length, outputs, matrix: lifted, bias, activation };
}

/** True where the halves are the inputs themselves. */
export function needsSplit(inputSigns: readonly InputSign[]): boolean {
  return inputSigns.some((sign) => sign !== 'nonnegative');
}

/**
 * The same function on inputs of these signs, with the split as its first layer; the network itself if
 * no input is negative. `W x = W x+ - W x-` exactly. Throws a RangeError for another number of signs.
 */
export function splitInputs(network: Network, inputSigns: readonly InputSign[]): Network {
  const [first, ...others] = network.layers;
  if (first === undefined || first.inputs !== inputSigns.length) {
    throw new RangeError(
      `signs of ${inputSigns.length} inputs for a network of ${first?.inputs ?? 0}`,
    );
  }
  if (!needsSplit(inputSigns)) return network;
  const halves = halvesOf(inputSigns);
  return {
    ...network,
    layers: [splitLayer(first.inputs, halves), overHalves(first, halves), ...others],
  };
}

/** Puts the split before a network that is already over halves. */
export function behindSplit(overSplit: Network, inputSigns: readonly InputSign[]): Network {
  if (!needsSplit(inputSigns)) return overSplit;
  const split = splitLayer(inputSigns.length, halvesOf(inputSigns));
  return { ...overSplit, layers: [split, ...overSplit.layers] };
}
