/** The ways from target to integer network behind one record, as a ticket stores it. */
import { checkObject, checkOneOf, checkPositive } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { checkTarget, lowering } from '../integer/lowering.js';
import { rescaledNetwork } from '../integer/neuron-scales.js';
import { losslessPlaces, placesWithin, quantizeSteps } from '../integer/quantize.js';
import { signsOf } from '../integer/source-signs.js';
import { checkDomain } from '../target/check-network.js';
import { decimalDown } from '../target/decimal.js';
import { type Domain, hasMaps, inputsOf, type Network } from '../target/network.js';
import type { ChooseBitsOptions } from './allot-bits.js';
import { type Balls, ballsRecord } from './balls.js';
import type { BoundMethod, Certificate, CertifiedClaim } from './certificate.js';
import { type Certifier, type Recertifier, requireCertifier } from './certifier.js';
import { decimalRoundedUp } from './decimal-up.js';
import { type SampledRecord, type SampledRequest, sampledRecord } from './sampled-record.js';

/** What a user asks for. */
export type PrecisionRequest =
  | { readonly mode: 'lossless' }
  | { readonly mode: 'bits'; readonly bits: number }
  | { readonly mode: 'paper'; readonly epsilon: number }
  /** The fewest bits for which a promise about data holds, which is statistics and no proof. */
  | { readonly mode: 'sampled'; readonly sampled: SampledRequest }
  | {
      readonly mode: 'certified';
      readonly epsilon: number;
      /** About how many seconds the choice may take (`effort.ts`); default as long as most networks are worth. */
      readonly effort?: number;
      /** Where the error is to be certified; default: on all of the domain, which holds these. */
      readonly around?: Balls;
    };

/** A certificate as a ticket records it: a claim about the ticket's domain, to be computed again. */
export interface CertifiedPrecision extends CertifiedClaim {
  readonly mode: 'certified';
  /** The bound that decided; told to people, not relied on. */
  readonly method: BoundMethod;
}

/** What a ticket records of how its integers were made, or what they are certified to keep. */
export type PrecisionRecord =
  | { readonly mode: 'lossless' }
  /** Every value is rounded to so many places; a layer's integers have fewer where it is exact with those. */
  | {
      readonly mode: 'bits';
      readonly bits: number;
      /** What was seen of the error on samples: no proof of anything. */
      readonly sampled?: SampledRecord | undefined;
    }
  | { readonly mode: 'paper'; readonly epsilon: number; readonly digits: number }
  | CertifiedPrecision;

/** The network in the units that a ticket's integers are in, where its record names some: the same function. */
export function inRecordedUnits(network: Network, record: PrecisionRecord): Network {
  const scales = record.mode === 'certified' ? record.scales : undefined;
  return scales === undefined ? network : rescaledNetwork(network, scales);
}

/** The modes whose integers follow from the model and the record alone. */
export type DerivedPrecision = Exclude<PrecisionRecord, CertifiedPrecision>;

const MODES: readonly PrecisionRequest['mode'][] = [
  'lossless',
  'bits',
  'paper',
  'certified',
  'sampled',
];

/** An integer network with its record. */
export interface ChosenPrecision {
  readonly record: PrecisionRecord;
  readonly target: IntegerNetwork;
}

/**
 * What a ticket records of a certificate for `requested`, which it meets. Where rounding up to a few
 * digits would lead above what was asked for, all digits that a float64 has are recorded.
 */
export function certifiedRecord(requested: number, certificate: Certificate): CertifiedPrecision {
  const { decimal, outputDecimals, method } = certificate;
  const short = decimalDown(decimal) <= requested;
  const exact = (bound: number): string => decimalRoundedUp(bound, 17);
  return {
    mode: 'certified',
    requested,
    certified: short ? decimal : exact(certificate.epsilon),
    outputs: short ? outputDecimals : Array.from(certificate.outputs, exact),
    method,
  };
}

/**
 * `choosePrecision` in steps: mode `certified` in those of the stages `analyse` and `allot`, the others in
 * those of `quantise`. Modes `certified` and `paper` need a certifier.
 */
export function* choosePrecisionSteps(
  network: Network,
  request: PrecisionRequest,
  domain: Domain,
  options: Pick<ChooseBitsOptions, 'cost' | 'threads' | 'spend'> = {},
  certifier?: Certifier,
): Steps<ChosenPrecision> {
  checkTarget(network);
  checkDomain(domain, inputsOf(network.layers));
  checkObject('precision', request);
  checkOneOf('precision.mode', request.mode, MODES);
  if (request.mode === 'paper') checkPositive('epsilon', request.epsilon);
  if (hasMaps(network)) refusePaper(request.mode);
  if (request.mode === 'certified') {
    const { epsilon, around, effort } = request;
    if (effort !== undefined) checkPositive('effort', effort);
    const { chooseBitsSteps } = requireCertifier(certifier);
    const chosen = yield* chooseBitsSteps(network, domain, epsilon, {
      ...options,
      ...{ rescale: true, rows: true },
      ...(effort !== undefined && { effort }),
      ...(around && { around }),
    });
    const { integerNetwork, certificate, places, scales, boxes } = chosen;
    const record = certifiedRecord(epsilon, certificate);
    // Of matrices the integers themselves tell their places, layer by layer.
    const described = {
      ...record,
      ...(hasMaps(network) && { places }),
      ...(scales && { scales }),
      ...(boxes !== undefined && { boxes }),
      ...(around && { around: ballsRecord(around) }),
    };
    return { record: described, target: integerNetwork };
  }
  const record =
    request.mode === 'sampled'
      ? yield* sampledBits(network, domain, request.sampled, certifier)
      : derivedRecord(network, request, certifier);
  return { record, target: yield* applyRecordSteps(network, record, domain, certifier) };
}

function* sampledBits(
  network: Network,
  domain: Domain,
  request: SampledRequest,
  certifier: Certifier | undefined,
): Steps<DerivedPrecision> {
  const { fewestSampledBitsSteps } = requireCertifier(certifier);
  const { bits, exceeding } = yield* fewestSampledBitsSteps(network, domain, request);
  if (isExactWithin(network, bits)) return { mode: 'lossless' };
  return { mode: 'bits', bits, sampled: sampledRecord({ ...request, exceeding }) };
}

function derivedRecord(
  network: Network,
  request: Exclude<PrecisionRequest, { mode: 'certified' | 'sampled' }>,
  certifier: Certifier | undefined,
): DerivedPrecision {
  if (request.mode === 'paper') {
    const { paperPlaces } = requireCertifier(certifier);
    return { ...request, digits: paperPlaces(network, request.epsilon) };
  }
  // Bits that no layer needs all of round nothing.
  const exact = request.mode === 'bits' && isExactWithin(network, request.bits);
  return exact ? { mode: 'lossless' } : request;
}

/** Whether `bits` binary places in every layer round nothing. */
export function isExactWithin(network: Network, bits: number): boolean {
  const lossless = recordPlaces(network, { mode: 'lossless' });
  return recordPlaces(network, { mode: 'bits', bits }).join() === lossless.join();
}

/**
 * The integer network of a model under a record, in steps of stage `quantise`, counted in layers; mode
 * `paper` needs a certifier. Throws as `choosePrecision` does.
 */
export function* applyRecordSteps(
  network: Network,
  record: DerivedPrecision,
  domain: Domain,
  certifier: Recertifier | undefined,
): Steps<IntegerNetwork> {
  checkTarget(network);
  checkDomain(domain, inputsOf(network.layers));
  checkObject('precision', record);
  checkOneOf('precision.mode', record.mode, ['lossless', 'bits', 'paper']);
  if (record.mode === 'paper') {
    return yield* requireCertifier(certifier).quantizePaperSteps(network, record.epsilon, domain);
  }
  const places = recordPlaces(network, record);
  if (!hasMaps(network)) return yield* quantizeSteps(network, places);
  return yield* lowering.get().steps(network, places, signsOf(network, domain));
}

/** Binary places of each layer under a record; of feature maps, of each of `withSumPooling`'s. */
export function recordPlaces(
  network: Network,
  record: Exclude<DerivedPrecision, { mode: 'paper' }>,
): number[] {
  if (hasMaps(network)) {
    return record.mode === 'lossless'
      ? lowering.get().losslessPlaces(network)
      : lowering.get().placesWithin(network, record.bits);
  }
  return record.mode === 'lossless' ? losslessPlaces(network) : placesWithin(network, record.bits);
}

/** Throws a `UsageError` for the paper's precision, which Lemma 2 promises for matrices. */
function refusePaper(mode: PrecisionRequest['mode']): void {
  if (mode !== 'paper') return;
  throw new UsageError(
    'precision: mode paper is for fully connected networks; feature maps take lossless, bits or certified',
  );
}
