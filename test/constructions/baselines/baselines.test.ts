/** Each system of Table 1: its statement, its least width, its failure bound against Monte Carlo. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  Baseline,
  BaselinePlan,
  BlockSetting,
  HalfTask,
} from '../../../src/constructions/baselines/baseline.js';
import { findBaseline } from '../../../src/constructions/baselines/find-masks.js';
import { BASELINE_NAMES, baselineNamed } from '../../../src/constructions/baselines/index.js';
import { goldenDigits, greedyDigits } from '../../../src/constructions/baselines/orseau.js';
import { baselineClass, planBaseline } from '../../../src/constructions/baselines/plan-baseline.js';
import { toSparse } from '../../../src/source/mask.js';
import { layerWeights } from '../../../src/source/weights.js';
import type { InputSign, Network } from '../../../src/target/network.js';
import { partsOf, randomNetwork } from '../../networks.js';

const GOLDEN = (Math.sqrt(5) - 1) / 2;

function planFor(
  system: Baseline,
  network: Network,
  inputSigns: readonly InputSign[],
  tolerance: number,
  // Small: a seed that fails is no failure of the code, but one of the test.
  delta = 1e-9,
): BaselinePlan {
  const layers = network.layers.map(partsOf);
  const constant = layers.some(({ bias }) => bias.some((value) => value !== 0));
  const magnitudes = layers.map(({ weights, bias }, index) =>
    Math.max(
      ...weights.map(Math.abs),
      ...bias.map(Math.abs),
      constant && index < layers.length - 1 ? 1 : 0,
      2 ** -10,
    ),
  );
  return planBaseline(
    system,
    baselineClass({
      dimensions: [layers[0].inputs, ...layers.map(({ outputs }) => outputs)],
      inputSigns,
      constant,
      magnitudes,
      tolerances: layers.map(() => tolerance),
    }),
    delta,
  );
}

/** Sum of |a| u over the kept paths from one half of an input to one row, from the masks alone. */
function madeWeight(
  plan: BaselinePlan,
  masks: readonly ReturnType<typeof toSparse>[],
  block: number,
  half: { input: number; negative: boolean },
  row: number,
): number {
  const [first, second] = [masks[2 * block], masks[2 * block + 1]];
  const { distributions, scaleExponent } = plan.blocks[block];
  const hidden = layerWeights(1n, 2 * block + 1, distributions[0]);
  const outer = layerWeights(1n, 2 * block + 2, distributions[1]);
  const column = first.columns.indexOf(half.input);
  if (column < 0) return 0;
  let sum = 0;
  for (const neuron of first.rows.subarray(first.offsets[column], first.offsets[column + 1])) {
    const a = hidden.weight(half.input, neuron);
    if (a < 0 !== half.negative) continue;
    const at = second.columns.indexOf(neuron);
    const rows = second.rows.subarray(second.offsets[at], second.offsets[at + 1]);
    if (rows.includes(row)) sum += Math.abs(a) * outer.weight(neuron, row);
  }
  return sum * 2 ** scaleExponent * (half.negative ? -1 : 1);
}

const SIGNS: readonly InputSign[] = ['signed', 'nonnegative', 'nonpositive'];

describe.each(BASELINE_NAMES)('%s', (name) => {
  const system = baselineNamed(name);
  // Malach's search is the one that grows with the square of 1/tolerance.
  const tolerance = name === 'malach' ? 0.15 : 0.02;

  it('makes every weight within its tolerance, for every sign of the inputs', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.boolean(), (seed, biases) => {
        const network = randomNetwork({ dimensions: [3, 2, 2], seed, bits: 3, places: 3, biases });
        const plan = planFor(system, network, SIGNS, tolerance);
        const finding = findBaseline(system, network, 1n, plan);
        if (!finding.found) throw new Error(JSON.stringify(finding.unmet));
        const masks = finding.masks.map(toSparse);
        network.layers.map(partsOf).forEach(({ inputs, outputs, weights, bias }, block) => {
          for (let row = 0; row < outputs; row++) {
            for (let input = 0; input < inputs; input++) {
              for (const negative of [false, true]) {
                const has =
                  block > 0
                    ? !negative
                    : SIGNS[input] !== (negative ? 'nonnegative' : 'nonpositive');
                if (!has) continue;
                const made = madeWeight(plan, masks, block, { input, negative }, row);
                expect(Math.abs(made - weights[row * inputs + input])).toBeLessThanOrEqual(
                  tolerance,
                );
              }
            }
            if (!plan.constant) continue;
            const made = madeWeight(plan, masks, block, { input: inputs, negative: false }, row);
            expect(Math.abs(made - bias[row])).toBeLessThanOrEqual(tolerance);
          }
        });
      }),
      { numRuns: 6 },
    );
  });

  it('succeeds at the least width it names, not below it, and at the planned one alike', () => {
    const network = randomNetwork({ dimensions: [3, 3, 2], seed: 5, bits: 3, places: 3 });
    const plan = planFor(system, network, SIGNS, tolerance);
    const finding = findBaseline(system, network, 1n, plan);
    if (!finding.found) throw new Error(JSON.stringify(finding.unmet));
    const again = findBaseline(system, network, 1n, plan, { neurons: finding.needed });
    // Layouts are functions: told apart by what they place.
    expect({ ...again, layout: finding.layout }).toEqual(finding);
    if (!again.found) throw new Error('found before');
    finding.widths.forEach((_, t) => {
      expect(again.layout.layer(t)).toEqual(finding.layout.layer(t));
    });
    finding.needed.forEach((needed, block) => {
      const fewer = finding.needed.map((count, index) => (index === block ? needed - 1 : count));
      expect(findBaseline(system, network, 1n, plan, { neurons: fewer }).found).toBe(false);
    });
    const planned = findBaseline(system, network, 1n, plan, { width: 'given' });
    if (!planned.found) throw new Error('the planned width lacks it');
    expect(planned.widths[1]).toBe(plan.blocks[0].neurons * plan.blocks[0].facts.inputs);
    expect(toSparse(planned.masks[1]).rows).toEqual(toSparse(finding.masks[1]).rows);
  });

  it('fails no more often than its bound says', () => {
    const facts = { inputs: 1, halves: 1, rows: 1, demands: 1, magnitude: 0.9, tolerance };
    const setting: BlockSetting = system.setting(facts);
    const goal = 0.9 * 2 ** -setting.scaleExponent;
    const widths = [2, 5, 10].map((level) => {
      let neurons = 1;
      while (system.demandFailure(setting, neurons) > level / 20)
        neurons = Math.ceil(1.1 * neurons);
      return neurons;
    });
    const trials = 300;
    for (const neurons of widths) {
      let failed = 0;
      for (let seed = 0n; seed < trials; seed++) {
        const hidden = layerWeights(seed, 1, setting.distributions[0]);
        const outer = layerWeights(seed, 2, setting.distributions[1]);
        const task: HalfTask = {
          goals: Float64Array.of(goal),
          tolerance: setting.tolerance,
          neurons,
          alreadyNeeded: 1,
          first: (k) => Math.max(0, hidden.weight(0, k)),
          second: (k, row) => outer.weight(k, row),
        };
        if (!system.solve(task, setting).solved) failed++;
      }
      const bound = Math.min(1, system.demandFailure(setting, neurons));
      const band = 3.3 * Math.sqrt((bound * (1 - bound)) / trials) + 1e-9;
      expect(failed / trials).toBeLessThanOrEqual(bound + band);
    }
  });

  it('plans within delta, and more neurons for less tolerance', () => {
    const network = randomNetwork({ dimensions: [3, 3, 2], seed: 5, bits: 3, places: 3 });
    const coarse = planFor(system, network, SIGNS, tolerance);
    const fine = planFor(system, network, SIGNS, tolerance / 4);
    expect(coarse.failureBound).toBeLessThanOrEqual(1e-6);
    coarse.blocks.forEach(({ neurons }, index) => {
      expect(fine.blocks[index].neurons).toBeGreaterThan(neurons);
    });
  });
});

describe('golden-ratio digits (Orseau et al.)', () => {
  it('leave a rest of at most g^(K-1), whatever the product in each interval', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.double({ min: 1e-9, max: 1, noNaN: true }), { minLength: 40, maxLength: 40 }),
        fc.double({ min: 0, max: 1.6, noNaN: true }),
        (digits, shares, goal) => {
          const values = Array.from({ length: digits }, (_, m) => {
            const [low, high] = [GOLDEN ** (m + 1), GOLDEN ** m];
            return low + (high - low) * shares[m];
          });
          const rest = greedyDigits(goal, values).reduce((left, m) => left - values[m], goal);
          expect(rest).toBeGreaterThanOrEqual(-1e-12);
          expect(rest).toBeLessThanOrEqual(GOLDEN ** (digits - 1) * (1 + 1e-9) + 1e-12);
        },
      ),
    );
  });

  it('are as many as the tolerance needs', () => {
    for (const tolerance of [0.5, 0.1, 1e-3, 1e-6]) {
      const digits = goldenDigits(tolerance);
      expect(GOLDEN ** (digits - 1)).toBeLessThanOrEqual(tolerance);
      expect(GOLDEN ** (digits - 2)).toBeGreaterThan(tolerance);
    }
  });
});

describe('plans', () => {
  it('end for tolerances at which no source could exist', () => {
    for (const tolerance of [1e-6, 1e-8, 1e-9, 1e-12]) {
      const facts = { inputs: 2, halves: 2, rows: 2, demands: 4, magnitude: 1, tolerance };
      const plan = planBaseline(
        baselineNamed('malach'),
        { blocks: [facts], inputSigns: ['signed'], constant: true },
        1e-6,
      );
      expect(plan.failureBound).toBeLessThanOrEqual(1e-6);
      expect(plan.blocks[0].neurons).toBeGreaterThan(8 / (tolerance * tolerance));
    }
  });
});

describe('unary steps (Diffenderfer & Kailkhura)', () => {
  it('are bounded by Chernoff above the exact tail, and plans of 10^8 steps come at once', () => {
    const facts = { inputs: 2, halves: 2, rows: 2, demands: 4, magnitude: 1 };
    const { setting, demandFailure } = baselineNamed('diffenderfer');
    // 8192 steps are summed, 16384 are bounded: the bound may only be larger for its size.
    const summed = setting({ ...facts, tolerance: 2 ** -14 });
    const bounded = setting({ ...facts, tolerance: 2 ** -15 });
    for (const factor of [4.05, 4.1, 4.2]) {
      const [small, large] = [8192 * factor, 16384 * factor].map(Math.round);
      // The tail falls as the square of itself when everything doubles, up to a factor of its root.
      expect(demandFailure(bounded, large)).toBeGreaterThan(demandFailure(summed, small) ** 2);
      expect(demandFailure(bounded, large)).toBeLessThan(
        30 * 16384 ** 0.5 * demandFailure(summed, small) ** 2 + 1e-300,
      );
    }
    const plan = planBaseline(
      baselineNamed('diffenderfer'),
      { blocks: [{ ...facts, tolerance: 2 ** -28 }], inputSigns: ['signed'], constant: true },
      1e-6,
    );
    expect(plan.blocks[0].neurons).toBeGreaterThan(4 * 2 ** 27);
    expect(plan.blocks[0].neurons).toBeLessThan(4.01 * 2 ** 27);
  });
});
