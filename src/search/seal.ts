/** The last step to a ticket by training: it is written, read back, and measured by the engine on its bytes. */
import { concatenate } from '../core/concatenate.js';
import { OWN_MEMORY } from '../core/limits.js';
import { retold, type Steps } from '../core/steps.js';
import { dataDigest, type LabelledData } from '../data/labelled.js';
import type { FloatEngineSteps } from '../inference/float.js';
import {
  compileTrainedSteps,
  countCorrectSteps,
  probeInputs,
} from '../inference/trained-layers.js';
import type { TrainedProgram } from '../inference/trained-program.js';
import type { LayerMask } from '../source/mask.js';
import { ticketOfKind } from '../ticket/kinds.js';
import { readTicket } from '../ticket/read.js';
import type { MaskTotals } from '../ticket/ticket-file.js';
import { encodeTrainedTicket, type TrainedHead, type TrainedTicket } from '../ticket/trained.js';

const PROBES = 16;

export interface SealedTicket {
  readonly ticket: TrainedTicket;
  /** Of the file. */
  readonly bytes: readonly Uint8Array[];
  readonly masks: MaskTotals;
  /** Test samples that get their own label; null without test samples. */
  readonly correct: number | null;
}

/** In steps; `engineSteps` makes the engine of the ticket's network. Records the outputs on the probe inputs, and with test samples the accuracy. */
export function* sealSteps(
  head: Omit<TrainedHead, 'probeOutputs'>,
  mask: (t: number) => LayerMask,
  engineSteps: (program: TrainedProgram) => FloatEngineSteps,
  test?: LabelledData,
): Steps<SealedTicket> {
  // Measured on a ticket read back from its bytes, which then only needs the results written in.
  const draft = ofBytes(
    encodeTrainedTicket({ ...head, probeOutputs: new Float64Array(0) }, mask).bytes,
  );
  const program = yield* compileTrainedSteps(draft, OWN_MEMORY);
  const engine = engineSteps(program);
  const probes = probeInputs(draft.seed, draft.standardization, PROBES, program.inputs);
  const probeOutputs = yield* retold(engine(probes, PROBES), () => undefined);
  const correct =
    test === undefined ? null : yield* countCorrectSteps(engine, program, test.values, test.labels);
  const accuracy =
    test === undefined || correct === null
      ? {}
      : { accuracy: { correct, samples: test.count, data: dataDigest(test) } };
  const { bytes, masks } = encodeTrainedTicket({ ...head, probeOutputs, ...accuracy }, mask);
  return { ticket: ofBytes(bytes), bytes, masks, correct };
}

function ofBytes(chunks: readonly Uint8Array[]): TrainedTicket {
  const ticket = readTicket(concatenate(chunks), { memory: OWN_MEMORY });
  return ticketOfKind(ticket, 'trained', 'the search');
}
