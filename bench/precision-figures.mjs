/**
 * Draws docs/figures/precision/*.svg: certified and measured error over bits on the real models.
 * `UNEARTH_SHARED=... node bench/precision-figures.mjs` after a build; takes a few minutes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readModel } from '../dist/cli/read-model.js';
import { errorCurvesFigure } from '../dist/figures/error-curves.js';
import { chooseBits } from '../dist/precision/allot-bits.js';
import { attack } from '../dist/precision/attack/attack.js';
import { certify } from '../dist/precision/certificate.js';
import { quantizeToBits } from '../dist/precision/quantize.js';
import { readBoxText } from '../dist/target/domain.js';

const shared = process.env.UNEARTH_SHARED;
if (shared === undefined) throw new Error('set UNEARTH_SHARED to the folder with models/ in it');
const EPSILON = 0.01;
const COLORS = {
  interval: '#e69f00',
  norm: '#cc79a7',
  relaxation: '#009e73',
  ellipsoid: '#0072b2',
};
const NAMES = {
  interval: 'interval chain',
  norm: 'norm chain',
  relaxation: 'linear relaxation',
  ellipsoid: 'ellipsoids',
};

const figures = [
  {
    file: 'acasxu.svg',
    model: 'acasxu_1_1.onnx',
    title: 'ACAS Xu 1_1 over its whole input box',
    domain: () =>
      readBoxText(readFileSync(path.join(shared, 'models/acasxu.domain.txt'), 'utf8'), 5),
  },
  {
    file: 'mnist.svg',
    model: 'mnist_256x2.onnx',
    title: 'MNIST 784-256-256-10 over [0, 1]',
    domain: () => ({
      kind: 'box',
      lower: new Float64Array(784),
      upper: new Float64Array(784).fill(1),
    }),
  },
];

mkdirSync(new URL('../docs/figures/precision/', import.meta.url), { recursive: true });
for (const { file, model, title, domain: domainOf } of figures) {
  const { network } = readModel(path.join(shared, 'models', model));
  const domain = domainOf();
  const places = [8, 12, 16, 20, 24, 28, 32];
  const curves = Object.keys(NAMES).map((method) => ({
    name: NAMES[method],
    color: COLORS[method],
    points: places.map((p) => [
      p,
      certify(network, quantizeToBits(network, p), domain, { methods: [method], boxes: 1 }).epsilon,
    ]),
  }));
  curves.push({
    name: 'measured (attack)',
    color: '#555555',
    dashed: true,
    points: places.map((p) => [p, attack(network, quantizeToBits(network, p), domain).measured]),
  });
  const chosen = chooseBits(network, domain, EPSILON);
  const svg = errorCurvesFigure(curves, {
    title,
    caption:
      'Lines: the same number of fractional bits in every layer, rounded to nearest, domain not split. ' +
      'Dot: bits chosen by layer, with the rounding and the splitting that unearth chooses.',
    epsilon: EPSILON,
    marks: [{ name: 'chosen', bits: chosen.averagePlaces, error: chosen.certificate.epsilon }],
  });
  writeFileSync(new URL(`../docs/figures/precision/${file}`, import.meta.url), svg);
  console.log(`docs/figures/precision/${file}: ${chosen.averagePlaces.toFixed(2)} bits chosen`);
}
