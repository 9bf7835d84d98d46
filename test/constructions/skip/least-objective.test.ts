/** What lets the planner leave schemes out: bounds that no block of a scheme costs less than. */
import { describe, expect, it } from 'vitest';
import { skipDemands } from '../../../src/constructions/skip/demand.js';
import { GROWTHS, type GrowthName, isPossible } from '../../../src/constructions/skip/growths.js';
import { chooseStructure } from '../../../src/constructions/skip/search.js';
import { GrownSizer, leastObjective } from '../../../src/constructions/skip/sizes.js';
import { UsageError } from '../../../src/core/errors.js';
import { complete } from '../../../src/core/steps.js';
import type { InputSign } from '../../../src/target/network.js';
import { randomStream } from '../../networks.js';

describe('the least that a scheme costs', () => {
  it.each(Object.keys(GROWTHS) as GrowthName[])(
    'of %s is below what its best block does',
    (name) => {
      const random = randomStream(7 + name.length);
      const whole = (least: number, most: number): number =>
        Math.floor(least + random() * (most - least + 1));
      let compared = 0;
      let closest = 0;
      for (let trial = 0; trial < 60; trial++) {
        const inputs = whole(1, 90);
        const sign: InputSign = whole(0, 1) === 0 ? 'nonnegative' : 'signed';
        const demands = skipDemands({
          dimensions: [inputs, whole(1, 90), 3],
          constant: whole(0, 1) === 0,
          bits: [whole(1, 45), 4],
          inputSigns: new Array<InputSign>(inputs).fill(sign),
        });
        const demand = demands[whole(0, 1)];
        if (!isPossible(GROWTHS[name], demand)) continue;
        const around = {
          inputWidth: demand.columns + whole(0, 40),
          nextReaders: demand.last ? 0 : whole(0, 3000),
          price: Math.exp(whole(3, 30)),
        };
        let objective: number;
        try {
          objective = complete(chooseStructure(demand, around, [name])).objective;
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          continue;
        }
        const unsized = leastObjective(name, demand, around);
        const sized = new GrownSizer(name, demand, around).leastObjective();
        expect(unsized).toBeLessThanOrEqual(sized);
        expect(sized).toBeLessThanOrEqual(objective);
        closest = Math.max(closest, sized / objective);
        compared++;
      }
      expect(compared).toBeGreaterThan(10);
      expect(closest).toBeGreaterThan(0.6);
    },
  );
});
