/**
 * Measures certified and attacked error over bits on the real models, for docs/figures/precision/*.json;
 * `node scripts/figures.mjs` draws them. `UNEARTH_SHARED=... node bench/precision-figures.mjs` after a
 * build; takes a few minutes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { attack } from '../dist/attack/attack.js';
import { readModel } from '../dist/cli/files/read-model.js';
import { quantizeToBits } from '../dist/integer/quantize.js';
import { chooseBits } from '../dist/precision/allot-bits.js';
import { certify } from '../dist/precision/certificate.js';
import { readBoxText } from '../dist/target/domain.js';

const shared = process.env.UNEARTH_SHARED;
if (shared === undefined) throw new Error('set UNEARTH_SHARED to the folder with models/ in it');
const EPSILON = 0.01;
const METHODS = ['interval', 'norm', 'relaxation', 'ellipsoid'];

const figures = [
  {
    file: 'acasxu.json',
    model: 'acasxu_1_1.onnx',
    network: 'ACAS Xu 1_1 on its whole input box',
    domain: () =>
      readBoxText(readFileSync(path.join(shared, 'models/acasxu.domain.txt'), 'utf8'), 5),
  },
  {
    file: 'mnist.json',
    model: 'mnist_256x2.onnx',
    network: 'MNIST 784-256-256-10 with pixels in [0, 1]',
    domain: () => ({
      kind: 'box',
      lower: new Float64Array(784),
      upper: new Float64Array(784).fill(1),
    }),
  },
];

mkdirSync(new URL('../docs/figures/precision/', import.meta.url), { recursive: true });
for (const { file, model, network: name, domain: domainOf } of figures) {
  const { network } = readModel(path.join(shared, 'models', model));
  const domain = domainOf();
  const places = [8, 12, 16, 20, 24, 28, 32];
  const errors = Object.fromEntries(
    METHODS.map((method) => [
      method,
      places.map((p) => {
        const options = { methods: [method], boxes: 1 };
        return [p, certify(network, quantizeToBits(network, p), domain, options).epsilon];
      }),
    ]),
  );
  errors.measured = places.map((p) => [
    p,
    attack(network, quantizeToBits(network, p), domain).measured,
  ]);
  const { averagePlaces: bits, certificate } = chooseBits(network, domain, EPSILON);
  const chosen = { bits, error: certificate.epsilon };
  const record = { network: name, epsilon: EPSILON, errors, chosen };
  const url = new URL(`../docs/figures/precision/${file}`, import.meta.url);
  writeFileSync(url, `${JSON.stringify(record, null, 1)}\n`);
  console.log(`docs/figures/precision/${file}: ${bits.toFixed(2)} bits chosen`);
}
