/** Values that make no sense, for the tests of what users can import. */

import { quantizeLossless } from '../src/integer/quantize.js';
import { exactArray } from '../src/target/exact-array.js';
import { convolutionMap, denseLayer } from '../src/target/make-layers.js';
import { matrixOf } from '../src/target/network.js';
import type { IntegerNetwork, Network } from './every-entry.js';
import { partsOf, randomNetwork } from './networks.js';

export const network = randomNetwork({ dimensions: [2, 3, 1], seed: 1 });
export const target = quantizeLossless(network);
export const box = {
  kind: 'box',
  lower: new Float64Array(2),
  upper: Float64Array.of(1, 1),
} as const;

/** What no type would let through. */
// biome-ignore lint/suspicious/noExplicitAny: wrong arguments are the subject.
export type Wrong = any;
export const wrong = (value: unknown): Wrong => value;

/** Networks of a wrong form, each with what it is. */
export const NETWORKS: readonly (readonly [string, Wrong])[] = (() => {
  const [first, last] = network.layers;
  const layers = (...all: readonly unknown[]): Wrong => ({ ...network, layers: all });
  const numbers = matrixOf(first).values;
  const matrix = (values: unknown): Wrong =>
    layers({ ...first, matrix: { values, exact: new Map() } }, last);
  const changed = (change: (values: Float64Array) => void): Wrong => {
    const values = numbers.slice();
    change(values);
    return matrix(values);
  };
  return [
    ['nothing', undefined],
    ['null', null],
    ['a number', 3],
    ['no layers', { domain: { kind: 'all' } }],
    ['empty layers', layers()],
    ['an inner layer without ReLU', layers({ ...first, activation: 'identity' }, last)],
    ['an unknown activation', layers(first, { ...last, activation: 'tanh' })],
    ['too few weights', matrix(numbers.slice(1))],
    ['too many biases', layers({ ...first, bias: exactArray(new Float64Array(9)) }, last)],
    ['weights in a list', matrix([...numbers])],
    ['layers that do not fit', layers(last, first)],
    ['no inputs', layers({ ...first, inputs: 0, matrix: exactArray(new Float64Array(0)) }, last)],
    ['half an output', layers({ ...first, outputs: 2.5 }, last)],
    ['NaN', changed((values) => values.fill(Number.NaN, 1, 2))],
    ['Infinity', changed((values) => values.fill(Number.NEGATIVE_INFINITY, 0, 1))],
    ['the input read twice', layers({ ...first, reads: [0, 0] }, last)],
    ['a layer that reads itself', layers(first, { ...last, reads: [2] })],
    ['a layer that reads none', layers(first, { ...last, reads: [] })],
    ['a first layer that reads no input', layers({ ...first, reads: [1] }, last)],
    ['a layer that reads half a layer', layers(first, { ...last, reads: [0.5] })],
    ['reads that are no list', layers(first, { ...last, reads: 1 })],
    ['a layer that none reads', layers(first, first, { ...last, reads: [2] })],
    ['inputs of another number than is read', layers(first, { ...last, reads: [1, 0] })],
    ['weights without a map', layers({ ...partsOf(first) }, last)],
    ['no layer', layers(first, null)],
    ['a width without words', layers({ ...first, inputs: Object.create(null) }, last)],
    ['a symbol', layers(first, { ...last, activation: Symbol('wrong') })],
    ['no domain', { layers: network.layers }],
    ['a box of another dimension', { ...network, domain: { ...box, upper: new Float64Array(3) } }],
  ];
})();

/** Networks that can be evaluated, and no more so far, each with what it is. */
export const UNSUPPORTED: readonly (readonly [string, Network])[] = (() => {
  const [first, last] = network.layers;
  const one = { height: 1, width: 1 };
  const map = convolutionMap({
    ...{ input: { ...one, channels: 2 }, outputChannels: 3, kernel: one },
    weights: matrixOf(first),
  });
  const { bias, activation } = first;
  const both = denseLayer({ inputs: 5, outputs: 1, weights: [1, 2, 3, 4, 5], activation: 'relu' });
  return [
    ['a convolution', { ...network, layers: [{ ...map, bias, activation }, last] }],
    [
      'a sum',
      {
        ...network,
        layers: [
          { kind: 'sum', inputs: 2, outputs: 3, parts: [map], ...{ bias, activation } },
          last,
        ],
      },
    ],
    [
      'max pooling',
      {
        ...network,
        layers: [
          {
            ...{ ...map, kind: 'max-pooling', outputs: 2, output: map.input },
            ...{ bias: exactArray(new Float64Array(0)), activation },
          },
          denseLayer({ inputs: 2, outputs: 1, weights: [1, 2], activation: 'relu' }),
        ],
      },
    ],
    ['channels last', { ...network, channelsLast: { channels: 2, ...one } }],
    ['two layers read', { ...network, layers: [first, { ...both, reads: [1, 0] }] }],
  ];
})();

export const INTEGER_NETWORKS: readonly (readonly [string, Wrong])[] = (() => {
  const [first, last] = target.matrices;
  const values = (change: (values: Float64Array) => void): Wrong => {
    const all = Float64Array.from(first.values as Float64Array);
    change(all);
    return { ...target, matrices: [{ ...first, values: all }, last] };
  };
  return [
    ['nothing', undefined],
    ['a network', network],
    ['no matrices', { ...target, matrices: [] }],
    ['half an integer', values((all) => all.fill(0.5, 0, 1))],
    ['NaN', values((all) => all.fill(Number.NaN, 0, 1))],
    ['an integer beyond 2^53', values((all) => all.fill(2 ** 60, 0, 1))],
    ['matrices that do not fit', { ...target, matrices: [last, first] }],
    ['too few values', { ...target, matrices: [{ ...first, rows: 9 }, last] }],
    ['places for one layer', { ...target, fractionalPlaces: [3] }],
    ['a scale of base 3', { ...target, scale: { base: 3, exponent: 1 } }],
    ['an unknown activation', { ...target, activation: 'tanh' }],
    ['no matrix', { ...target, matrices: [null, last] }],
    [
      'rows without words',
      { ...target, matrices: [{ ...first, rows: Object.create(null) }, last] },
    ],
    ['no word on the constant', { ...target, constant: undefined }],
  ];
})();

export const DOMAINS: readonly Wrong[] = [
  null,
  {},
  { kind: 'cube' },
  { kind: 'ball', radius: -1 },
  { kind: 'ball', radius: Number.NaN },
  { kind: 'box', lower: [0, 0], upper: [1, 1] },
  { kind: 'box', lower: new Float64Array(3), upper: new Float64Array(3) },
  { kind: 'box', lower: Float64Array.of(0, 2), upper: Float64Array.of(1, 1) },
  { kind: 'box', lower: Float64Array.of(0, Number.NaN), upper: Float64Array.of(1, 1) },
];
export const SEEDS: readonly Wrong[] = [1, -1n, 2n ** 64n, '1', Number.NaN];
export const DELTAS: readonly Wrong[] = [
  0,
  1,
  -0.5,
  2,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '0.1',
];
export const EPSILONS: readonly Wrong[] = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '0.1'];
export const BITS: readonly Wrong[] = [-1, 0.5, 1e6, Number.NaN, Number.POSITIVE_INFINITY, '8'];

/** Calls with wrong values, each a function without arguments. */
export type Calls = readonly (() => unknown)[];
export const withNetworks = (
  call: (network: Network) => unknown,
  networks: readonly (readonly [string, Wrong])[] = [...NETWORKS, ...UNSUPPORTED],
): Calls =>
  networks.map(
    ([, value]) =>
      () =>
        call(value),
  );
export const withIntegers = (call: (network: IntegerNetwork) => unknown): Calls =>
  INTEGER_NETWORKS.map(
    ([, value]) =>
      () =>
        call(value),
  );
export const each = (values: readonly Wrong[], call: (value: Wrong) => unknown): Calls =>
  values.map((value) => () => call(value));
export const NOTHINGS: readonly Wrong[] = [
  undefined,
  null,
  7,
  {},
  Object.create(null),
  Symbol('wrong'),
];

/** An object without each of the parts that are not optional. */
export const withoutParts = (whole: object, call: (value: Wrong) => unknown): Calls =>
  Object.keys(whole)
    .filter((name) => !OPTIONAL.includes(name))
    .map((name) => () => call({ ...whole, [name]: null }));
/** Parts of programs and tickets that what is called here does without. */
const OPTIONAL = [
  'liveEdges',
  'model',
  'normalization',
  'fileBytes',
  'storedMasks',
  'delta',
  'construction',
];
