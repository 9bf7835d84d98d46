/** The searches of a sweep through a queue: data out once, and tickets in, each checked to be the one asked for. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Attachment, refuseToSend } from '../../cluster/blobs.js';
import type { QueuePlace } from '../../cluster/place.js';
import { nameOfFile, putWhole } from '../../cluster/tasks/files.js';
import { encodeLabelled } from '../../cluster/tasks/labelled-file.js';
import {
  type SearchRun,
  type SearchRunResult,
  searchRunTask,
} from '../../cluster/tasks/search-run.js';
import { InputError, MisfitError } from '../../core/errors.js';
import { complete } from '../../core/steps.js';
import { dataDigest, type LabelledData } from '../../data/labelled.js';
import { verifyTrained } from '../../inference/verify-trained.js';
import type { SearchOptions } from '../../search/options.js';
import { optionsJson } from '../../search/options-record.js';
import { standardizationFor } from '../../search/search.js';
import { ticketOfKind } from '../../ticket/kinds.js';
import { readTicket } from '../../ticket/read.js';
import { type Output, writeParts } from '../files/output-file.js';
import { otherThanAsked, searchRequest, type TicketRequest } from '../files/ticket-request.js';
import { cannotWrite } from '../system-error.js';
import { distantQueue } from '../workers/distant-queue.js';
import type { JobContext } from '../workers/job.js';

export interface SearchQueue {
  readonly place: QueuePlace;
  /** Where the data are put under their digests; `isShared` says that workers see it too. */
  readonly folder: string;
  readonly isShared: boolean;
}

/** What a report tells of a finished search. */
export type FoundOutcome = Omit<SearchRunResult, 'ticket' | 'seconds'>;

export interface FoundTicket {
  /** Of the search, among those that were asked for. */
  readonly index: number;
  readonly outcome: FoundOutcome;
  readonly ticket: { readonly path: string; readonly bytes: number };
  readonly seconds: number;
}

interface QueuedSearches {
  readonly queue: SearchQueue;
  readonly searches: readonly { readonly options: SearchOptions; readonly ticket: Output }[];
  readonly data: LabelledData;
  readonly test: LabelledData;
}

/** Writes data into the folder under their digest, whole or not at all. */
function putData({ folder, isShared }: SearchQueue, data: LabelledData): Attachment {
  const parts = encodeLabelled(data);
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  const digest = hash.digest('hex');
  if (!isShared) {
    refuseToSend(
      'data',
      parts.reduce((sum, part) => sum + part.length, 0),
    );
  }
  const file = path.join(folder, nameOfFile('data', digest));
  try {
    const own = putWhole(file, digest, (partial) => {
      for (const part of parts) writeFileSync(partial, part, { flag: 'a' });
    });
    if (own !== digest) throw new Error(`what was written has the SHA-256 ${own}`);
  } catch (error) {
    throw cannotWrite(file, error);
  }
  return { kind: 'data', digest, file };
}

/** Runs the searches on the workers of a queue; `found` hears of each ticket once it is in its place. */
export function searchThroughQueue(
  { queue, searches, data, test }: QueuedSearches,
  context: JobContext,
  found: (ticket: FoundTicket) => void,
): void {
  const attached = [putData(queue, data), putData(queue, test)] as const;
  const [{ digest: dataFile }, { digest: testFile }] = attached;
  const training = dataDigest(data);
  let done = 0;
  const total = searches.length;
  context.onProgress({ stage: 'train', done, total });
  const distant = distantQueue(
    { place: queue.place, check: 0, attached: queue.isShared ? [] : attached },
    context.openQueue,
  );
  const runs = searches.map(
    ({ options }): SearchRun => ({
      options: optionsJson(options),
      data: dataFile,
      test: testFile,
    }),
  );
  const finished = (
    index: number,
    { ticket: text, seconds, ...outcome }: SearchRunResult,
  ): void => {
    const { options, ticket } = searches[index] as QueuedSearches['searches'][number];
    const bytes = new Uint8Array(Buffer.from(text, 'base64'));
    const request = searchRequest(options, training, standardizationFor(options, data));
    refuseOther(bytes, index, { request, test, told: outcome.test });
    const written = writeParts(ticket, [bytes]);
    found({ index, outcome, ticket: { path: ticket.file, bytes: written }, seconds });
    context.onProgress({ stage: 'train', done: ++done, total });
  };
  complete(distant.run(searchRunTask, runs, undefined, finished));
}

interface Asked {
  readonly request: TicketRequest;
  readonly test: LabelledData;
  readonly told: FoundOutcome['test'];
}

/**
 * Throws an `InputError` for a ticket that does not answer the search, or does not have the accuracy on the
 * test data that was told of it: it is measured here again.
 */
function refuseOther(bytes: Uint8Array, index: number, { request, test, told }: Asked): void {
  const refuse = (problem: string): never => {
    throw new InputError({
      place: `search ${index + 1}`,
      problem,
      remedy: 'find out who has access to the queue, cancel its jobs, and start again',
    });
  };
  const verdict = (() => {
    try {
      const ticket = ticketOfKind(readTicket(bytes), 'trained', 'a search');
      return verifyTrained(ticket, { data: test });
    } catch (error) {
      if (!(error instanceof InputError || error instanceof MisfitError)) throw error;
      return refuse(`its ticket is refused: ${error.message}`);
    }
  })();
  const other = otherThanAsked(bytes, request);
  if (other !== null) refuse(other);
  const { proved, failure, accuracy } = verdict;
  if (!proved) refuse(`its ticket is not verified: ${failure?.reason}`);
  if (accuracy?.matches !== true || accuracy.correct !== told?.correct) {
    refuse('its ticket does not have the accuracy that was told of it');
  }
}
