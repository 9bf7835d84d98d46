/**
 * How often a seed fails, against the bound that the plan states: lays out small Horner sources for
 * many seeds each. Needs the build (`node scripts/setup.mjs`). Usage: node bench/horner-failures.mjs
 * [seeds, default 10000] [quads]; with `quads` small shapes whose chains all grow in fours. Prints one
 * JSON object a line, and has exit code 1 if some bound lies below its band; docs/figures/horner-failures.svg shows those of plain chains (their numbers are in
 * scripts/figures/horner-failures.ts), docs/horner.md has the others.
 */
import { horner, layoutHorner } from '../dist/constructions/horner/horner.js';
import { planQuadsSteps } from '../dist/constructions/horner/quads/search.js';
import { complete } from '../dist/core/steps.js';
import { countFailures } from './failures/count.mjs';

const seeds = Number(process.argv[2] ?? 10_000);
const shapes = [
  { dimensions: [1, 1], bits: [4], sign: 'nonnegative', constant: false },
  { dimensions: [3, 2], bits: [6], sign: 'nonnegative', constant: false },
  { dimensions: [12, 8], bits: [8], sign: 'nonnegative', constant: false },
  { dimensions: [4, 6, 2], bits: [6, 5], sign: 'signed', constant: true },
];
const shapesOfFours = [
  { dimensions: [1, 1], bits: [4], sign: 'nonnegative', constant: false },
  { dimensions: [6, 5], bits: [6], sign: 'nonnegative', constant: false },
  { dimensions: [4, 6, 2], bits: [6, 5], sign: 'signed', constant: true },
];
const isOfFours = process.argv[3] === 'quads';
const planOf = isOfFours
  ? (networkClass, delta) => complete(planQuadsSteps(networkClass, delta))
  : horner.plan;
const deltas = [0.3, 0.1, 0.03, 0.01];

for (const { dimensions, bits, sign, constant } of isOfFours ? shapesOfFours : shapes) {
  const inputSigns = new Array(dimensions[0]).fill(sign);
  for (const delta of deltas) {
    const plan = planOf({ dimensions, constant, bits, inputSigns }, delta);
    const demandOf = ({ demand }) => demand.replace(/[0-9]+ /g, '').replace(/ of .*| for .*/, '');
    countFailures(plan, { delta, seeds, layout: layoutHorner, demandOf });
  }
}
