/** Wrong calls of functions that make, read and evaluate models, for the tests of what users can import. */
import { readFileSync } from 'node:fs';
import * as unearth from './every-entry.js';
import {
  type Calls,
  each,
  NETWORKS,
  NOTHINGS,
  network,
  type Wrong,
  withNetworks,
} from './wrong-arguments.js';

const WRONG_LAYERS: readonly Wrong[] = [
  { weights: [1] },
  { weights: [1, Number.NaN] },
  { weights: 3 },
  { weights: [[1], [2]] },
  { bias: [1] },
  { bias: [Number.POSITIVE_INFINITY, 0] },
  { inputs: 0, weights: [] },
  { outputs: -1 },
  { activation: 'tanh' },
  { biases: [1, 2] },
];

const WIDE = { mantissa: 1n, exponent: 2 ** 30 };

export const TARGET_CALLS: Readonly<Record<string, Calls>> = {
  denseLayer: [
    ...each([...NOTHINGS, {}], unearth.denseLayer),
    ...each(WRONG_LAYERS, (part) =>
      unearth.denseLayer({ inputs: 1, outputs: 2, weights: [1, 2], activation: 'relu', ...part }),
    ),
  ],
  parseDomain: [
    ...each([...NOTHINGS, '', 'cube:1', 'box:1', 'box:2,1', 'ball:0'], (text) =>
      unearth.parseDomain(text, 2),
    ),
    ...each([0, -1, 1.5, Number.NaN], (inputs) => unearth.parseDomain('box:0,1', inputs)),
  ],
  readBoxText: each([...NOTHINGS, '', '0 1', '1 0\n0 1'], (text) => unearth.readBoxText(text, 2)),
  readVnnlibBox: each([...NOTHINGS, '', '('], (text) => unearth.readVnnlibBox(text, 2)),
  evaluateExactly: [
    ...withNetworks((value) => unearth.evaluateExactly(value, [0, 0]), NETWORKS),
    ...each([...NOTHINGS, [0], [0, 0, 0], [0, Number.NaN], ['0', 0], { length: 2 }], (value) =>
      unearth.evaluateExactly(network, value),
    ),
  ],
  exactDecimal: each(
    [...NOTHINGS, {}, { mantissa: 1, exponent: 0 }, { mantissa: 1n, exponent: 0.5 }, WIDE],
    unearth.exactDecimal,
  ),
  evaluateNetwork: [
    ...withNetworks((value) => unearth.evaluateNetwork(value, new Float64Array(2)), NETWORKS),
    ...each(NOTHINGS, (value) => unearth.evaluateNetwork(network, value)),
    () => unearth.evaluateNetwork(network, new Float64Array(3)),
  ],
  readNnet: each([...NOTHINGS, '', 'x'], unearth.readNnet),
  readOnnx: [
    ...each([...NOTHINGS, 'text', new Uint8Array(0), Uint8Array.of(1, 2, 3)], (bytes) =>
      unearth.readOnnx(bytes),
    ),
    // Of a model that would be read: NaN would be no limit.
    ...each([null, 7, { memory: Number.NaN }, { memory: '2G' }, { momory: 1 }], (options) =>
      unearth.readOnnx(readFileSync('examples/digits/digits.onnx'), options),
    ),
  ],
};
