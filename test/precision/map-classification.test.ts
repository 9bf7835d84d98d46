/** Classes of feature maps: what is proved unchanged is, by exact arithmetic on the model and on the integers. */
import { describe, expect, it } from 'vitest';
import { compareDyadic, type Dyadic, dyadic } from '../../src/core/dyadic.js';
import { InputError, UsageError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import { losslessMapPlaces } from '../../src/integer/map-places.js';
import { withSumPooling } from '../../src/integer/sum-pooling.js';
import { mapDifferences } from '../../src/precision/bounds/map-difference.js';
import type { BoxVerdict, SampleVerdict } from '../../src/precision/classification.js';
import { certifyMapsSteps } from '../../src/precision/map-certificate.js';
import { mapClassificationSteps } from '../../src/precision/map-classification.js';
import { evaluateExactly } from '../../src/target/evaluate.js';
import { type Domain, inputsOf, type Network } from '../../src/target/network.js';
import { integerOutputs, loweredAt } from '../map-integers.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomStream } from '../networks.js';

/** The class of exact outputs: the largest, or of one output its sign; null where two are the same. */
function classOf(outputs: readonly Dyadic[]): number | null {
  if (outputs.length === 1) {
    const sign = compareDyadic(outputs[0], dyadic(0n));
    return sign === 0 ? null : sign > 0 ? 1 : 0;
  }
  const best = outputs.reduce(
    (most, value, j) => (compareDyadic(value, outputs[most]) > 0 ? j : most),
    0,
  );
  const ties = outputs.filter((value) => compareDyadic(value, outputs[best]) === 0);
  return ties.length > 1 ? null : best;
}

/** Seeds whose networks have integers at these places. */
function cases(count: number): { readonly seed: number; readonly own: Case }[] {
  const found: { seed: number; own: Case }[] = [];
  for (let seed = 0; found.length < count; seed++) {
    const own = caseOf(seed);
    try {
      loweredAt(own.network, own.places);
      found.push({ seed, own });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
  return found;
}

interface Case {
  readonly network: Network;
  readonly domain: Extract<Domain, { kind: 'box' }>;
  readonly places: readonly number[];
}

/** A network rounded so that some classes change. */
function caseOf(seed: number): Case {
  const network = randomMapNetwork({
    ...{ seed, bits: 5, layers: 1 + (seed % 4), side: 3 },
    channelsLast: seed % 3 === 0,
  });
  const inputs = inputsOf(network.layers);
  const domain = {
    ...{ kind: 'box' as const, lower: new Float64Array(inputs) },
    upper: new Float64Array(inputs).fill(1),
  };
  const lossless = losslessMapPlaces(withSumPooling(network));
  return { network, domain, places: lossless.map((own) => Math.max(0, own - (seed % 3))) };
}

function pointIn(lower: Float64Array, upper: Float64Array, random: () => number): Float64Array {
  return lower.map((low, k) => low + Math.floor(random() * (16 * (upper[k] - low) + 1)) / 16);
}

describe('classes of feature maps', () => {
  it('are proved of samples only where both networks have them, and of most', () => {
    let proved = 0;
    let changed = 0;
    let all = 0;
    for (const { seed, own: drawn } of cases(40)) {
      const { network, domain, places } = drawn;
      const random = randomStream(seed);
      const target = loweredAt(network, places);
      const certificate = complete(certifyMapsSteps(network, places, domain));
      const layers = mapDifferences(withSumPooling(network), places);
      const samples = Array.from({ length: 8 }, () => pointIn(domain.lower, domain.upper, random));
      const classes = samples.map((input) => classOf(evaluateExactly(network, input)));
      const labels = classes.map((own, at) => (at % 2 === 0 ? (own ?? 0) : 7));
      const verdict = complete(
        mapClassificationSteps(network, layers, domain, certificate, {
          ...{ kind: 'samples', labels },
          inputs: Float64Array.from(samples.flatMap((input) => [...input])),
        }),
      ) as SampleVerdict;
      expect(verdict.samples).toBe(samples.length);
      expect(verdict.outside).toBe(0);
      expect(verdict.provablyCorrect).toBe(
        classes.filter((_, at) => at % 2 === 0 && verdict.verdicts[at] === 1).length,
      );
      samples.forEach((input, at) => {
        const own = classOf(integerOutputs(network, target, input));
        if (classes[at] !== own) changed++;
        if (verdict.verdicts[at] === 1) {
          expect(classes[at]).not.toBeNull();
          expect(own).toBe(classes[at]);
          proved++;
        }
        all++;
      });
    }
    expect(changed).toBeGreaterThan(5);
    expect(proved / all).toBeGreaterThan(0.3);
  });

  it('are proved of boxes only where both networks have them everywhere', () => {
    let proved = 0;
    let several = 0;
    for (const { seed, own: drawn } of cases(26)) {
      const { network, domain, places } = drawn;
      const random = randomStream(seed + 100);
      const target = loweredAt(network, places);
      const certificate = complete(certifyMapsSteps(network, places, domain));
      const layers = mapDifferences(withSumPooling(network), places);
      const middle = pointIn(domain.lower, domain.upper, random);
      const far = [1, 1, 8][seed % 3] / 16;
      const lower = middle.map((value) => Math.max(0, value - far));
      const upper = middle.map((value) => Math.min(1, value + far));
      const box = { kind: 'box' as const, lower, upper };
      const verdict = complete(
        mapClassificationSteps(network, layers, domain, certificate, box),
      ) as BoxVerdict;
      const seen = new Set<number | null>();
      for (let trial = 0; trial < 12; trial++) {
        const input = pointIn(lower, upper, random);
        seen.add(classOf(evaluateExactly(network, input)));
        seen.add(classOf(integerOutputs(network, target, input)));
      }
      if (seen.size > 1) several++;
      if (!verdict.unchanged) continue;
      expect([...seen]).toEqual([verdict.class]);
      proved++;
    }
    expect(proved).toBeGreaterThan(2);
    expect(several).toBeGreaterThan(2);
  });

  it('are not asked outside of the domain, nor told of samples there', () => {
    const { network, domain, places } = caseOf(1);
    const certificate = complete(certifyMapsSteps(network, places, domain));
    const layers = mapDifferences(withSumPooling(network), places);
    const ask = (subject: Parameters<typeof mapClassificationSteps>[4]) =>
      complete(mapClassificationSteps(network, layers, domain, certificate, subject));
    const beyond = domain.upper.map((value) => value + 1);
    expect(() => ask({ ...domain, upper: beyond })).toThrow(UsageError);
    expect(ask({ kind: 'samples', inputs: beyond })).toMatchObject({ outside: 1, unchanged: 0 });
    expect(() => ask({ kind: 'samples', inputs: beyond.subarray(1) })).toThrow(RangeError);
  });
});
