/** The systems of a comparison share one limit of steps; what is beyond it is planned, with the reason. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attack, attackWork } from '../../src/attack/attack.js';
import { StepLimitError } from '../../src/core/limits.js';
import { compareSystem, SYSTEMS, sharedPrecision } from '../../src/pipeline/compare.js';
import { shareSteps, stepsOfSystem } from '../../src/pipeline/compare-steps.js';
import { MIXED_BOX, smallNetwork } from '../baseline-tickets.js';

const network = smallNetwork(3);
const options = { epsilon: 0.2, domain: MIXED_BOX, delta: 0.01, seed: 1n };
const chosen = sharedPrecision(network, options);

describe('steps of a comparison', () => {
  it('are never more in all than there may be, and the cheapest systems come first', () => {
    const needs = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(needs, fc.integer({ min: 0, max: 3000 }), (needed, most) => {
        const allowed = shareSteps(needed, most);
        const built = needed.map((need, index) => need <= allowed[index]);
        const sum = allowed.reduce((total, each, index) => total + (built[index] ? each : 0), 0);
        expect(sum).toBeLessThanOrEqual(most * (1 + 1e-12));
        needed.forEach((need, index) => {
          if (!built[index]) return;
          needed.forEach((other, at) => {
            if (other < need) expect(built[at]).toBe(true);
          });
        });
        // Nothing is refused that all the others leave room for.
        const all = needed.reduce((total, each) => total + each, 0);
        if (all <= most) expect(built.every(Boolean)).toBe(true);
      }),
    );
  });

  it('are known of every system before it is built', () => {
    for (const system of SYSTEMS) {
      const steps = stepsOfSystem(system, network, chosen, options);
      // Malach is too large for other reasons here.
      if (system === 'malach') expect(steps).toBeGreaterThanOrEqual(0);
      else expect(steps).toBeGreaterThan(2 ** 18 + attackWork(network));
    }
  });

  it('count what the attack evaluates', () => {
    const { integerNetwork } = chosen;
    const { evaluations } = attack(network, integerNetwork, MIXED_BOX);
    const weights = network.layers.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0);
    expect(evaluations).toBeLessThanOrEqual(4000);
    expect(attackWork(network)).toBeGreaterThan(evaluations * 3 * weights);
  });

  it.each(['orseau', 'pensia', 'diffenderfer', 'diamond', 'horner', 'skip'] as const)(
    'too few for %s: it is only planned, and says so',
    (system) => {
      const needed = stepsOfSystem(system, network, chosen, options);
      const planned = compareSystem(system, network, chosen, { ...options, steps: needed - 1 });
      expect(planned).toMatchObject({ status: 'planned', built: null });
      expect(planned.reason).toMatch(
        /^about \S+ steps would be taken, and \S+ of the limit for all systems are left; .*"memory"/,
      );
      const built = compareSystem(system, network, chosen, { ...options, steps: 8 * needed });
      expect(built.status).toBe('proved');
    },
  );

  it('for certificates are limited as well', () => {
    const certificateSteps = { most: 1000, memory: 2 ** 31 };
    const planned = compareSystem('orseau', network, chosen, { ...options, certificateSteps });
    expect(planned).toMatchObject({ status: 'planned', built: null });
    expect(planned.reason).toMatch(/^certifying .* takes more than 1\.0e\+3 steps, the limit/);
    expect(() => sharedPrecision(network, { ...options, certificateSteps })).toThrow(
      StepLimitError,
    );
  });
});
