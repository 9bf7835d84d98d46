/** What a ticket provably keeps around given inputs, in the worker. */
import { InputError, MisfitError, UsageError, withFileName } from '../../core/errors.js';
import { complete } from '../../core/steps.js';
import { asLabels } from '../../data/samples.js';
import { withoutPadding } from '../../integer/join-networks.js';
import { type Balls, ballAround, checkBallSigns } from '../../precision/balls.js';
import { largestShare } from '../../precision/clopper-pearson.js';
import { decimalRoundedUp } from '../../precision/decimal-up.js';
import { ownMapPlaces } from '../../precision/map-integers.js';
import { inRecordedUnits } from '../../precision/precision.js';
import { type BallVerdict, differencesOf, robustnessSteps } from '../../precision/robustness.js';
import { inputSigns } from '../../target/input-signs.js';
import type { Reading } from '../../target/network.js';
import type { ConstructedTicket } from '../../ticket/constructed.js';
import { certificateSteps } from '../../ticket/cost.js';
import { readBalls } from '../files/read-balls.js';
import { readDataFile } from '../files/read-data.js';
import { describeBalls } from '../files/read-domain.js';
import { refusingMisfits } from '../files/read-model.js';
import { readTicketOfKind } from '../files/read-ticket.js';
import type { JobContext } from '../workers/job.js';
import { type Unproved, unproved } from './proved.js';
import { readTicketModel } from './ticket-model.js';

export interface CertifyJobOptions {
  readonly ticket: string;
  readonly model: string;
  readonly data: string;
  /** Decimals, in units of the file. */
  readonly radius: string;
  readonly clip?: readonly [string, string];
  readonly divide: number;
  readonly labels?: string;
  /** With which a share of all inputs is stated; default: none is. */
  readonly confidence?: number;
  /** The error that counts; default: the one that the ticket is certified for. */
  readonly epsilon?: number;
  /** Most bytes of memory. */
  readonly memory: number;
}

export interface CertifyReport {
  readonly proved: true;
  readonly around: string;
  readonly samples: number;
  /** Null where neither the ticket nor an option says one. */
  readonly epsilon: number | null;
  /** Balls on which the error is at most epsilon; null without one. */
  readonly withinEpsilon: number | null;
  /** No proof: what the count says of inputs that were not looked at; null where it was not asked for. */
  readonly statistical: StatisticalPromise | null;
  /** Balls on which the model keeps the class of the input, the ticket does, and both do. */
  readonly modelStays: number;
  readonly ticketStays: number;
  readonly bothStay: number;
  /** Inputs whose class is their label's, and of those the ones on whose ball the ticket keeps it. */
  readonly correct: number | null;
  readonly provablyCorrect: number | null;
  /** The largest of the certified errors; null where there is none on some ball. */
  readonly largestError: string | null;
  readonly verdicts: readonly BallVerdict[];
  readonly reading: Reading | null;
  readonly seconds: number;
}

/**
 * With this confidence at most this share of the inputs that the samples were drawn from, independently, has a
 * ball on which the error is not proved to be at most epsilon.
 */
export interface StatisticalPromise {
  readonly confidence: number;
  /** A decimal rounded up. */
  readonly share: string;
  readonly exceeding: number;
  /** The samples' digest. */
  readonly data: string;
}

export type CertifyJobResult = CertifyReport | Unproved;

export function certifyJob(options: CertifyJobOptions, context: JobContext): CertifyJobResult {
  const start = performance.now();
  const { memory, data } = options;
  const ticket = readTicketOfKind(options.ticket, 'constructed', 'certify', {
    use: 'proof',
    memory,
  });
  const model = readTicketModel(ticket, options.model, memory);
  const { network } = model;
  const { around } = readBalls({ ...options, file: data }, network, context.notice);
  const { outputs } = network.layers[network.layers.length - 1];
  const { labels: file } = options;
  const labels =
    file === undefined
      ? undefined
      : withFileName(file, () =>
          asLabels(readDataFile(file), around.samples, Math.max(2, outputs)),
        );
  const refused = unproved(ticket, context, memory);
  if (refused !== null) return refused;
  const { precision, domain } = ticket;
  const promised = precision.mode === 'certified' ? precision.requested : null;
  const epsilon = options.epsilon ?? promised;
  if (options.confidence !== undefined && epsilon === null) {
    throw new UsageError('a share needs an error that counts: give option "epsilon"');
  }
  const signs = inputSigns(domain, around.values.length / around.samples);
  for (let sample = 0; sample < around.samples; sample++) {
    checkSigns(data, ballAround(around, sample), signs, sample);
  }
  if (options.confidence !== undefined) refuseOwnInputs(ticket, around, data);
  const spend = certificateSteps(ticket, memory);
  const verdicts = refusingMisfits(options.model, () => {
    const own = inRecordedUnits(network, precision);
    const target = withoutPadding(ticket.target, network, domain);
    const places = ownMapPlaces(network, precision);
    const layers = complete(differencesOf(own, target, domain, places));
    return complete(robustnessSteps(own, layers, around, { spend }), context);
  });
  const count = (holds: (verdict: BallVerdict, sample: number) => boolean): number =>
    verdicts.filter(holds).length;
  const within = epsilon === null ? null : count(({ error }) => error <= epsilon);
  const isRight = ({ class: own }: BallVerdict, sample: number) => own === labels?.[sample];
  const largest = verdicts.reduce((most, { error }) => Math.max(most, error), 0);
  return {
    proved: true,
    around: describeBalls(around),
    samples: around.samples,
    epsilon,
    withinEpsilon: within,
    statistical: within === null ? null : promiseOf(options, around, within),
    modelStays: count(({ modelStays }) => modelStays),
    ticketStays: count(({ ticketStays }) => ticketStays),
    bothStay: count(({ modelStays, ticketStays }) => modelStays && ticketStays),
    correct: labels === undefined ? null : count(isRight),
    provablyCorrect:
      labels === undefined ? null : count((own, k) => isRight(own, k) && own.ticketStays),
    largestError: Number.isFinite(largest) ? decimalRoundedUp(largest) : null,
    verdicts,
    reading: network.reading ?? null,
    seconds: (performance.now() - start) / 1000,
  };
}

/** Throws an `InputError` where nothing is proved of a ball. */
function checkSigns(file: string, ...ball: Parameters<typeof checkBallSigns>): void {
  try {
    checkBallSigns(...ball);
  } catch (error) {
    if (!(error instanceof MisfitError)) throw error;
    const [problem = '', remedy = ''] = error.message.split('; ');
    throw new InputError({ file, place: '', problem, remedy });
  }
}

/** Throws an `InputError` for the inputs that the ticket was chosen for, which tell nothing of others. */
function refuseOwnInputs({ precision }: ConstructedTicket, { data }: Balls, file: string): void {
  if (precision.mode !== 'certified' || precision.around?.data !== data) return;
  throw new InputError({
    file,
    place: '',
    problem: 'the ticket was chosen for these very inputs, so they tell nothing of others',
    remedy: 'give inputs that were drawn apart, or leave out the confidence',
  });
}

function promiseOf(
  { confidence }: CertifyJobOptions,
  { samples, data }: Balls,
  within: number,
): StatisticalPromise | null {
  if (confidence === undefined) return null;
  const exceeding = samples - within;
  const share = decimalRoundedUp(largestShare(exceeding, samples, confidence));
  return { confidence, share, exceeding, data };
}
