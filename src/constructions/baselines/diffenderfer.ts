/**
 * Diffenderfer, Kailkhura 2021, "Multi-prize lottery ticket hypothesis": all weights +-q, and a weight
 * made in unary, `round(|w| / q^2)` hidden neurons of the right signs. Here q is a power of two of each
 * block, with the scale of the block chosen so that a step is twice the tolerance.
 */
import { binomialShortfall } from '../failure-bounds.js';
import type { Baseline, BlockSetting } from './baseline.js';
import { scaleFor } from './plan-baseline.js';

/** A neuron serves a weight if `a` has the sign of the half and `u` that of the weight. */
const SUCCESS = 1 / 4;

/** To draw a weight that is only a sign. */
const SIGN_STEPS = 12;

/** `q^2` in the units of the source. */
function step({ distributions }: BlockSetting): number {
  const [first, second] = distributions;
  if (first.kind !== 'scaled-sign' || second.kind !== 'scaled-sign') {
    throw new RangeError('the source of this system has weights +-q');
  }
  return 2 ** (first.exponent + second.exponent);
}

/** Steps of the largest weight. */
function steps(setting: BlockSetting): number {
  return Math.round(setting.magnitude / step(setting));
}

/** Beyond this many steps the exact tail is a long sum, and Chernoff's bound is nearly as small. */
const MOST_SUMMED = 10_000;

/**
 * Upper bound of the probability that fewer than `wanted` of the neurons serve a weight; for large
 * numbers Chernoff's `exp(-n D(k/n || p))`, k = wanted - 1 successes at most.
 */
function shortfall(neurons: number, wanted: number): number {
  if (wanted <= MOST_SUMMED) return binomialShortfall(neurons, SUCCESS, wanted);
  const share = (wanted - 1) / neurons;
  if (share >= SUCCESS) return 1;
  const divergence =
    share * Math.log(share / SUCCESS) + (1 - share) * Math.log((1 - share) / (1 - SUCCESS));
  // The two terms nearly cancel: each is off by a few units of 2^-53, times the neurons.
  return Math.exp(-neurons * Math.max(0, divergence - 2 ** -50));
}

export const diffenderfer: Baseline = {
  name: 'diffenderfer',
  title: 'Diffenderfer & Kailkhura 2021',
  aim: 'integers',
  setting(facts) {
    // The step is 2^-places; an odd number of places is made even by the block's scale.
    const places = scaleFor(1 / (2 * facts.tolerance), 1);
    const exponent = -Math.ceil(places / 2);
    const scaleExponent = -places - 2 * exponent;
    const unit = 2 ** -scaleExponent;
    return {
      facts,
      scaleExponent,
      magnitude: facts.magnitude * unit,
      tolerance: 2 ** (-places - 1) * unit,
      distributions: [
        { kind: 'scaled-sign', exponent },
        { kind: 'scaled-sign', exponent },
      ],
    };
  },
  demandFailure: (setting, neurons) => shortfall(neurons, steps(setting)),
  work(setting, neurons, meanMagnitude) {
    const { halves, demands } = setting.facts;
    const kept = (demands * meanMagnitude) / step(setting);
    const scanned = Math.min(neurons, 5 * steps(setting));
    const draws = scanned * (halves + demands);
    return { draws, kept, memory: kept, neurons: scanned, steps: SIGN_STEPS * draws };
  },
  solve(task, setting) {
    const unit = step(setting);
    const kept: number[][] = [];
    // The signs of the hidden neurons, drawn once for all rows.
    const usable: number[] = [];
    let drawn = 0;
    let needed = 0;
    for (const [row, goal] of task.goals.entries()) {
      let missing = Math.round(Math.abs(goal) / unit);
      const neurons: number[] = [];
      for (let at = 0; missing > 0; at++) {
        while (at === usable.length && drawn < task.neurons) {
          if (task.first(drawn) > 0) usable.push(drawn);
          drawn++;
        }
        if (at === usable.length) return { solved: false, row };
        const k = usable[at];
        if (task.second(k, row) > 0 !== goal > 0) continue;
        neurons.push(k);
        missing--;
        needed = Math.max(needed, k + 1);
      }
      kept.push(neurons);
    }
    return { solved: true, kept, needed };
  },
};
