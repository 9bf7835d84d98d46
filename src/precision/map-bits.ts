/**
 * The error certificate of networks of feature maps, and the fewest bits for one (`certificate.ts` and
 * `allot-bits.ts` for what is fully connected). So far by the interval chain alone, on the whole domain, with
 * numbers rounded to nearest: the integers follow from the model and the places of its layers, so a ticket
 * records those, and a checker makes both again.
 */
import { checkPositive, shown } from '../core/arguments.js';
import { InputError, MisfitError } from '../core/errors.js';
import type { Spend } from '../core/limits.js';
import type { Progress } from '../core/progress.js';
import { retold, type Steps } from '../core/steps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { lowerMapsSteps } from '../integer/lower-maps.js';
import { losslessMapPlaces } from '../integer/map-places.js';
import { firstDifference } from '../integer/network-difference.js';
import { signsOf } from '../integer/source-signs.js';
import { withSumPooling } from '../integer/sum-pooling.js';
import { checkLayers } from '../target/check-layers.js';
import { checkDomain } from '../target/check-network.js';
import { outputShape, storedNumbers, summands } from '../target/linear-map.js';
import { type Domain, inputsOf, type Network } from '../target/network.js';
import { channelsFirst } from '../target/planes.js';
import type { ChooseBitsOptions, ChosenBits } from './allot-bits.js';
import { placesLadder, weightedMean } from './allot-bits.js';
import type { Ranges } from './bounds/interval-step.js';
import { mapChainSteps, mapChainWork } from './bounds/map-chain.js';
import { hasTinyNumbers, isExact, mapDifferences } from './bounds/map-difference.js';
import { roundingEffects } from './bounds/map-sensitivity.js';
import { centred, regionOf } from './bounds/region.js';
import {
  type Certificate,
  type CertifiedClaim,
  certificateOf,
  overclaimOf,
  type Recertified,
} from './certificate.js';

/** A multiplication in a convolution, in steps of about a nanosecond. */
const PRODUCT_STEPS = 2;

/** The domain as intervals of the network's inputs, channel by channel. */
function inputRanges({ layers, channelsLast }: Network, domain: Domain): Ranges {
  const inputs = inputsOf(layers);
  const { centre, radius } = centred(regionOf(domain, inputs), inputs);
  const box =
    domain.kind === 'box'
      ? domain
      : { lower: centre.map((c, k) => c - radius[k]), upper: centre.map((c, k) => c + radius[k]) };
  if (channelsLast === undefined) return { lower: box.lower, upper: box.upper };
  const order = channelsFirst(channelsLast);
  const inOrder = (values: Float64Array): Float64Array =>
    Float64Array.from(order, (from) => values[from]);
  return { lower: inOrder(box.lower), upper: inOrder(box.upper) };
}

/**
 * Bounds `|f_j(x) - f^_j(x)|` over the domain, `f^` being what `lowerMapsSteps` makes of the network with
 * these places, one for each layer of `withSumPooling(network)`. Tells `spend` beforehand. Throws a `UsageError`
 * for the domain `all`, unless nothing is rounded.
 */
export function* certifyMapsSteps(
  network: Network,
  places: readonly number[],
  domain: Domain,
  spend?: Spend,
): Steps<Certificate> {
  checkLayers(network);
  checkDomain(domain, inputsOf(network.layers));
  const layers = mapDifferences(withSumPooling(network), places);
  yield;
  const { outputs } = network.layers[network.layers.length - 1];
  if (isExact(layers)) {
    return certificateOf(new Float64Array(outputs), 'lossless', { lossless: 0 }, 0);
  }
  const ranges = inputRanges(network, domain);
  if (hasTinyNumbers(layers)) {
    const unknown = new Float64Array(outputs).fill(Number.POSITIVE_INFINITY);
    return certificateOf(unknown, 'interval', {}, 0);
  }
  spend?.(PRODUCT_STEPS * mapChainWork(layers));
  const reaches = yield* mapChainSteps(layers, ranges);
  const { error } = reaches[layers.length];
  const bounds = error.map((bound) => (bound >= 0 ? bound : Number.POSITIVE_INFINITY));
  const { epsilon, ...rest } = certificateOf(bounds, 'interval', {}, 0);
  return { epsilon, ...rest, tried: { interval: epsilon } };
}

/** The integers at these places, for the domain's signs. */
function* integersAt(
  network: Network,
  places: readonly number[],
  domain: Domain,
): Steps<IntegerNetwork> {
  const steps = lowerMapsSteps(network, places, signsOf(network, domain));
  return yield* retold(steps, () => undefined);
}

/**
 * About what a bit more of each layer costs: a block's layers are two neurons for each row and one for each
 * column wide (theory, section 5), and a bit more is a layer more.
 */
function mapCost({ layers }: Network): (places: readonly number[]) => number {
  const each = layers.map((layer) => {
    if (layer.kind === 'max-pooling') return 0;
    const rows = outputShape(layer).channels;
    const columns = summands(layer).reduce(
      (sum, { part }) =>
        sum +
        (part.kind === 'dense'
          ? part.inputs
          : part.input.channels * part.kernel.height * part.kernel.width),
      0,
    );
    return (2 * rows + columns) ** 2;
  });
  return (places) => places.reduce((sum, own, index) => sum + own * each[index], 0);
}

/** Weights and biases of each layer. */
function counts({ layers }: Network): number[] {
  return layers.map((layer) =>
    layer.kind === 'max-pooling'
      ? 0
      : summands(layer).reduce(
          (sum, { part }) => sum + storedNumbers(part).values.length,
          layer.bias.values.length,
        ),
  );
}

/** `chooseBitsSteps` for feature maps: the lowest rung of the same kind of ladder that meets epsilon. */
export function* chooseMapBitsSteps(
  network: Network,
  domain: Domain,
  epsilon: number,
  { spend }: Pick<ChooseBitsOptions, 'spend'> = {},
): Steps<ChosenBits> {
  checkLayers(network);
  checkDomain(domain, inputsOf(network.layers));
  checkPositive('epsilon', epsilon);
  const pooled = withSumPooling(network);
  const lossless = losslessMapPlaces(pooled);
  const ranges = inputRanges(network, domain);
  const layers = mapDifferences(pooled, lossless);
  spend?.(3 * PRODUCT_STEPS * mapChainWork(layers));
  yield { stage: 'analyse', done: 0, total: 1 };
  const reaches = yield* mapChainSteps(layers, ranges);
  const effects = roundingEffects(layers, reaches).map((effect) =>
    Number.isFinite(effect) ? effect : Number.MAX_VALUE,
  );
  yield { stage: 'analyse', done: 1, total: 1 };
  const ladder = placesLadder(effects, lossless, mapCost(pooled));
  const candidates = Math.ceil(Math.log2(ladder.length)) + 1;
  const told = (done: number): Progress => ({ stage: 'allot', done, total: candidates });
  const examined: { places: readonly number[]; epsilon: number }[] = [];
  let tried = 0;
  yield told(0);
  function* candidate(index: number): Steps<Certificate> {
    const places = ladder[index];
    const certificate = yield* certifyMapsSteps(network, places, domain, spend);
    examined.push({ places, epsilon: certificate.epsilon });
    yield told(++tried);
    return certificate;
  }
  let low = 0;
  let high = ladder.length - 1;
  let found: Certificate | undefined;
  while (low < high) {
    const middle = (low + high) >> 1;
    const certificate = yield* candidate(middle);
    if (certificate.epsilon <= epsilon) {
      found = certificate;
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  // The top rung is never probed: it is lossless.
  found ??= yield* candidate(high);
  const places = ladder[high];
  const integerNetwork = yield* integersAt(network, places, domain);
  yield told(candidates);
  return {
    ...{ places, integerNetwork, certificate: found, examined, rounding: 'nearest' },
    averagePlaces: weightedMean(counts(pooled), places),
  };
}

/**
 * `recertifySteps` for feature maps: makes the integers of the recorded places again, which must be the
 * ticket's, and bounds their error. Throws a `MisfitError` where they are not.
 */
export function* recertifyMapsSteps(
  network: Network,
  integerNetwork: IntegerNetwork,
  domain: Domain,
  claim: CertifiedClaim,
  { spend }: { readonly spend?: Spend } = {},
): Steps<Recertified> {
  const { places, outputs } = claim;
  const lossless = losslessMapPlaces(withSumPooling(network));
  if (!Array.isArray(places) || places.length !== lossless.length) {
    throw new MisfitError(
      `precision.places has ${places?.length ?? 'no'} numbers, the model ${lossless.length} layers`,
    );
  }
  for (const [index, most] of lossless.entries()) {
    const own: unknown = places[index];
    if (Number.isInteger(own) && (own as number) >= 0 && (own as number) <= most) continue;
    throw new MisfitError(
      `precision.places.${index} is ${shown(own)}, and the model's layer has 0 to ${most}`,
    );
  }
  let own: IntegerNetwork;
  try {
    own = yield* integersAt(network, places, domain);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new MisfitError(`the model has no integers at precision.places: ${error.message}`);
  }
  const difference = firstDifference(integerNetwork, own);
  if (difference !== null) {
    throw new MisfitError(
      `the integers are not the model's at precision.places: block ${difference.layer}, row ${difference.row}: ${difference.what}`,
    );
  }
  const certificate = yield* certifyMapsSteps(network, places, domain, spend);
  if (outputs.length !== certificate.outputs.length) return { holds: false, certificate };
  const overclaim = overclaimOf(claim, certificate);
  return { holds: overclaim === undefined, certificate, ...(overclaim && { overclaim }) };
}
