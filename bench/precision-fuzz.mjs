/**
 * Attacks the certificates of random small networks on random domains, exact rationals judging, and
 * prints how many were tried and violated: `node bench/precision-fuzz.mjs [networks] [seed]` after a
 * build. Every bound is tested by itself, so that a tight one does not hide a wrong one. Of every other network
 * the integers are in other units of its neurons, and the judge takes the network as it was.
 */
import { attack } from '../dist/attack/attack.js';
import { createJudge, errorMagnitude, exceeds } from '../dist/attack/judge.js';
import { createRandom } from '../dist/attack/random.js';
import { rescaledNetwork } from '../dist/integer/neuron-scales.js';
import { quantize } from '../dist/integer/quantize.js';
import { certify } from '../dist/precision/certificate.js';
import { decimalFraction, exceeds as isAbove } from './inference/exact-reference.mjs';
import { ODDITIES, oddCase } from './precision/odd-cases.mjs';
import { attackStrongly } from './precision/strong-attack.mjs';

const METHODS = ['interval', 'norm', 'relaxation', 'ellipsoid'];
const networks = Number(process.argv[2] ?? 10000);
const seed = Number(process.argv[3] ?? 1);
const random = createRandom(seed);

const OPTIONS = [
  ...METHODS.map((method) => ({ methods: [method], boxes: 1, rounds: 6 })),
  { methods: ['ellipsoid'], ownSteps: true, boxes: 1, rounds: 12 },
  { methods: ['ellipsoid'], rows: true, boxes: 15, rounds: 6 },
  { methods: ['ellipsoid'], rows: true, apart: true, boxes: 15, rounds: 6 },
  { boxes: 15, rounds: 12 },
];

/** The network with its neurons in random units, and its integers there; undefined where those leave float64. */
function inOtherUnits(network, { scale, fractionalPlaces }) {
  if (scale.base !== 2) return undefined;
  const scales = network.layers
    .slice(0, -1)
    .map(({ outputs }) => Array.from({ length: outputs }, () => Math.floor(random() * 13) - 6));
  try {
    const rescaled = rescaledNetwork(network, scales);
    return { rescaled, integers: quantize(rescaled, fractionalPlaces) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
const rows = new Map(
  ODDITIES.map((odd) => [
    odd,
    { networks: 0, certificates: 0, none: 0, nearest: OPTIONS.map(() => 0) },
  ]),
);
let violations = 0;
const started = Date.now();

/** Measured over certified, both possibly beyond what a quotient of float64s tells. */
function share(measured, certified) {
  if (certified === 0 || !Number.isFinite(certified)) return 0;
  return measured / certified;
}

for (let number = 0; number < networks; number++) {
  const odd = ODDITIES[number % ODDITIES.length];
  const row = rows.get(odd);
  const { network, domain, integerNetwork: own } = oddCase(random, odd);
  const other = number % 2 === 0 ? undefined : inOtherUnits(network, own);
  const integerNetwork = other?.integers ?? own;
  const model = other?.rescaled ?? network;
  const certificates = OPTIONS.map((option) => certify(model, integerNetwork, domain, option));
  row.networks++;
  row.certificates += certificates.length;
  const judged = (errors) => {
    certificates.forEach((certificate, at) => {
      errors.forEach((error, output) => {
        const bound = certificate.outputs[output];
        const size = error.numerator < 0n ? -error.numerator : error.numerator;
        const decimal = certificate.outputDecimals[output];
        const beyond =
          exceeds(error, bound) ||
          (Number.isFinite(bound) && isAbove([size, error.denominator], decimalFraction(decimal)));
        if (beyond || !(certificate.epsilon >= bound)) {
          violations++;
          console.log(
            `violated: network ${number} (${odd}), ${OPTIONS[at].methods ?? 'all'}, output ${output}: ` +
              `${errorMagnitude(error)} above ${bound} (${decimal})`,
          );
        }
        row.nearest[at] = Math.max(row.nearest[at], share(errorMagnitude(error), bound));
      });
    });
  };
  const found = attack(model, integerNetwork, domain, { evaluations: 200, seed: number });
  judged(createJudge(network, integerNetwork)(found.input));
  attackStrongly({ network: model, integerNetwork, domain }, random, judged);
  row.none += certificates.filter(({ epsilon }) => epsilon === Number.POSITIVE_INFINITY).length;
  if (number % 1000 === 999) {
    console.error(`${number + 1} networks, ${(Date.now() - started) / 1000} s`);
  }
}
console.log(
  '| networks | tried | certificates | none given | measured / certified at most, by interval, norm, relaxation, ellipsoid, the same in steps of their own, boxes with rows, the same with multipliers kept apart, all |',
);
console.log('|---|---|---|---|---|');
for (const [odd, { networks: count, certificates, none, nearest }] of rows) {
  const shares = nearest.map((value) => value.toFixed(6)).join(', ');
  console.log(`| ${odd} | ${count} | ${certificates} | ${none} | ${shares} |`);
}
const total = [...rows.values()].reduce((sum, { certificates }) => sum + certificates, 0);
const nearest = Math.max(...[...rows.values()].flatMap((row) => row.nearest));
console.log(
  `${networks} networks and domains, ${total} certificates, ${violations} violations; ` +
    `largest measured/certified ${nearest.toFixed(6)}; ${((Date.now() - started) / 1000).toFixed(1)} s`,
);
if (violations > 0) process.exitCode = 1;
