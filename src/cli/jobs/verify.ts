/** The proof in the worker. */

import type { Attachment } from '../../cluster/blobs.js';
import type { QueuePlace } from '../../cluster/place.js';
import { queueRanges } from '../../cluster/queue-ranges.js';
import { UsageError, withFileName } from '../../core/errors.js';
import { sizeOf } from '../../inference/open-engine.js';
import { mapSamplesOf } from '../../inference/sample-layout.js';
import type { TrainedVerdict } from '../../inference/verify-trained.js';
import { verifyAny } from '../../pipeline/verify.js';
import { refuseOption } from '../../pipeline/verify-steps.js';
import type { SampledRecord } from '../../precision/sampled-record.js';
import type { RangeProof } from '../../proof/range-proof.js';
import type { Verdict } from '../../proof/verify.js';
import type { Reading } from '../../target/reading.js';
import { readGivenSamples } from '../files/read-balls.js';
import { describeBalls } from '../files/read-domain.js';
import { type LabelledFiles, readLabelled } from '../files/read-labelled.js';
import { readModel } from '../files/read-model.js';
import { readTicketFile } from '../files/read-ticket.js';
import { distantQueue } from '../workers/distant-queue.js';
import type { JobContext } from '../workers/job.js';
import { workerThreads } from '../workers/threads.js';

export interface VerifyJobOptions {
  readonly ticket: string;
  readonly model?: string;
  /** Labelled data: what a trained ticket's accuracy is measured on. */
  readonly data?: LabelledFiles;
  /** The file of samples alone: around which a ticket's error is certified. */
  readonly samples?: string;
  /** Most bytes of memory. */
  readonly memory: number;
  readonly threads: number;
  /** Where large blocks are proved instead. */
  readonly queue?: VerifyQueue;
}

export interface VerifyQueue {
  readonly place: QueuePlace;
  /** SHA-256 of the ticket. */
  readonly digest: string;
  /** The ticket, where it goes through the queue's server. */
  readonly attached: readonly Attachment[];
  /** Jobs of a block. */
  readonly ranges?: number;
}

export type VerifyJobResult = (
  | {
      readonly kind: 'constructed' | 'baseline';
      readonly verdict: Verdict;
      /** What reading the model left out or rounded, as the ticket records it. */
      readonly reading: Reading | null;
      /** The balls that its error bound holds on, in words; null where that is its domain. */
      readonly around: string | null;
      /** The recorded promise about data, and whether it was looked at again; null where there is none. */
      readonly sampled: (SampledRecord & { readonly checked: boolean }) | null;
    }
  | { readonly kind: 'trained'; readonly verdict: TrainedVerdict }
) & { readonly seed: string; readonly seconds: number };

function rangesThrough(
  { place, digest, attached, ranges }: VerifyQueue,
  kept: readonly number[],
  { openQueue }: JobContext,
): RangeProof {
  const queue = distantQueue({ place, check: 0, attached }, openQueue);
  // Who says how many there are to be means it of small blocks too.
  return queueRanges({ queue, ticket: digest, kept, ...(ranges && { ranges, least: 0 }) });
}

export function verifyJob(options: VerifyJobOptions, context: JobContext): VerifyJobResult {
  const start = performance.now();
  const { memory } = options;
  const ticket = readTicketFile(options.ticket, {
    ...{ use: 'proof', memory },
    ...(options.queue && { digest: options.queue.digest }),
  });
  const { onProgress } = context;
  const given = { onProgress, memory };
  const { seed, kind } = ticket;
  const common = { seed: seed.toString() };
  const seconds = (): number => (performance.now() - start) / 1000;
  // Before the files, which can take long to read.
  if (ticket.kind === 'trained') {
    refuseOption(options.model, kind, 'model');
    const { inputs, outputs: classes } = sizeOf(ticket);
    const maps = mapSamplesOf(ticket);
    const shape = { inputs, classes, ...(maps && { maps }) };
    const verdict = verifyAny(ticket, {
      ...given,
      ...(options.data && { data: readLabelled(options.data, shape) }),
    });
    return { ...common, kind: ticket.kind, verdict, seconds: seconds() };
  }
  const { precision } = ticket;
  const around = precision.mode === 'certified' ? precision.around : undefined;
  const sampled = precision.mode === 'bits' ? precision.sampled : undefined;
  if (around === undefined && sampled === undefined) refuseOption(options.samples, kind, 'data');
  const read = options.model === undefined ? undefined : readModel(options.model, { memory });
  if (options.samples !== undefined && read === undefined) {
    throw new UsageError(
      'option "data" are the inputs on which the error of a "model" is looked at: give it too',
    );
  }
  const samples =
    options.samples === undefined || read === undefined
      ? {}
      : { samples: readGivenSamples(options.samples, read.network, context.notice) };
  const model = read === undefined ? {} : { model: { ...read, ...samples } };
  const threads = workerThreads(options.threads, context.launchThread);
  const verdict = withFileName(options.ticket, () =>
    verifyAny(ticket, {
      ...given,
      ...model,
      threads,
      ...(options.queue && { ranges: rangesThrough(options.queue, ticket.kept, context) }),
    }),
  );
  const reading = ticket.reading ?? null;
  const on = around === undefined ? null : describeBalls(around);
  const promise = sampled && {
    ...sampled,
    checked: options.samples !== undefined && verdict.proved,
  };
  return {
    ...common,
    ...{ kind: ticket.kind, verdict, reading, around: on, sampled: promise ?? null },
    seconds: seconds(),
  };
}
