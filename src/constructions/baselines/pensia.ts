/**
 * Pensia, Rajput, Nagle, Vishwakarma, Papailiopoulos 2020, "Optimal lottery tickets via subset sum":
 * weights uniform on [-1, 1], n hidden neurons for each input, shared by all outputs, and a weight as a
 * subset sum of the products `a_k u_k` of the neurons that answer to its sign of the input.
 *
 * The bound follows Lueker (1998) with the constants worked out for these products. Let v be the part of
 * [-h, h] within tolerance of a subset sum. A usable product has density ln(1/|x|)/2 on [-1, 1], which is
 * at least ln(1/2h)/2 for all differences in [-h, h], and half of the neurons are usable: so a new neuron
 * covers any fixed point with probability at least c v, c = h ln(1/2h)/2, and the expected growth of v is
 * at least c v (1 - v). As v at most doubles, E[1/v' - 1] <= (1 - c/2)(1/v - 1). After T neurons
 * P(v < v*) <= (1/v_0 - 1)/(1/v* - 1) (1 - c/2)^T by Markov, and the M next ones all miss the weight with
 * probability at most (1 - c v*)^M. h = 1/2e makes c largest: 1/4e.
 */
import { DRAW_STEPS } from '../work.js';
import type { Baseline, HalfTask } from './baseline.js';
import { scaled } from './plan-baseline.js';
import { MOST_VALUES, type SubsetSumSolver, subsetSumSolver } from './subset-sum.js';

const REACH = 1 / (2 * Math.E);
const GROWTH = 1 / (4 * Math.E);
const BITS = 24;
/** Values of v* that are tried, in 1/16. */
const SHARES = 16;

/** Upper bound of the probability that a fixed weight is missed, as above. */
export function subsetSumFailure(tolerance: number, neurons: number): number {
  const start = Math.min(1, tolerance / REACH);
  const odds = 1 / start - 1;
  let best = 1;
  for (let sixteenths = 1; sixteenths < SHARES; sixteenths++) {
    const share = sixteenths / SHARES;
    const wanted = odds / (1 / share - 1);
    const second = Math.log1p(-GROWTH * share);
    const first = Math.log1p(-GROWTH / 2);
    // Both terms equal is within a factor 2 of the best split.
    const growing = (second * neurons - Math.log(Math.max(wanted, 1e-300))) / (first + second);
    const steps = Math.round(Math.min(Math.max(growing, 0), neurons));
    const bound = wanted * Math.exp(first * steps) + Math.exp(second * (neurons - steps));
    best = Math.min(best, bound);
  }
  return best;
}

/** Usable products at which a few subsets are expected within tolerance: where the search starts. */
function firstCount(tolerance: number): number {
  return Math.max(1, Math.ceil(-Math.log2(tolerance)) + 2);
}

/** To merge one sum into a list. */
const MERGE_STEPS = 1.5;
/** The unluckiest of very many weights need so many values more. */
const LUCK = 6;

export const pensia: Baseline = {
  name: 'pensia',
  title: 'Pensia et al. 2020',
  aim: 'network',
  setting: (facts) => ({
    ...scaled(facts, REACH),
    distributions: [
      { kind: 'uniform', bits: BITS },
      { kind: 'uniform', bits: BITS },
    ],
  }),
  demandFailure: ({ tolerance }, neurons) => subsetSumFailure(tolerance, neurons),
  work(setting) {
    const { halves, demands } = setting.facts;
    const values = firstCount(setting.tolerance);
    const draws = 2 * values * (halves + demands);
    const memory = 3 * 2 ** Math.ceil((values + LUCK) / 2 + 1);
    return {
      draws,
      kept: (demands * values) / 2,
      memory,
      neurons: 3 * values,
      // Each weight merges lists of so many sums.
      steps: DRAW_STEPS * draws + MERGE_STEPS * memory * demands,
    };
  },
  solve(task) {
    const solver = subsetSumSolver();
    const { tolerance } = task;
    const usable: { k: number; a: number }[] = [];
    let drawn = 0;
    let reach = 0;
    const usableAt = (at: number): { k: number; a: number } | undefined => {
      while (at >= usable.length && drawn < task.neurons) {
        const a = task.first(drawn);
        if (a > 0) usable.push({ k: drawn, a });
        drawn++;
      }
      return usable[at];
    };
    const kept: number[][] = [];
    for (const [row, goal] of task.goals.entries()) {
      let subset: readonly number[] | null = Math.abs(goal) <= tolerance ? [] : null;
      const values: number[] = [];
      while (subset === null) {
        const next = usableAt(values.length);
        if (next === undefined || values.length === MOST_VALUES) return { solved: false, row };
        values.push(next.a * task.second(next.k, row));
        // Among neurons that other weights need anyway, the first few values hold no subset as a rule.
        const following = usableAt(values.length);
        const free = following !== undefined && following.k < Math.max(reach, task.alreadyNeeded);
        if (free && values.length < firstCount(tolerance)) continue;
        subset = solve(solver, values, goal, task);
      }
      const neurons = subset.map((index) => usable[index].k);
      reach = Math.max(reach, (neurons.at(-1) ?? -1) + 1);
      kept.push(neurons);
    }
    return { solved: true, kept, needed: reach };
  },
};

function solve(
  solver: SubsetSumSolver,
  values: readonly number[],
  goal: number,
  { tolerance }: HalfTask,
): number[] | null {
  const { subset, distance } = solver.closest(values, values.length, goal);
  // The lists add up in another order than the check does: keep clear of the last bits.
  return distance <= tolerance * (1 - 2 ** -20) ? subset : null;
}
