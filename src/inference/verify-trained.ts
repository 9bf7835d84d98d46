/**
 * The verdict on a trained ticket: the network is rebuilt from seed and mask, its outputs on the probe
 * inputs are compared with the recorded ones bit for bit, and with data its accuracy is measured again.
 */

import type { Watch } from '../core/progress.js';
import { complete, retold, type Steps } from '../core/steps.js';
import { checkLabelled, dataDigest, type LabelledData } from '../data/labelled.js';
import { checkTicket } from '../ticket/check-ticket.js';
import { admitTicket } from '../ticket/cost.js';
import type { TrainedTicket } from '../ticket/trained.js';
import { trainedEngineSteps } from './trained.js';
import { compileTrainedSteps, countCorrectSteps, probeInputs } from './trained-layers.js';

export interface MeasuredAccuracy {
  readonly correct: number;
  readonly samples: number;
  /** Whether the ticket records the same for these very data; null if it records nothing of them. */
  readonly matches: boolean | null;
}

export interface TrainedVerdict {
  /** The rebuilt network gives every recorded output, bit for bit. */
  readonly equal: boolean;
  /** `equal`, and the recorded accuracy holds if it could be checked. */
  readonly proved: boolean;
  readonly probes: number;
  readonly keptEdges: number;
  /** Whether its signs are of no seed, but stored in it; absent where they are of its seed. */
  readonly signsStored?: true;
  /** Null if no data were given. */
  readonly accuracy: MeasuredAccuracy | null;
  /** The first thing that stands against it. */
  readonly failure?: { readonly reason: string };
}

export interface VerifyTrainedOptions {
  readonly data?: LabelledData;
  /** Most bytes of memory that rebuilding the network may take; default 2 GiB. */
  readonly memory?: number;
}

/** A number as text that shows the sign of 0. */
function withSign(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Verifies a trained ticket from the seed up. Throws an `InputError` if its mask bytes are corrupt. */
export function verifyTrained(
  ticket: TrainedTicket,
  options: VerifyTrainedOptions & Watch = {},
): TrainedVerdict {
  return complete(verifyTrainedSteps(ticket, options), options);
}

/** The same in steps of the stages `compile` and `measure`. */
export function* verifyTrainedSteps(
  ticket: TrainedTicket,
  { data, memory }: VerifyTrainedOptions = {},
): Steps<TrainedVerdict> {
  checkTicket(ticket, 'trained', 'this check');
  admitTicket(ticket, 'proof', memory);
  const program = yield* compileTrainedSteps(ticket, memory);
  if (data !== undefined) checkLabelled(data, program);
  const engine = trainedEngineSteps(program);
  const { inputs: width, outputs } = program;
  const { probeOutputs, seed, standardization, kept } = ticket;
  const probes = probeOutputs.length / outputs;
  let reason: string | undefined;
  if (probes === 0) reason = 'it records no outputs to compare with';
  else {
    const inputs = probeInputs(seed, standardization, probes, width);
    const computed = yield* retold(engine(inputs, probes), () => undefined);
    // Bit for bit: +0 is not -0. Neither side is NaN where they agree, since a ticket records no NaN.
    const wrong = computed.findIndex((value, index) => !Object.is(value, probeOutputs[index]));
    if (wrong >= 0) {
      const place = `output ${wrong % outputs} of probe ${Math.floor(wrong / outputs)}`;
      const recorded = withSign(probeOutputs[wrong] as number);
      reason = `${place} is ${withSign(computed[wrong] as number)}, the ticket records ${recorded}`;
    }
  }
  const equal = reason === undefined;
  let accuracy: MeasuredAccuracy | null = null;
  if (data !== undefined) {
    const correct = yield* countCorrectSteps(engine, program, data.values, data.labels);
    const recorded = ticket.accuracy;
    const known = recorded !== undefined && recorded.data === dataDigest(data);
    const matches = known ? recorded.correct === correct && recorded.samples === data.count : null;
    if (matches === false) {
      reason ??= `${correct} of ${data.count} samples are right, the ticket records ${recorded?.correct} of ${recorded?.samples}`;
    }
    accuracy = { correct, samples: data.count, matches };
  }
  return {
    equal,
    proved: reason === undefined,
    probes,
    keptEdges: kept.reduce((sum, count) => sum + count, 0),
    ...(ticket.signs && { signsStored: true }),
    accuracy,
    ...(reason === undefined ? {} : { failure: { reason } }),
  };
}
