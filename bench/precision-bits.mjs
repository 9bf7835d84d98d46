/**
 * Fractional bits certified at an epsilon on the real models, technique by technique, with the error an
 * attack finds and processor time: `UNEARTH_SHARED=... node bench/precision-bits.mjs [epsilon] [model]`
 * after a build.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { attack } from '../dist/attack/attack.js';
import { readModel } from '../dist/cli/files/read-model.js';
import { rescaledNetwork } from '../dist/integer/neuron-scales.js';
import { losslessPlaces, quantizeToBits } from '../dist/integer/quantize.js';
import { chooseBits } from '../dist/precision/allot-bits.js';
import { averagePlaces } from '../dist/precision/average-places.js';
import { certify } from '../dist/precision/certificate.js';
import { readBoxText } from '../dist/target/domain.js';

const shared = process.env.UNEARTH_SHARED;
if (shared === undefined) throw new Error('set UNEARTH_SHARED to the folder with models/ in it');
const epsilon = Number(process.argv[2] ?? 0.01);
const unit = (inputs) => ({
  kind: 'box',
  lower: new Float64Array(inputs),
  upper: new Float64Array(inputs).fill(1),
});
const acas = () =>
  readBoxText(readFileSync(path.join(shared, 'models/acasxu.domain.txt'), 'utf8'), 5);
const models = {
  'acasxu_1_1.onnx': acas,
  'acasxu_2_3.onnx': acas,
  'mnist_256x2.onnx': () => unit(784),
  'fc2_mnist_784_500_10.onnx': () => unit(784),
  'vertcas_pra01.nnet': (network) => network.domain,
};

const seconds = () => process.cpuUsage().user / 1e6;
function timed(work) {
  const start = seconds();
  const value = work();
  return { value, seconds: (seconds() - start).toFixed(1) };
}

/** Least number of places, the same in every layer, for which `holds`. */
function leastUniform(holds) {
  let low = 0;
  let high = 64;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

for (const [name, domainOf] of Object.entries(models)) {
  if (process.argv[3] !== undefined && process.argv[3] !== name) continue;
  const { network } = readModel(path.join(shared, 'models', name));
  const domain = domainOf(network);
  const lossless = losslessPlaces(network);
  console.log(
    `${name}, epsilon ${epsilon}; lossless ${lossless.join(' ')}, average ${averagePlaces(network, lossless).toFixed(2)}`,
  );
  const sampled = timed(() =>
    leastUniform((p) => attack(network, quantizeToBits(network, p), domain).measured <= epsilon),
  );
  console.log(
    `  one p, attack finds no more than epsilon: ${sampled.value} (${sampled.seconds} s)`,
  );
  for (const method of ['interval', 'norm', 'relaxation', 'ellipsoid']) {
    const least = timed(() =>
      leastUniform(
        (p) =>
          certify(network, quantizeToBits(network, p), domain, {
            goal: epsilon,
            methods: [method],
            boxes: 1,
          }).epsilon <= epsilon,
      ),
    );
    console.log(`  one p, ${method}: ${least.value} (${least.seconds} s)`);
  }
  for (const [label, options] of [
    ['bits by layer, nearest, whole domain', { boxes: 1, rounding: 'nearest' }],
    ['bits by layer, compensated, whole domain', { boxes: 1, rounding: 'compensated' }],
    ['bits by layer, as chosen, domain split', { rescale: true, rows: true }],
  ]) {
    const chosen = timed(() => chooseBits(network, domain, epsilon, options));
    const { places, rounding, certificate, integerNetwork, averagePlaces: average } = chosen.value;
    const { scales, boxes } = chosen.value;
    const own = scales ? rescaledNetwork(network, scales) : network;
    const found = attack(own, integerNetwork, domain, { bound: certificate.epsilon });
    const how = { goal: epsilon, ...(boxes && { rows: true, apart: true, boxes }) };
    const alone = timed(() => certify(own, integerNetwork, domain, how));
    console.log(
      `  ${label}: ${average.toFixed(2)} (${places.join(' ')}; ${rounding}), certified ${certificate.decimal}` +
        ` by ${certificate.method} in ${certificate.boxes} boxes, attack ${found.measured.toPrecision(3)}` +
        `${found.violated ? ' VIOLATED' : ''}; choosing ${chosen.seconds} s, certifying ${alone.seconds} s`,
    );
  }
}
