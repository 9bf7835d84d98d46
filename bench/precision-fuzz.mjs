/**
 * Attacks the certificates of random small networks on random domains, exact rationals judging, and
 * prints how many were tried and violated: `node bench/precision-fuzz.mjs [networks] [seed]` after a
 * build. Every bound is tested by itself, so that a tight one does not hide a wrong one.
 */

import { attack } from '../dist/attack/attack.js';
import { createJudge, errorMagnitude, exceeds } from '../dist/attack/judge.js';
import { createRandom } from '../dist/attack/random.js';
import { losslessPlaces, quantize, truncateDecimal } from '../dist/integer/quantize.js';
import { certify } from '../dist/precision/certificate.js';
import { quantizeCompensated } from '../dist/precision/compensated.js';
import { analyseReference } from '../dist/precision/reference-analysis.js';

const METHODS = ['interval', 'norm', 'relaxation', 'ellipsoid'];
const networks = Number(process.argv[2] ?? 10000);
const random = createRandom(Number(process.argv[3] ?? 1));
const below = (limit) => Math.floor(random() * limit);

function randomNetwork() {
  const depth = 1 + below(4);
  const widths = Array.from({ length: depth + 1 }, () => 1 + below(6));
  const places = below(8);
  const size = 2 ** (1 + below(5));
  const biased = random() < 0.8;
  const number = () =>
    (random() < 0.15 ? 0 : Math.round((random() - 0.5) * size * 2 ** places)) / 2 ** places;
  const float = random() < 0.3;
  const weight = () => (float ? Math.fround((random() - 0.5) * size) : number());
  const layers = widths.slice(1).map((outputs, index) => ({
    inputs: widths[index],
    outputs,
    weights: Float64Array.from({ length: widths[index] * outputs }, weight),
    bias: Float64Array.from({ length: outputs }, () => (biased ? weight() : 0)),
    activation: index < depth - 1 || random() < 0.3 ? 'relu' : 'identity',
  }));
  return { layers, domain: { kind: 'all' } };
}

function randomDomain(inputs) {
  const kind = random();
  if (kind < 0.25) return { kind: 'ball', radius: 2 ** (below(5) - 2) * (0.5 + random()) };
  const lower = Float64Array.from({ length: inputs }, () => (random() - 0.5) * 4);
  const width = kind < 0.4 ? 0.01 : 3;
  const upper = lower.map((value) => (random() < 0.1 ? value : value + random() * width));
  if (kind > 0.7) {
    lower.fill(0);
    upper.fill(1);
  }
  return { kind: 'box', lower, upper };
}

function roundRandomly(network, domain, places) {
  const choice = random();
  if (choice < 0.6) return quantize(network, places);
  if (choice < 0.7) return truncateDecimal(network, below(3));
  const { metrics } = analyseReference(network, domain, true);
  return quantizeCompensated(network, places, metrics);
}

let certificates = 0;
let violations = 0;
let tightest = 0;
const started = Date.now();
for (let number = 0; number < networks; number++) {
  const network = randomNetwork();
  const domain = randomDomain(network.layers[0].inputs);
  const places = losslessPlaces(network).map((most) => below(Math.min(most, 12) + 1));
  const integerNetwork = roundRandomly(network, domain, places);
  const result = attack(network, integerNetwork, domain, { evaluations: 300, seed: number });
  const exact = createJudge(network, integerNetwork)(result.input);
  const options = [
    ...METHODS.map((method) => ({ methods: [method], boxes: 1, rounds: 6 })),
    { boxes: 15, rounds: 12 },
  ];
  for (const option of options) {
    const certificate = certify(network, integerNetwork, domain, option);
    certificates++;
    const wrong = exact.some((error, j) => exceeds(error, certificate.outputs[j]));
    if (wrong || !(Number(certificate.decimal) >= certificate.epsilon)) {
      violations++;
      console.log(
        'violated',
        number,
        option.methods ?? 'all',
        certificate.decimal,
        exact.map(errorMagnitude),
      );
    }
    if (certificate.epsilon > 0 && option.methods === undefined) {
      tightest = Math.max(tightest, result.measured / certificate.epsilon);
    }
  }
  if (number % 1000 === 999)
    console.error(`${number + 1} networks, ${(Date.now() - started) / 1000} s`);
}
console.log(
  `${networks} networks and domains, ${certificates} certificates, ${violations} violations; ` +
    `largest measured/certified ${tightest.toFixed(6)}; ${((Date.now() - started) / 1000).toFixed(1)} s`,
);
if (violations > 0) process.exitCode = 1;
