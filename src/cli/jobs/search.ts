/** The search in the worker: data in, ticket on disk; log lines, checkpoints and reports to the main thread. */
import { InputError, withFileName } from '../../core/errors.js';
import { dataDigest, type LabelledData } from '../../data/labelled.js';
import type { MapSamples } from '../../inference/sample-layout.js';
import { type Checkpoint, decodeCheckpoint } from '../../search/checkpoint.js';
import type { Accuracy } from '../../search/choose-mask.js';
import type { SearchOptions } from '../../search/options.js';
import {
  type MakeCheckpoint,
  type SearchOutcome,
  type SearchTask,
  searchTicket,
  standardizationFor,
} from '../../search/search.js';
import { shapeText } from '../../search/shape-text.js';
import type { EpochRecord } from '../../search/train.js';
import { sourceWeights } from '../../source/shape.js';
import { trainedShape } from '../../ticket/trained.js';
import { MOST_BYTES_AT_ONCE, readRegularFile } from '../files/open-file.js';
import { type Output, writeParts } from '../files/output-file.js';
import { type LabelledFiles, readLabelled } from '../files/read-labelled.js';
import { refuseOtherTicket, searchRequest } from '../files/ticket-request.js';
import { JobStopped, type StoppableContext } from '../workers/job.js';
import { workerThreads } from '../workers/threads.js';
import { type FoundOutcome, type SearchQueue, searchThroughQueue } from './search-queue.js';

export interface SearchJobOptions {
  readonly data: LabelledFiles;
  readonly test?: LabelledFiles;
  /** Only the first so many training samples. */
  readonly limit?: number;
  /** Of networks of feature maps. */
  readonly threads: number;
  /** One search for each; several are a sweep. Empty with `resume`. */
  readonly searches: readonly { readonly options: SearchOptions; readonly ticket: Output }[];
  /** The data of a sweep's runs that are done. */
  readonly begunWith?: { readonly data: string; readonly testData: string };
  /** A checkpoint to go on from, and the ticket to write. */
  readonly resume?: { readonly checkpoint: string; readonly ticket: Output };
  /** Where the searches of a sweep are run instead. */
  readonly queue?: SearchQueue;
  /** Whether checkpoints are told; not those of a sweep. */
  readonly keeps: boolean;
}

export interface SearchReport {
  readonly method: string;
  readonly shape: readonly number[];
  /** The same as a text, with the maps where there are any. */
  readonly network: string;
  readonly seed: string;
  readonly keep: readonly number[];
  readonly epochs: number;
  readonly history: readonly EpochRecord[];
  /** By the inference engine on the written ticket. */
  readonly test: Accuracy | null;
  readonly trainerTest: Accuracy | null;
  readonly thresholdedTest: Accuracy | null;
  readonly drawnTest: Accuracy | null;
  readonly mask: {
    readonly edges: number;
    readonly kept: readonly number[];
    readonly bytes: number;
    readonly entropyBytes: number;
  };
  readonly ticket: { readonly path: string; readonly bytes: number };
  readonly seconds: { readonly read: number; readonly search: number; readonly epoch: number };
}

/** What the main thread hears: it keeps the files that outlive an interruption. */
export type SearchNews =
  | {
      readonly kind: 'begin';
      /** For the log. */
      readonly search: object;
      readonly resumed: boolean;
      /** Done before, by a resumed search. */
      readonly epochs: number;
    }
  | SearchCheckpoint
  /** A line of the log. */
  | { readonly kind: 'epoch'; readonly line: object }
  /** A ticket is in its place. */
  | {
      readonly kind: 'report';
      /** Of the search, among those that were asked for. */
      readonly index: number;
      readonly report: SearchReport;
      /** Digests of the training and test data. */
      readonly data: string;
      readonly testData: string | null;
    };

/** What an interrupted search goes on from. */
export interface SearchCheckpoint {
  readonly kind: 'checkpoint';
  readonly chunks: readonly Uint8Array[];
  /** Whole epochs, and steps of the next. */
  readonly epochs: number;
  readonly steps: number;
}

const EXPECTED = 'the checkpoint that an interrupted search wrote';

function readCheckpoint(file: string): Checkpoint {
  return withFileName(file, () =>
    decodeCheckpoint(
      readRegularFile(file, {
        expected: EXPECTED,
        limit: MOST_BYTES_AT_ONCE,
        tooLarge: `give ${EXPECTED}`,
      }),
    ),
  );
}

export async function searchJob(
  job: SearchJobOptions,
  context: StoppableContext<SearchNews>,
): Promise<null> {
  const checkpoint = job.resume && readCheckpoint(job.resume.checkpoint);
  const searches =
    checkpoint === undefined || job.resume === undefined
      ? job.searches
      : [{ options: checkpoint.options, ticket: job.resume.ticket }];
  const start = performance.now();
  const classes = searches[0]?.options.widths.at(-1) ?? 0;
  const wanted = { classes, ...mapsOf(searches[0]?.options) };
  const data = readLabelled(job.data, {
    ...wanted,
    ...(job.limit === undefined ? {} : { limit: job.limit }),
  });
  const test = job.test && readLabelled(job.test, { ...wanted, inputs: data.inputs });
  refuseOtherTickets(searches, data);
  const digests = {
    data: dataDigest(data),
    testData: test === undefined ? null : dataDigest(test),
  };
  refuseOtherData(job.begunWith, digests);
  const readSeconds = (performance.now() - start) / 1000;
  if (job.queue !== undefined && test !== undefined) {
    const given = { queue: job.queue, searches: job.searches, data, test };
    searchThroughQueue(given, context, ({ index, outcome, ticket, seconds }) => {
      const epoch = seconds / Math.max(1, outcome.history.length);
      const times = { read: readSeconds, search: seconds, epoch };
      const { options } = job.searches[index] as SearchJobOptions['searches'][number];
      const report = makeReport(options, outcome, ticket, times);
      context.tell({ kind: 'report', index, report, ...digests });
    });
    return null;
  }
  const threads = workerThreads(job.threads, context.launchThread);
  for (const [index, { options, ticket }] of searches.entries()) {
    const searchStart = performance.now();
    const given = { ...(test && { test }), ...(checkpoint && { checkpoint }) };
    const task = { options, data, threads, ...given };
    const place = { index, count: searches.length };
    // Before the search, which adds to this very history.
    const doneBefore = checkpoint?.state.history.length ?? 0;
    const outcome = await runSearch(task, job.keeps, context, place);
    const seconds = (performance.now() - searchStart) / 1000;
    const bytes = writeParts(ticket, outcome.bytes);
    const epochs = outcome.history.length - doneBefore;
    const report = makeReport(
      options,
      outcome,
      { path: ticket.file, bytes },
      { read: readSeconds, search: seconds, epoch: seconds / Math.max(1, epochs) },
    );
    context.tell({ kind: 'report', index, report, ...digests });
  }
  return null;
}

/** Throws an `InputError` where a sweep would go on with other data. */
function refuseOtherData(
  begunWith: SearchJobOptions['begunWith'],
  { data, testData }: { readonly data: string; readonly testData: string | null },
): void {
  if (begunWith === undefined) return;
  if (begunWith.data === data && begunWith.testData === testData) return;
  throw new InputError({
    place: 'data',
    problem: 'the sweep was begun with others',
    remedy: 'go on with the same data, or name another file with --results',
  });
}

/** How samples of feature maps have to come. */
function mapsOf(options: SearchOptions | undefined): { readonly maps?: MapSamples } {
  if (options?.maps === undefined) return {};
  const shape = { channels: options.widths[0] as number, ...options.maps.input };
  return { maps: { shape, layout: 'nhwc' } };
}

/** Throws an `InputError` where a ticket that would be replaced was learned in another way. */
function refuseOtherTickets(searches: SearchJobOptions['searches'], data: LabelledData): void {
  const replacing = searches.filter(({ ticket }) => typeof ticket.replaces !== 'string');
  if (replacing.length === 0) return;
  const digest = dataDigest(data);
  for (const { options, ticket } of replacing) {
    const request = searchRequest(options, digest, standardizationFor(options, data));
    refuseOtherTicket(ticket, 'trained', request, data.inputs);
  }
}

/** Steps of less than this together may be lost when the search is ended in the midst of one. */
const KEPT_EVERY_MILLISECONDS = 200;
/** Keeping may take this part of the time. */
const KEEPING_SHARE = 1 / 20;

/** Gives away the newest state, often enough and not so often that it costs time. */
function keeper(make: (checkpoint: MakeCheckpoint, done: number) => void) {
  let next = 0;
  return (done: number, checkpoint: MakeCheckpoint, anyway: boolean): void => {
    const before = performance.now();
    if (!anyway && before < next) return;
    make(checkpoint, done);
    const now = performance.now();
    next = now + Math.max(KEPT_EVERY_MILLISECONDS, (now - before) / KEEPING_SHARE);
  };
}

async function runSearch(
  task: SearchTask,
  keeps: boolean,
  context: StoppableContext<SearchNews>,
  place: { readonly index: number; readonly count: number },
): Promise<Extract<SearchOutcome, { finished: true }>> {
  const { options, checkpoint } = task;
  let epochs = checkpoint?.state.history.length ?? 0;
  let last = '';
  let epochStart = performance.now();
  let perEpoch = 1;
  const give = (chunks: readonly Uint8Array[], done: number): void => {
    const steps = done - epochs * perEpoch;
    if (keeps) context.tell({ kind: 'checkpoint', chunks, epochs, steps }, chunks);
  };
  const keep = keeper((make, done) => give(make(), done));
  let steps = 0;
  const outcome = await searchTicket(task, {
    signal: context.signal,
    onProgress(progress) {
      // Of training `onStep` tells more.
      if (progress.stage !== 'train') context.onProgress(progress);
    },
    onBegin(done, total, make) {
      perEpoch = total / options.epochs;
      steps = done;
      keep(done, make, true);
      // Not before: the log begins when there is something to go on from.
      const search = { ...options, seed: options.seed.toString() };
      context.tell({ kind: 'begin', search, resumed: checkpoint !== undefined, epochs });
    },
    onStep(done, total, loss, accuracy, make) {
      steps = done;
      keep(done, make, false);
      const now = `loss ${loss.toFixed(4)}, accuracy ${(100 * accuracy).toFixed(2)} %`;
      context.onProgress({
        stage: 'train',
        done: place.index * total + done,
        total: place.count * total,
        detail: `${now}${last}`,
      });
    },
    onEpoch(record) {
      const now = performance.now();
      epochs++;
      context.tell({ kind: 'epoch', line: { ...record, seconds: (now - epochStart) / 1000 } });
      epochStart = now;
      const held = record.validation ?? record.test;
      const name = record.validation === null ? 'test' : 'validation';
      if (held !== null) last = `; ${name} ${(100 * held).toFixed(2)} %`;
    },
    onCheckpoint: (chunks) => give(chunks, epochs * perEpoch),
  });
  if (outcome.finished) return outcome;
  give(outcome.checkpoint, steps);
  throw new JobStopped();
}

function makeReport(
  options: SearchOptions,
  outcome: FoundOutcome,
  ticket: SearchReport['ticket'],
  seconds: SearchReport['seconds'],
): SearchReport {
  const { masks, history, test, trainerTest, choice } = outcome;
  const { method, widths, keep, seed } = options;
  return {
    method,
    shape: widths,
    network: shapeText(options),
    seed: seed.toString(),
    keep,
    epochs: history.length,
    history,
    test,
    trainerTest,
    thresholdedTest: choice?.thresholded ?? null,
    drawnTest: choice?.drawn ?? null,
    mask: {
      edges: Number(sourceWeights(trainedShape(options))),
      kept: masks.kept,
      bytes: masks.bytes,
      entropyBytes: Math.ceil(masks.entropyBits / 8),
    },
    ticket,
    seconds,
  };
}
