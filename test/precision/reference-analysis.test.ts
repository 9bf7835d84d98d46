/** The rough analysis of large networks: each layer's effect is what rounding it alone does. */

import { describe, expect, it } from 'vitest';
import { complete } from '../../src/core/steps.js';
import { losslessPlaces, quantize } from '../../src/integer/quantize.js';
import { differenceLayers } from '../../src/precision/bounds/difference-layers.js';
import { intervalChain } from '../../src/precision/bounds/interval-chain.js';
import { centred, networkRegion } from '../../src/precision/bounds/region.js';
import { analyseReferenceSteps } from '../../src/precision/reference-analysis.js';
import type { Domain } from '../../src/target/network.js';
import { randomNetwork } from '../networks.js';

describe('the analysis without ellipsoids', () => {
  it('rounds one layer at a time, and says which', () => {
    for (let seed = 0; seed < 12; seed++) {
      const options = { seed, bits: 8, places: 4 + 4 * (seed % 8), biases: seed % 3 > 0 };
      const network = randomNetwork({ dimensions: [3, 6, 5, 2], ...options });
      const domain: Domain = {
        kind: 'box',
        lower: new Float64Array(3).fill(-1),
        upper: new Float64Array(3).fill(1),
      };
      const region = networkRegion(network, domain);
      const told: string[] = [];
      const { effects, metrics } = complete(analyseReferenceSteps(network, region, false), {
        onProgress: ({ done, total }) => told.push(`${done}/${total}`),
      });
      const lossless = losslessPlaces(network);
      const expected = lossless.map((most, layer) => {
        const places = lossless.map((own, index) =>
          index === layer ? Math.min(20, Math.max(0, most - 1)) : own,
        );
        const layers = differenceLayers(network, quantize(network, places));
        return Math.max(...intervalChain(layers, centred(region, 3)).bounds) * 2 ** places[layer];
      });
      expect(effects).toEqual(expected);
      expect(metrics).toEqual([undefined, undefined, undefined]);
      expect([...new Set(told)]).toEqual(['0/3', '3/3']);
    }
  });
});
