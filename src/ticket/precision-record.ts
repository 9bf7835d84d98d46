/**
 * How a ticket's integers were made, or what they are certified to keep, as JSON in its body; and what
 * of it can be held against the rest of the ticket, without the model.
 */
import { custom, int, kinds, number, object, oneOf, optional, text } from '../core/forms.js';
import type { NeuronScales } from '../integer/neuron-scales.js';
import { LARGEST_NEURON_SCALE, MAXIMUM_PLACES } from '../integer/places.js';
import { type BallsRecord, ballsRecord } from '../precision/balls.js';
import { MOST_BOXES } from '../precision/most-boxes.js';
import { insideUnitBall, LARGEST_PAPER_EPSILON } from '../precision/paper-claim.js';
import type { CertifiedPrecision, PrecisionRecord } from '../precision/precision.js';
import { sampledRecord } from '../precision/sampled-record.js';
import { MAXIMUM_WIDTH } from '../source/shape.js';
import { comparePlainDecimals, decimalDown, isPlainDecimal } from '../target/decimal.js';
import type { Domain } from '../target/network.js';
import type { JsonValue } from './json.js';
import { requireTrue } from './metadata.js';
import { integers, listOf, MAXIMUM_ENTRIES, MAXIMUM_LAYERS } from './schemas.js';

const places = int(0, MAXIMUM_PLACES);

/** Inputs around which an error is certified. */
const ballsSchema = object({
  samples: int(1, 2 ** 32),
  data: text(/^[0-9a-f]{64}$/),
  divide: number({ above: 0 }),
  radius: number({ least: 0 }),
  clip: optional(
    custom<readonly [number, number]>(
      (own) => Array.isArray(own) && own.length === 2 && own.every(Number.isFinite),
    ),
  ),
});

const isShare = (value: unknown): boolean => typeof value === 'number' && value > 0 && value < 1;

/** A number between 0 and 1, neither of them. */
const share = custom<number>(isShare, 'not a number above 0 and below 1');

/** What was seen of the error on samples. */
const sampledSchema = object({
  epsilon: number({ above: 0 }),
  confidence: share,
  share,
  samples: int(1, 2 ** 32),
  exceeding: int(0, 2 ** 32),
  data: text(/^[0-9a-f]{64}$/),
  divide: number({ above: 0 }),
});

/** Units of hidden neurons, a list for each hidden layer. */
const scalesSchema = listOf(
  'lists of scales',
  MAXIMUM_LAYERS,
  (own): own is readonly number[] =>
    Array.isArray(own) &&
    own.length <= MAXIMUM_WIDTH &&
    own.every((scale) => Number.isInteger(scale) && Math.abs(scale) <= LARGEST_NEURON_SCALE),
);

export const precisionSchema = kinds('mode', {
  lossless: object({ mode: oneOf('lossless') }),
  bits: object({ mode: oneOf('bits'), bits: places, sampled: optional(sampledSchema) }),
  paper: object({
    mode: oneOf('paper'),
    epsilon: number({ above: 0, most: LARGEST_PAPER_EPSILON }),
    digits: places,
  }),
  certified: object({
    mode: oneOf('certified'),
    requested: number({ above: 0 }),
    certified: custom<string>(isPlainDecimal, 'not a plain decimal number'),
    outputs: listOf('plain decimal numbers', MAXIMUM_ENTRIES, isPlainDecimal),
    method: oneOf('lossless', 'interval', 'norm', 'relaxation', 'ellipsoid', 'backward', 'fourier'),
    places: optional(integers('places', 0, MAXIMUM_PLACES)),
    scales: optional(scalesSchema),
    boxes: optional(int(1, MOST_BOXES)),
    around: optional(ballsSchema),
  }),
});

/** Fields in the order in which they are written. */
export function precisionJson(precision: PrecisionRecord): JsonValue {
  if (precision.mode === 'bits') {
    const { mode, bits, sampled } = precision;
    return { mode, bits, ...(sampled && { sampled: { ...sampledRecord(sampled) } }) };
  }
  if (precision.mode !== 'certified') return { ...precision };
  const { mode, requested, certified, outputs, method, places } = precision;
  const { scales, boxes, around } = precision;
  return {
    ...{ mode, requested, certified, outputs, method },
    ...(places && { places }),
    ...(scales && { scales }),
    ...(boxes && { boxes }),
    ...(around && { around: ballsJson(around) }),
  };
}

function ballsJson(balls: BallsRecord): JsonValue {
  const { clip, ...record } = ballsRecord(balls);
  return { ...record, ...(clip && { clip: [...clip] }) };
}

/** The parts of a ticket that its precision must agree with. */
export interface RecordedIntegers {
  readonly base: 2 | 10;
  readonly fractionalPlaces: readonly number[];
  readonly outputs: number;
  readonly domain: Domain;
  /** Whether they are of feature maps; default false. */
  readonly ofMaps?: boolean;
}

/** Throws an `InputError` that names `place` where the bounds contradict each other. */
export function checkBounds(
  { requested, certified, outputs }: CertifiedPrecision,
  count: number,
  place: string,
): void {
  const listed = outputs.length;
  requireTrue(listed === count, place, `precision.outputs: ${listed} bounds for ${count} outputs`);
  const largest = outputs.reduce((most, bound) =>
    comparePlainDecimals(bound, most) > 0 ? bound : most,
  );
  requireTrue(
    comparePlainDecimals(largest, certified) === 0,
    place,
    `precision.certified is ${shortened(certified)}, the largest of precision.outputs ${shortened(largest)}`,
  );
  requireTrue(
    decimalDown(certified) <= requested,
    place,
    `precision.certified, ${shortened(certified)}, is above precision.requested, ${requested}`,
  );
}

/** A decimal from a file, as it may be shown. */
function shortened(decimal: string): string {
  return decimal.length > 40 ? `${decimal.slice(0, 37)}...` : decimal;
}

/** Throws an `InputError` that names `place` where a record contradicts the ticket it is in. */
export function checkPrecision(
  precision: PrecisionRecord,
  { base, fractionalPlaces, outputs, domain, ofMaps = false }: RecordedIntegers,
  place: string,
): void {
  const { mode } = precision;
  const wanted = mode === 'paper' ? 10 : 2;
  requireTrue(
    base === wanted,
    place,
    `precision.mode ${mode} has the base ${wanted}, not target.scale.base ${base}`,
  );
  if (mode === 'certified') {
    checkBounds(precision, outputs, place);
    checkLayerPlaces(precision.places, fractionalPlaces, ofMaps, place);
    checkScales(precision.scales, fractionalPlaces.length, ofMaps, place);
    checkAround(precision.around, domain, place);
  }
  if (mode === 'bits') {
    // A layer that is exact with fewer has fewer, and one that has all of them makes the mode. Behind
    // average pooling weights have taken over a divisor, and have more.
    const most = fractionalPlaces.reduce((largest, places) => Math.max(largest, places), 0);
    requireTrue(
      ofMaps ? most >= precision.bits : most === precision.bits,
      place,
      `precision.bits is ${precision.bits}, the largest of target.fractionalPlaces ${most}`,
    );
  }
  if (mode === 'paper') {
    checkPlaces(precision.digits, fractionalPlaces, place);
    requireTrue(
      insideUnitBall(domain),
      place,
      'precision.mode paper promises something on the unit ball only, and the domain is not in it',
    );
  }
}

/** Balls lie in a box, which the ticket's domain is. */
function checkAround(around: BallsRecord | undefined, domain: Domain, place: string): void {
  const [low, high] = around?.clip ?? [0, 0];
  const fits = around === undefined || (domain.kind === 'box' && low <= high);
  requireTrue(fits, place, 'precision.around: the domain is no box, or clip is empty');
}

/** Units of the hidden neurons of fully connected layers; a padded network has more layers. */
function checkScales(
  scales: NeuronScales | undefined,
  layers: number,
  ofMaps: boolean,
  place: string,
): void {
  const fits = scales === undefined || (!ofMaps && scales.length < layers);
  requireTrue(fits, place, 'precision.scales are not of the hidden layers of matrices');
}

/** Places of a target's layers, of feature maps alone: those of the blocks, but for 0 of what has none. */
function checkLayerPlaces(
  places: readonly number[] | undefined,
  fractionalPlaces: readonly number[],
  ofMaps: boolean,
  place: string,
): void {
  const what = ofMaps ? 'missing' : 'of feature maps alone';
  requireTrue((places !== undefined) === ofMaps, place, `precision.places is ${what}`);
  const withPlaces = (list: readonly number[]): string => list.filter((own) => own > 0).join();
  requireTrue(
    places === undefined || withPlaces(places) === withPlaces(fractionalPlaces),
    place,
    'precision.places are not those of target.fractionalPlaces',
  );
}

/** The same places everywhere, but 0 in the identity layers of a padded network: never the last. */
function checkPlaces(expected: number, fractionalPlaces: readonly number[], place: string): void {
  const last = fractionalPlaces.length - 1;
  const wrong = fractionalPlaces.findIndex(
    (places, index) => places !== expected && !(places === 0 && index < last),
  );
  requireTrue(
    wrong < 0,
    place,
    `precision.digits is ${expected}, target.fractionalPlaces.${wrong} ${fractionalPlaces[wrong]}`,
  );
}
