/**
 * Orseau, Hutter, Rivasplata 2020, "Logarithmic pruning is all you need": weights with density 1/|w|, and
 * a weight made of golden-ratio digits. With g = (sqrt 5 - 1)/2 and one product in each interval
 * (g^(m+1), g^m], m = 0 .. K-1, the greedy sum leaves a rest of at most g^(K-1): if r <= g^(m-1) before
 * step m, then r - z < g^(m-1) - g^(m+1) = g^m after taking z, and r < z <= g^m after leaving it.
 * The products come from a batch of n hidden neurons, shared by all outputs.
 */
import { DRAW_STEPS } from '../work.js';
import type { Baseline, BlockSetting, HalfTask } from './baseline.js';
import { scaled } from './plan-baseline.js';

const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** Mantissa bits of a weight: products and their greedy sums then fit a float64 for most tolerances. */
const BITS = 12;

/** Digits for a rest of at most the tolerance; one more than the real logarithm asks where it is close. */
export function goldenDigits(tolerance: number): number {
  let digits = 1;
  while (GOLDEN ** (digits - 1) > tolerance) digits++;
  return digits;
}

/** Probability that the sum of two uniform numbers on [least, most] is at most `bound`. */
function sumBelow(bound: number, least: number, most: number): number {
  const range = most - least;
  const at = Math.min(Math.max((bound - 2 * least) / range, 0), 2);
  return at <= 1 ? (at * at) / 2 : 1 - ((2 - at) * (2 - at)) / 2;
}

/** Covers what mantissas of `BITS` bits move across the ends of an interval: two half steps. */
const BLURRED = 2 ** (1 - BITS);

/** Lower bound of the probability that |a u| falls into interval m, both signs being right. */
function digitProbability(m: number, least: number, most: number): number {
  // log2 |w| is uniform; rounding the mantissa down moves a product down by less than BLURRED.
  const high = Math.log2(GOLDEN ** m);
  const low = Math.log2(GOLDEN ** (m + 1)) + Math.log2(1 + 2 * BLURRED);
  return Math.max(0, sumBelow(high, least, most) - sumBelow(low, least, most)) / 4;
}

function range({ distributions }: BlockSetting): { least: number; most: number } {
  const [first] = distributions;
  if (first.kind !== 'hyperbolic') throw new RangeError('the source of this system is hyperbolic');
  return first;
}

/** The range of exponents at which the rarest digit is likeliest. */
function bestRange(digits: number): { least: number; most: number } {
  const span = Math.ceil(digits * -Math.log2(GOLDEN));
  let best = { least: -span, most: 1, rarest: -1 };
  for (let most = 0; most <= span; most++) {
    for (let least = -span; least < most; least++) {
      const rarest = Math.min(
        digitProbability(0, least, most),
        digitProbability(digits - 1, least, most),
      );
      if (rarest > best.rarest) best = { least, most, rarest };
    }
  }
  return best;
}

interface Digit {
  readonly neuron: number;
  readonly value: number;
}

/**
 * The greedy sub-sum: indices of the values taken, largest interval first. `values[m]` lies in
 * (g^(m+1), g^m], or is undefined for intervals that are too large for the goal.
 */
export function greedyDigits(goal: number, values: readonly (number | undefined)[]): number[] {
  const taken: number[] = [];
  let rest = goal;
  values.forEach((value, index) => {
    if (value === undefined || rest < value) return;
    rest -= value;
    taken.push(index);
  });
  return taken;
}

export const orseau: Baseline = {
  name: 'orseau',
  title: 'Orseau et al. 2020',
  aim: 'network',
  setting(facts) {
    const setting = scaled(facts, 1);
    const { least, most } = bestRange(goldenDigits(setting.tolerance));
    const distribution = { kind: 'hyperbolic', least, most, bits: BITS } as const;
    return { ...setting, distributions: [distribution, distribution] };
  },
  demandFailure(setting, neurons) {
    const { least, most } = range(setting);
    let sum = 0;
    for (let m = 0; m < goldenDigits(setting.tolerance); m++) {
      sum += Math.exp(neurons * Math.log1p(-digitProbability(m, least, most)));
    }
    return Math.min(1, sum);
  },
  work(setting, neurons) {
    const { halves, demands } = setting.facts;
    const digits = goldenDigits(setting.tolerance);
    const draws = neurons * (halves + demands / 4);
    return {
      draws,
      kept: (demands * digits) / 3,
      memory: (demands * digits) / 3,
      neurons: neurons / 2,
      steps: DRAW_STEPS * draws,
    };
  },
  solve(task, setting) {
    const digits = goldenDigits(setting.tolerance);
    const bounds = Float64Array.from({ length: digits + 1 }, (_, m) => GOLDEN ** m);
    const usable: { k: number; a: number }[] = [];
    let drawn = 0;
    let needed = 0;
    const kept: number[][] = [];
    const neuron = (at: number): { k: number; a: number } | undefined => {
      while (at >= usable.length && drawn < task.neurons) {
        const a = task.first(drawn);
        if (a > 0) usable.push({ k: drawn, a });
        drawn++;
      }
      return usable[at];
    };
    for (const [row, goal] of task.goals.entries()) {
      const digitsOfRow = batch(task, row, goal, bounds, neuron);
      if (digitsOfRow === null) return { solved: false, row };
      const taken = greedyDigits(
        Math.abs(goal),
        digitsOfRow.map((digit) => digit?.value),
      );
      const neurons = taken.map((m) => digitsOfRow[m]?.neuron ?? 0).sort((x, y) => x - y);
      needed = Math.max(needed, ...digitsOfRow.map((digit) => (digit?.neuron ?? -1) + 1));
      kept.push(neurons);
    }
    return { solved: true, kept, needed };
  },
};

/** The first product in each interval that the goal can need; null if one stays empty. */
function batch(
  task: HalfTask,
  row: number,
  goal: number,
  bounds: Float64Array,
  neuron: (at: number) => { k: number; a: number } | undefined,
): (Digit | undefined)[] | null {
  const digits = bounds.length - 1;
  const found: (Digit | undefined)[] = new Array<Digit | undefined>(digits).fill(undefined);
  const size = Math.abs(goal);
  if (size <= task.tolerance) return found;
  // Products above the goal are never taken.
  let from = 0;
  while (from < digits && bounds[from + 1] >= size) from++;
  let open = digits - from;
  for (let at = 0; open > 0; at++) {
    const candidate = neuron(at);
    if (candidate === undefined) return null;
    const { k, a } = candidate;
    const product = a * task.second(k, row);
    if (product > 0 !== goal > 0) continue;
    const value = Math.abs(product);
    if (value > bounds[from] || value <= bounds[digits]) continue;
    let m = from;
    while (value <= bounds[m + 1]) m++;
    if (found[m] !== undefined) continue;
    found[m] = { neuron: k, value };
    open--;
  }
  return found;
}
