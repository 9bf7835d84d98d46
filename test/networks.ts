/** Random networks for tests: by a seeded generator, so that a failing case can be repeated. */
import { threefry2x32, threefrySecondWord } from '../src/source/threefry.js';
import { denseLayer } from '../src/target/make-layers.js';
import { type Activation, type Layer, matrixOf, type Network } from '../src/target/network.js';

/** Uniform numbers in [0, 1) with 32 bits. */
export function randomStream(seed: number): () => number {
  let counter = 0;
  return () => {
    const word = threefry2x32(seed, 0x7e57, counter >>> 1, 0);
    const value = counter & 1 ? threefrySecondWord() : word;
    counter++;
    return (value >>> 0) / 2 ** 32;
  };
}

export interface RandomNetworkOptions {
  readonly dimensions: readonly number[];
  readonly seed: number;
  /** Weights are `integer / 2^places` with `|integer| < 2^bits`. */
  readonly bits?: number;
  readonly places?: number;
  readonly biases?: boolean;
  readonly activation?: Activation;
}

export function randomNetwork(options: RandomNetworkOptions): Network {
  const {
    dimensions,
    seed,
    bits = 5,
    places = 3,
    biases = true,
    activation = 'identity',
  } = options;
  const random = randomStream(seed);
  const weight = (): number => (Math.floor(random() * 2 ** (bits + 1)) - 2 ** bits) / 2 ** places;
  const layers = dimensions.slice(1).map((outputs, index): Layer => {
    const inputs = dimensions[index];
    return denseLayer({
      inputs,
      outputs,
      weights: Float64Array.from({ length: inputs * outputs }, weight),
      bias: Float64Array.from({ length: outputs }, () => (biases ? weight() : 0)),
      activation: index < dimensions.length - 2 ? 'relu' : activation,
    });
  });
  return { layers, domain: { kind: 'all' } };
}

/** The float64 view of a layer, in the form of `denseLayer`. */
export function partsOf(layer: Layer): PlainLayer {
  const { inputs, outputs, bias, activation } = layer;
  return { inputs, outputs, weights: matrixOf(layer).values, bias: bias.values, activation };
}

export interface PlainLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  readonly activation: Activation;
}

/** Real-valued evaluation in float64; exact for the small dyadic weights above. */
export function evaluateDirectly(network: Network, input: readonly number[]): number[] {
  let current = [...input];
  for (const { inputs, outputs, weights, bias, activation } of network.layers.map(partsOf)) {
    current = Array.from({ length: outputs }, (_, row) => {
      let sum = bias[row];
      for (let column = 0; column < inputs; column++) {
        sum += weights[row * inputs + column] * current[column];
      }
      return activation === 'relu' ? Math.max(0, sum) : sum;
    });
  }
  return current;
}
