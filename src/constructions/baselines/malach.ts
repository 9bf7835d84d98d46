/**
 * Malach, Yehudai, Shalev-Shwartz, Shamir 2020, "Proving the lottery ticket hypothesis: pruning is all
 * you need": weights uniform on [-1, 1], and for each weight one hidden neuron for each sign of its input
 * with `a` near |w| and `u` near +-1, each within half the tolerance t of w: `|a u - w| <= t/2 + |w| t/2`.
 * A neuron does with probability t^2/8, so the search goes through about 8 / t^2 of them.
 */
import { DRAW_STEPS } from '../work.js';
import type { Baseline, BlockSetting, HalfTask } from './baseline.js';
import { scaled } from './plan-baseline.js';

/** Leaves room for |w| + t/2 <= 1, as long as t <= 1/4. */
const REACH = 7 / 8;
const BITS = 24;

/** Probability that a neuron makes a given weight: `a` in an interval of length t, `u` in one of t/2. */
function success({ tolerance }: BlockSetting): number {
  const near = Math.min(tolerance, 1 / 4) / 2;
  return near * (near / 2);
}

/** A row that still looks for its neuron. */
interface Wanted {
  readonly row: number;
  readonly size: number;
  readonly sign: number;
  done: boolean;
}

export const malach: Baseline = {
  name: 'malach',
  title: 'Malach et al. 2020',
  aim: 'network',
  setting: (facts) => ({
    ...scaled(facts, REACH),
    distributions: [
      { kind: 'uniform', bits: BITS },
      { kind: 'uniform', bits: BITS },
    ],
  }),
  demandFailure: (setting, neurons) => Math.exp(neurons * Math.log1p(-success(setting))),
  work(setting, neurons) {
    const { halves, inputs, demands } = setting.facts;
    // An input is through when its last row is.
    const expected = Math.log(demands / halves + 1) + 1;
    const scanned = Math.min(neurons, expected / success(setting));
    const draws = scanned * Math.max(halves, inputs);
    return {
      draws,
      kept: demands,
      memory: demands,
      neurons: scanned,
      steps: DRAW_STEPS * draws,
    };
  },
  solve(task: HalfTask) {
    const { goals, tolerance } = task;
    const near = Math.min(tolerance, 1 / 4) / 2;
    const wanted: Wanted[] = [];
    goals.forEach((goal, row) => {
      const size = Math.abs(goal);
      if (size > tolerance) wanted.push({ row, size, sign: Math.sign(goal), done: false });
    });
    wanted.sort((a, b) => a.size - b.size);
    const sizes = Float64Array.from(wanted, ({ size }) => size);
    const kept: number[][] = Array.from(goals, () => []);
    let open = wanted.length;
    let needed = 0;
    for (let k = 0; open > 0; k++) {
      if (k >= task.neurons) {
        const missing = wanted.find(({ done }) => !done);
        return { solved: false, row: missing?.row ?? 0 };
      }
      const a = task.first(k);
      if (a === 0) continue;
      for (let at = lowerBound(sizes, a - near); at < sizes.length && sizes[at] <= a + near; at++) {
        const candidate = wanted[at];
        if (candidate.done) continue;
        const u = task.second(k, candidate.row);
        if (Math.abs(u - candidate.sign) > near) continue;
        candidate.done = true;
        kept[candidate.row].push(k);
        open--;
        needed = k + 1;
      }
    }
    return { solved: true, kept, needed };
  },
};

/** First index with `values[index] >= bound`, in an ascending list. */
function lowerBound(values: Float64Array, bound: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
