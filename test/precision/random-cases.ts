/** Random small networks, domains and roundings for attacks on the certificates. */
import { createRandom } from '../../src/attack/random.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import { losslessPlaces, quantize, truncateDecimal } from '../../src/integer/quantize.js';
import { quantizeCompensated } from '../../src/precision/compensated.js';
import { analyseReference } from '../../src/precision/reference-analysis.js';
import { denseLayer } from '../../src/target/make-layers.js';
import type { Domain, Layer, Network } from '../../src/target/network.js';

export interface RandomCase {
  readonly network: Network;
  readonly domain: Exclude<Domain, { kind: 'all' }>;
  readonly integerNetwork: IntegerNetwork;
}

/** An endless stream of cases; the same for the same seed. */
export function randomCases(seed: number): () => RandomCase {
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);

  function network(): Network {
    const depth = 1 + below(4);
    const widths = Array.from({ length: depth + 1 }, () => 1 + below(6));
    const places = below(8);
    // Mostly ordinary magnitudes, sometimes far from 1.
    const magnitude = random() < 0.1 ? 2 ** (below(81) - 40) : 1;
    const size = 2 ** (1 + below(5));
    const biased = random() < 0.8;
    const asFloat = random() < 0.3;
    const weight = (): number => {
      if (random() < 0.15) return 0;
      const value = (random() - 0.5) * size;
      const rounded = asFloat ? Math.fround(value) : Math.round(value * 2 ** places) / 2 ** places;
      return rounded * magnitude;
    };
    const last = random() < 0.3 ? 'relu' : 'identity';
    const layers = widths.slice(1).map((outputs, index): Layer => {
      const inputs = widths[index];
      return denseLayer({
        inputs,
        outputs,
        weights: Float64Array.from({ length: inputs * outputs }, weight),
        bias: Float64Array.from({ length: outputs }, () => (biased ? weight() : 0)),
        activation: index < depth - 1 ? 'relu' : last,
      });
    });
    return { layers, domain: { kind: 'all' } };
  }

  function domainFor(inputs: number): RandomCase['domain'] {
    const kind = random();
    if (kind < 0.25) return { kind: 'ball', radius: 2 ** (below(5) - 2) * (0.5 + random()) };
    if (kind > 0.7) {
      return {
        kind: 'box',
        lower: new Float64Array(inputs),
        upper: new Float64Array(inputs).fill(1),
      };
    }
    const width = kind < 0.4 ? 0.01 : 3;
    const lower = Float64Array.from({ length: inputs }, () => (random() - 0.5) * 4);
    const upper = lower.map((value) => (random() < 0.1 ? value : value + random() * width));
    return { kind: 'box', lower, upper };
  }

  return () => {
    const target = network();
    const domain = domainFor(target.layers[0].inputs);
    const places = losslessPlaces(target).map((most) => below(Math.min(most, 12) + 1));
    const choice = random();
    if (choice < 0.7) {
      return { network: target, domain, integerNetwork: quantize(target, places) };
    }
    if (choice < 0.8) {
      return { network: target, domain, integerNetwork: truncateDecimal(target, below(3)) };
    }
    const { metrics } = analyseReference(target, domain, true);
    return {
      network: target,
      domain,
      integerNetwork: quantizeCompensated(target, places, metrics),
    };
  };
}
