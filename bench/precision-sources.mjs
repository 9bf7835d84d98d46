/**
 * What certificates are worth: source weights of the smallest horner source for an error of EPSILON over the whole
 * domain, with the bounds of before (no units of neurons, no rows on boxes; of feature maps intervals alone) and
 * with those of now, and with EFFORT seconds. Beside them the bits at which an attack finds no more than epsilon.
 * Usage, after a build: UNEARTH_SHARED=... node bench/precision-sources.mjs [EPSILON] [MODEL...]
 * EFFORT=SECONDS adds a row with that effort; THREADS=1 works on the caller's thread alone (default 2).
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { attack } from '../dist/attack/attack.js';
import { readModel } from '../dist/cli/files/read-model.js';
import { launchThread, workerThreads } from '../dist/cli/workers/threads.js';
import { constructionNamed } from '../dist/constructions/index.js';
import { complete } from '../dist/core/steps.js';
import { matrixBits } from '../dist/integer/network-class.js';
import { quantizeToBits } from '../dist/integer/quantize.js';
import { signsOf } from '../dist/integer/source-signs.js';
import { planSource, sizeAtPlaces } from '../dist/pipeline/find-steps.js';
import { chooseBits } from '../dist/precision/allot-bits.js';
import { weightedMean } from '../dist/precision/average-places.js';
import { sourceWeights } from '../dist/source/shape.js';
import { readBoxText } from '../dist/target/domain.js';

const [number = '0.01', ...named] = process.argv.slice(2);
const epsilon = Number(number);
const shared = process.env.UNEARTH_SHARED;
if (shared === undefined) throw new Error('UNEARTH_SHARED names no folder of models');
const acas = () => readBoxText(readFileSync(`${shared}/models/acasxu.domain.txt`, 'utf8'), 5);
const unit = ({ layers: [{ inputs }] }) => ({
  kind: 'box',
  lower: new Float64Array(inputs),
  upper: new Float64Array(inputs).fill(1),
});
const models = {
  'acasxu_1_1.onnx': acas,
  'acasxu_2_3.onnx': acas,
  'vertcas_pra01.nnet': ({ domain }) => domain,
  'mnist_256x2.onnx': unit,
  'fc2_mnist_784_500_10.onnx': unit,
};
const threads = workerThreads(Number(process.env.THREADS ?? 2), launchThread);
const horner = constructionNamed('horner');
const ways = { before: {}, now: { rescale: true, rows: true } };
if (process.env.EFFORT) {
  ways[`effort ${process.env.EFFORT}`] = { ...ways.now, effort: Number(process.env.EFFORT) };
}

for (const name of named.length > 0 ? named : Object.keys(models)) {
  const { network } = readModel(`${shared}/models/${name}`);
  const domain = models[name](network);
  const signs = signsOf(network, domain);
  const cost = sizeAtPlaces(horner, network, signs);
  let least = 0;
  while (attack(network, quantizeToBits(network, least), domain).measured > epsilon) least++;
  const counts = network.layers.map(({ inputs, outputs }) => inputs * outputs);
  for (const [way, options] of Object.entries(ways)) {
    const start = performance.now();
    const chosen = chooseBits(network, domain, epsilon, { ...options, cost, threads });
    const seconds = (performance.now() - start) / 1000;
    const { integerNetwork, certificate } = chosen;
    const plan = complete(planSource(horner, integerNetwork, signs, 1e-6));
    const bits = integerNetwork.matrices.map(matrixBits);
    console.log(
      JSON.stringify({
        ...{ name, way, fractionalBits: +chosen.averagePlaces.toFixed(2), places: chosen.places },
        ...{ integerBits: +weightedMean(counts, bits).toFixed(2), bits, boxes: certificate.boxes },
        ...{ certified: certificate.decimal, attackBits: least },
        ...{ sourceWeights: sourceWeights(plan.shape).toString(), seconds: +seconds.toFixed(1) },
      }),
    );
  }
}
threads.release();
process.exit();
