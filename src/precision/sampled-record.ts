/** What is asked for, and what a ticket records, of a promise about data (`sampled.ts`): statistics, and no proof. */
import {
  check,
  checkObject,
  checkPositive,
  checkText,
  checkWhole,
  PROBABILITY,
} from '../core/arguments.js';
import { MisfitError } from '../core/errors.js';

/** What a ticket records of it. A number of the samples is `value / divide` for the network, in float64. */
export interface SampledRecord {
  /** The error that counts. */
  readonly epsilon: number;
  readonly confidence: number;
  /** With that confidence at most this share of all such inputs is off by more. */
  readonly share: number;
  readonly samples: number;
  /** So many of them were not shown to be within epsilon. */
  readonly exceeding: number;
  /** Digest of the samples, as of data that a ticket was trained on, without labels. */
  readonly data: string;
  readonly divide: number;
}

/** What is asked for: the samples themselves, `samples` by inputs as numbers of the file, and what is to hold. */
export interface SampledRequest extends Omit<SampledRecord, 'exceeding'> {
  readonly values: Float64Array;
}

/** The record alone, fields in the order in which they are written. */
export function sampledRecord(record: SampledRecord): SampledRecord {
  const { epsilon, confidence, share, samples, exceeding, data, divide } = record;
  return { epsilon, confidence, share, samples, exceeding, data, divide };
}

/** Throws a `UsageError` or a `MisfitError` unless these are samples of the network's inputs, and numbers to ask. */
export function checkSampled(request: SampledRequest, inputs: number): void {
  checkObject('sampled', request);
  const { epsilon, confidence, share, samples, data, divide, values } = request;
  checkPositive('sampled.epsilon', epsilon);
  check('sampled.confidence', confidence, PROBABILITY);
  check('sampled.share', share, PROBABILITY);
  checkWhole('sampled.samples', samples, 1, 2 ** 32);
  checkText('sampled.data', data);
  checkPositive('sampled.divide', divide);
  check('sampled.values', values, {
    is: (own) => own instanceof Float64Array,
    not: 'no Float64Array',
  });
  if (values.length !== samples * inputs) {
    throw new MisfitError(
      `sampled.values: ${values.length} numbers are not ${samples} samples of ${inputs} inputs`,
    );
  }
}
