/** The search in the worker: data in, log and checkpoints on the way, ticket on disk, report out. */
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { InputError, withFileName } from '../../core/errors.js';
import type { LabelledData } from '../../data/labelled.js';
import { type Checkpoint, decodeCheckpoint } from '../../search/checkpoint.js';
import type { Accuracy } from '../../search/choose-mask.js';
import type { SearchOptions } from '../../search/options.js';
import { type SearchOutcome, searchTicket } from '../../search/search.js';
import type { EpochRecord } from '../../search/train.js';
import type { StoppableContext } from '../job.js';
import { temporaryName, writeParts } from '../output-file.js';
import { type LabelledFiles, readLabelled } from '../read-labelled.js';

export interface SearchJobOptions {
  readonly data: LabelledFiles;
  readonly test?: LabelledFiles;
  /** Only the first so many training samples. */
  readonly limit?: number;
  /** One search for each; several are a sweep. Empty with `resume`. */
  readonly searches: readonly { readonly options: SearchOptions; readonly ticket: string }[];
  /** A checkpoint to go on from, and the ticket to write. */
  readonly resume?: { readonly checkpoint: string; readonly ticket: string };
  /** Where the checkpoint of an interrupted search goes; none for a sweep. */
  readonly checkpoint?: string;
  /** A file of JSON lines. */
  readonly log?: string;
}

export interface SearchReport {
  readonly method: string;
  readonly shape: readonly number[];
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

export type SearchJobResult =
  | { readonly finished: true; readonly reports: readonly SearchReport[] }
  | {
      readonly finished: false;
      readonly reports: readonly SearchReport[];
      /** The checkpoint that was written, with the epochs it has done; null in a sweep. */
      readonly checkpoint: { readonly path: string; readonly epochs: number } | null;
    };

function readCheckpoint(file: string): Checkpoint {
  return withFileName(file, () => {
    try {
      return decodeCheckpoint(readFileSync(file));
    } catch (error) {
      if (error instanceof InputError) throw error;
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (code === '') throw error;
      throw new InputError({
        place: '',
        problem: `it cannot be read (${code})`,
        remedy: 'give the checkpoint that an interrupted search wrote',
      });
    }
  });
}

export async function searchJob(
  job: SearchJobOptions,
  context: StoppableContext,
): Promise<SearchJobResult> {
  const checkpoint = job.resume && readCheckpoint(job.resume.checkpoint);
  const searches =
    checkpoint === undefined || job.resume === undefined
      ? job.searches
      : [{ options: checkpoint.options, ticket: job.resume.ticket }];
  const start = performance.now();
  const classes = searches[0]?.options.widths.at(-1) ?? 0;
  const data = readLabelled(job.data, {
    classes,
    ...(job.limit === undefined ? {} : { limit: job.limit }),
  });
  const test = job.test && readLabelled(job.test, { classes, inputs: data.inputs });
  const readSeconds = (performance.now() - start) / 1000;
  if (job.log !== undefined && checkpoint === undefined) writeFileSync(job.log, '');
  const reports: SearchReport[] = [];
  for (const [index, { options, ticket }] of searches.entries()) {
    const searchStart = performance.now();
    const outcome = await runSearch(
      job,
      { data, ...(test && { test }) },
      options,
      checkpoint,
      context,
      { index, count: searches.length },
    );
    const seconds = (performance.now() - searchStart) / 1000;
    if (!outcome.finished) {
      if (job.checkpoint === undefined) return { finished: false, reports, checkpoint: null };
      writeParts(job.checkpoint, temporaryName(job.checkpoint), outcome.checkpoint);
      const saved = { path: job.checkpoint, epochs: outcome.history.length };
      return { finished: false, reports, checkpoint: saved };
    }
    const bytes = writeParts(ticket, temporaryName(ticket), outcome.bytes);
    if (job.checkpoint !== undefined) rmSync(job.checkpoint, { force: true });
    const epochs = outcome.history.length - (checkpoint?.state.history.length ?? 0);
    reports.push(
      makeReport(
        options,
        outcome,
        { path: ticket, bytes },
        {
          read: readSeconds,
          search: seconds,
          epoch: seconds / Math.max(1, epochs),
        },
      ),
    );
  }
  return { finished: true, reports };
}

async function runSearch(
  job: SearchJobOptions,
  sets: { readonly data: LabelledData; readonly test?: LabelledData },
  options: SearchOptions,
  checkpoint: Checkpoint | undefined,
  context: StoppableContext,
  place: { readonly index: number; readonly count: number },
): Promise<SearchOutcome> {
  const log = (line: object): void => {
    if (job.log !== undefined) appendFileSync(job.log, `${JSON.stringify(line)}\n`);
  };
  log({ search: { ...options, seed: options.seed.toString() }, resumed: checkpoint !== undefined });
  const save = job.checkpoint;
  let last = '';
  let epochStart = performance.now();
  return searchTicket(
    { options, ...sets, ...(checkpoint && { checkpoint }) },
    {
      shouldStop: context.stopRequested,
      onStep(done, total, loss, accuracy) {
        const now = `loss ${loss.toFixed(4)}, accuracy ${(100 * accuracy).toFixed(2)} %`;
        context.progress('train', place.index * total + done, place.count * total, `${now}${last}`);
      },
      onEpoch(record) {
        const now = performance.now();
        log({ ...record, seconds: (now - epochStart) / 1000 });
        epochStart = now;
        const held = record.validation ?? record.test;
        const name = record.validation === null ? 'test' : 'validation';
        if (held !== null) last = `; ${name} ${(100 * held).toFixed(2)} %`;
      },
      ...(save !== undefined && {
        onCheckpoint: (chunks) => void writeParts(save, temporaryName(save), chunks),
      }),
    },
  );
}

function makeReport(
  options: SearchOptions,
  outcome: Extract<SearchOutcome, { finished: true }>,
  ticket: SearchReport['ticket'],
  seconds: SearchReport['seconds'],
): SearchReport {
  const { masks, history, test, trainerTest, choice } = outcome;
  const { method, widths, keep, seed } = options;
  return {
    method,
    shape: widths,
    seed: seed.toString(),
    keep,
    epochs: history.length,
    history,
    test,
    trainerTest,
    thresholdedTest: choice?.thresholded ?? null,
    drawnTest: choice?.drawn ?? null,
    mask: {
      edges: widths.slice(1).reduce((sum, outputs, t) => sum + outputs * (widths[t] as number), 0),
      kept: masks.kept,
      bytes: masks.bytes,
      entropyBytes: Math.ceil(masks.entropyBits / 8),
    },
    ticket,
    seconds,
  };
}
