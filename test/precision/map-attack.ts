/**
 * Attacks bounds of random small networks of feature maps, exact arithmetic judging: with skips, concatenation,
 * maxima and averages. Every bound by itself, so that a tight one does not hide a wrong one. `bench/map-fuzz.mjs`
 * tries many, the tests a sample.
 */
import {
  addDyadic,
  compareDyadic,
  type Dyadic,
  dyadicFromNumber,
  negateDyadic,
} from '../../src/core/dyadic.js';
import { InputError } from '../../src/core/errors.js';
import { complete } from '../../src/core/steps.js';
import type { IntegerNetwork } from '../../src/integer/integer-network.js';
import { losslessMapPlaces } from '../../src/integer/map-places.js';
import { withSumPooling } from '../../src/integer/sum-pooling.js';
import { isExact, mapDifferences } from '../../src/precision/bounds/map-difference.js';
import { MAP_BOUNDS, type MapBound, mapBoundSteps } from '../../src/precision/map-certificate.js';
import { evaluateExactly } from '../../src/target/evaluate.js';
import { type Domain, inputsOf, type Network } from '../../src/target/network.js';
import { integerOutputs, loweredAt } from '../map-integers.js';
import { randomMapNetwork } from '../map-networks.js';
import { randomStream } from '../networks.js';

/** Sides of boxes, in sixteenths; some of one point, some wide. */
function randomDomain(inputs: number, random: () => number): Domain {
  if (random() < 0.15) return { kind: 'ball', radius: (1 + Math.floor(random() * 24)) / 16 };
  const widest = [0, 1, 2, 4, 16, 32][Math.floor(random() * 6)] as number;
  const centred = random() < 0.3;
  const lower = new Float64Array(inputs);
  const upper = lower.map((_, k) => {
    lower[k] = centred ? -Math.floor(widest / 2) / 16 : Math.floor(random() * 33 - 16) / 16;
    return (lower[k] as number) + Math.floor(random() * (widest + 1)) / 16;
  });
  return { kind: 'box', lower, upper };
}

function randomPoint(domain: Domain, inputs: number, random: () => number): Float64Array {
  if (domain.kind === 'all') throw new Error('not bounded');
  if (domain.kind === 'ball') {
    const point = new Float64Array(inputs);
    const along = random() < 0.5 ? 1 : inputs;
    for (let turn = 0; turn < along; turn++) {
      const k = Math.floor(random() * inputs);
      const most = Math.sqrt(domain.radius ** 2 - point.reduce((sum, x) => sum + x * x, 0));
      const share = along === 1 ? 1 : random();
      point[k] = Math.floor(16 * most * share) / 16;
      if (random() < 0.5) point[k] = -(point[k] as number);
    }
    return point;
  }
  const corner = random() < 0.6;
  return domain.lower.map((low, k) => {
    const steps = Math.round(16 * ((domain.upper[k] as number) - low));
    const share = corner ? Math.round(random()) : random();
    return low + Math.round(steps * share) / 16;
  });
}

/** One coordinate of a point of a box, elsewhere. */
function moved(domain: Domain, point: Float64Array, random: () => number): Float64Array {
  if (domain.kind !== 'box') return randomPoint(domain, point.length, random);
  const other = randomPoint(domain, point.length, random);
  const next = point.slice();
  for (let turn = 0; turn < 1 + 3 * random(); turn++) {
    const k = Math.floor(random() * point.length);
    next[k] = other[k] as number;
  }
  return next;
}

export interface MapAttack {
  /** Errors that were held against bounds; 0 where the network has no integers at its places. */
  readonly judged: number;
  readonly violations: readonly string[];
  /** Measured over certified, at most, by bound. */
  readonly nearest: Readonly<Record<MapBound, number>>;
}

function toNumber({ mantissa, exponent }: Dyadic): number {
  return Number(mantissa) * 2 ** exponent;
}

/** Every kind of layer and of reading. */
export function drawnMaps(seed: number): Network {
  return randomMapNetwork({
    ...{ seed, bits: 3 + (seed % 6), layers: 1 + (seed % 5), side: 1 + (seed % 6) },
    channelsLast: seed % 4 === 0,
  });
}

/** Draws a network, a domain and places, and looks for an input that breaks one of its bounds. */
export function attackMapBounds(
  seed: number,
  draw: (seed: number) => Network = drawnMaps,
  trials = 24,
): MapAttack {
  const random = randomStream(seed);
  const drawn = draw(seed);
  const inputs = inputsOf(drawn.layers);
  const domain = randomDomain(inputs, random);
  const network: Network = { ...drawn, domain };
  const pooled = withSumPooling(network);
  const lossless = losslessMapPlaces(pooled);
  const few = random() < 0.5;
  const places = lossless.map((own) =>
    few ? Math.floor(random() * (own + 1)) : Math.max(0, own - Math.floor(3 * random())),
  );
  const nearest = Object.fromEntries(MAP_BOUNDS.map((bound) => [bound, 0])) as Record<
    MapBound,
    number
  >;
  const violations: string[] = [];
  let target: IntegerNetwork;
  try {
    target = loweredAt(network, places);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { judged: 0, violations, nearest };
  }
  const layers = mapDifferences(pooled, places);
  if (isExact(layers)) return { judged: 0, violations, nearest };
  const bounds = MAP_BOUNDS.map(
    (bound) => [bound, complete(mapBoundSteps(layers, network, domain, bound))] as const,
  );
  let judged = 0;
  const errorsAt = (point: Float64Array): Dyadic[] => {
    const wanted = evaluateExactly(network, point);
    return integerOutputs(network, target, point).map((value, j) => {
      const error = addDyadic(value, negateDyadic(wanted[j] as Dyadic));
      return error.mantissa < 0n ? negateDyadic(error) : error;
    });
  };
  let best: { point: Float64Array; error: Dyadic } | undefined;
  for (let trial = 0; trial < trials; trial++) {
    const point =
      best === undefined || trial < trials / 2
        ? randomPoint(domain, inputs, random)
        : moved(domain, best.point, random);
    errorsAt(point).forEach((error, j) => {
      if (best === undefined || compareDyadic(error, best.error) > 0) best = { point, error };
      for (const [bound, outputs] of bounds) {
        judged++;
        const certified = outputs[j] as number;
        if (!(certified < Number.POSITIVE_INFINITY)) continue;
        if (compareDyadic(error, dyadicFromNumber(certified)) > 0) {
          violations.push(`seed ${seed}, ${bound}, output ${j}: ${toNumber(error)} > ${certified}`);
        }
        if (certified > 0) {
          nearest[bound] = Math.max(nearest[bound], toNumber(error) / certified);
        }
      }
    });
  }
  return { judged, violations, nearest };
}
