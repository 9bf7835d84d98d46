/**
 * How many seeds a source fails with, beside the bound that its plan states: shared by the benchmarks of
 * the constructions whose layouts do not look at the weights. Needs the build.
 */
import process from 'node:process';
import { createSource } from '../../dist/source/source.js';
import { binomialInterval } from '../../dist/study/binomial-interval.js';

/** Level of each number's own band (Clopper and Pearson): of a hundred exact bounds one may be outside. */
const LEVEL = 0.98;

/** `12-8, 8 bits, nonnegative`. */
function nameOf({ dimensions, bits, inputSigns }) {
  return `${dimensions.join('-')}, ${bits.join(' and ')} bits, ${inputSigns[0]}`;
}

/**
 * Lays out the plan's source for the seeds 0 to `seeds - 1` and prints one JSON object: the bound, the
 * failures by the demand that `demandOf` finds in what was not met, and the band of their share. `stands`
 * is false, and the exit code 1, if the whole band lies above the bound.
 */
export function countFailures(plan, { seeds, layout, demandOf, ...about }) {
  let failures = 0;
  const byDemand = {};
  for (let seed = 0; seed < seeds; seed++) {
    const result = layout(createSource(BigInt(seed), plan.shape), plan);
    if (result.found) continue;
    failures++;
    const demand = demandOf(result.unmet);
    byDemand[demand] = (byDemand[demand] ?? 0) + 1;
  }
  const { low, high } = binomialInterval(failures, seeds, LEVEL);
  const bound = plan.failureBound;
  const stands = low <= bound;
  if (!stands) process.exitCode = 1;
  const name = nameOf(plan.networkClass);
  const band = [low, high];
  console.log(JSON.stringify({ ...about, name, bound, seeds, failures, band, stands, byDemand }));
}
