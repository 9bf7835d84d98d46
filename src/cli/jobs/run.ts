/**
 * Inference in the worker: samples are read, evaluated and written batch by batch, so that inputs and
 * outputs may be larger than memory.
 */

import { InputError, withFileName } from '../../core/errors.js';
import type { Progress } from '../../core/progress.js';
import { complete, retold } from '../../core/steps.js';
import { classNumbers, NOT_ONE_NUMBER, notLabels, type Samples } from '../../data/samples.js';
import { argMax } from '../../inference/arg-max.js';
import type { ErrorReport } from '../../inference/error-report.js';
import { type EngineReport, type OpenEngineOptions, sizeOf } from '../../inference/open-engine.js';
import { openEngine } from '../../inference/open-engine-now.js';
import { mapSamplesOf, type SampleLayout } from '../../inference/sample-layout.js';
import type { Reading } from '../../target/network.js';
import type { Output } from '../files/output-file.js';
import { type DataFormat, openSamples, type SampleFile } from '../files/read-data.js';
import { readTicketFile } from '../files/read-ticket.js';
import {
  fileSink,
  memorySink,
  noSink,
  type OutputFormat,
  type OutputSink,
  streamSink,
} from '../files/run-output.js';
import { STANDARD_STREAM } from '../files/standard-input.js';
import { type PackedTexts, packTexts } from '../text/packed-texts.js';
import type { JobContext } from '../workers/job.js';
import { workerThreads } from '../workers/threads.js';

export interface RunJobOptions
  extends Pick<OpenEngineOptions, 'engine' | 'exactness' | 'divide' | 'outside'> {
  readonly threads: number;
  /** Most bytes of memory. */
  readonly memory: number;
  readonly ticket: string;
  /** A file, or `-` for standard input. */
  readonly input: string;
  readonly format?: DataFormat;
  /** The order of samples of feature maps in the input; default: what its shape tells, else the ticket's. */
  readonly layout?: SampleLayout;
  readonly labels?: string;
  readonly batch: number;
  /** Only the first so many samples. */
  readonly limit?: number;
  /**
   * Where the outputs go: a file or standard output; without it they are returned, unless only the
   * accuracy is asked for.
   */
  readonly output?: Output | typeof STANDARD_STREAM;
  /** Default: what the name of a file ends in, else CSV. */
  readonly outputFormat?: OutputFormat;
}

/** `ErrorReport`, packed. */
export type PackedErrors = {
  readonly [Part in keyof ErrorReport]: PackedTexts | null;
};

export interface RunJobResult extends Omit<EngineReport, 'error'> {
  readonly error: PackedErrors;
  readonly samples: number;
  readonly outputs: number;
  /** What reading the ticket's model left out or rounded, as it records. */
  readonly reading: Reading | null;
  /** Row-major, samples by outputs; null where they went to a file or are not asked for. */
  readonly values: Float64Array | null;
  readonly correct: number | null;
  /** The engine's own time. */
  readonly secondsPerSample: number;
  /** Reading and writing included, making the engine ready not. */
  readonly seconds: number;
}

export async function runJob(options: RunJobOptions, context: JobContext): Promise<RunJobResult> {
  const { limit = Number.POSITIVE_INFINITY, batch, memory } = options;
  const ticket = readTicketFile(options.ticket, {
    ...(options.engine === 'folded' ? {} : { use: 'program' as const }),
    memory,
  });
  const { inputs, outputs } = sizeOf(ticket);
  const data = await openSamples(options.input, inputs, { memory }, options.format, {
    samples: mapSamplesOf(ticket),
    ...(options.layout && { layout: options.layout }),
  });
  if (data.remark !== null) context.notice(`${data.file}: ${data.remark}`);
  const labels =
    options.labels === undefined ? null : await openLabels(options.labels, data, memory);
  // The first batch tells how many there are at least where the file does not.
  let read = await data.next(Math.min(batch, limit));
  const expected = Math.min(data.count ?? read?.count ?? 0, limit);
  const engine = withFileName(options.ticket, () =>
    openEngine(ticket, {
      ...options,
      samples: expected,
      threads: workerThreads(options.threads, context.launchThread),
      onProgress: context.onProgress,
    }),
  );
  const sink = sinkOf(options, outputs, data, context);
  const start = performance.now();
  let engineTime = 0;
  let samples = 0;
  let correct = 0;
  let bytes = 0;
  try {
    while (read !== null && !sink.isClosed?.()) {
      const { count } = read;
      const told = progressOf(data, bytes, limit);
      const values = Float64Array.from(read.values);
      const numbers = labels === null ? null : await nextLabels(labels, read, samples, outputs);
      const first = samples;
      const result = await namingSamples(data.file, () => {
        if (first === 0) engine.prepare(values, count);
        const before = performance.now();
        const steps = retold(engine.evaluateSteps(values, count, first), ({ stage, done }) =>
          // What a later batch needs to be made ready is part of the run.
          stage === 'run' ? told(first + Math.min(done, count), done / count) : undefined,
        );
        const computed = complete(steps, context);
        engineTime += performance.now() - before;
        return computed;
      });
      if (numbers !== null) correct += countCorrect(result, outputs, numbers);
      sink.add(result);
      samples += count;
      context.onProgress(told(samples, 1));
      bytes = data.bytesRead();
      read = samples < limit ? await data.next(Math.min(batch, limit - samples)) : null;
    }
    if (labels !== null && samples < limit && !sink.isClosed?.())
      await expectNoLabels(labels, samples);
    const seconds = (performance.now() - start) / 1000;
    const { error, ...report } = engine.report();
    return {
      ...report,
      error: packed(error),
      samples,
      outputs,
      reading: ticket.kind === 'trained' ? null : (ticket.reading ?? null),
      values: sink.finish(),
      correct: labels === null ? null : correct,
      secondsPerSample: engineTime / 1000 / samples,
      seconds,
    };
  } catch (error) {
    sink.discard();
    throw error;
  } finally {
    await data.close();
    await labels?.close();
  }
}

function packed({ rounding, certified, sum }: ErrorReport): PackedErrors {
  const pack = (list: readonly string[] | null) => (list === null ? null : packTexts(list));
  return { rounding: pack(rounding), certified: pack(certified), sum: pack(sum) };
}

function sinkOf(
  { output, outputFormat, labels, limit }: RunJobOptions,
  outputs: number,
  { count, file }: SampleFile,
  { print }: JobContext,
): OutputSink {
  if (output === STANDARD_STREAM) {
    const samples = count === null ? null : Math.min(count, limit ?? count);
    return streamSink(print, outputFormat ?? 'csv', outputs, samples);
  }
  if (output !== undefined) return fileSink(output, outputs, outputFormat);
  return labels === undefined ? memorySink(file) : noSink();
}

/**
 * How far a run is: after so many samples, or where the file does not tell how many it holds, after the share
 * of what has been read since byte `from`.
 */
function progressOf(
  { count, bytesRead, fileBytes }: SampleFile,
  from: number,
  limit: number,
): (samples: number, share: number) => Progress {
  const total = Math.min(count ?? Number.POSITIVE_INFINITY, limit);
  if (total < Number.POSITIVE_INFINITY) return (done) => ({ stage: 'run', done, total });
  const read = bytesRead() - from;
  return (_, share) => ({
    stage: 'stream',
    done: from + read * Math.min(1, share),
    total: fileBytes,
  });
}

/** Errors of the engine are about the samples. */
async function namingSamples<T>(file: string, evaluate: () => T | Promise<T>): Promise<T> {
  try {
    return await evaluate();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw error.inFile(file);
  }
}

/** Labels are read in step with the samples: one number each. */
async function openLabels(file: string, data: SampleFile, memory: number): Promise<SampleFile> {
  const labels = await asLabelFile(file, () => openSamples(file, 1, { memory }));
  if (labels.count !== null && data.count !== null && labels.count !== data.count) {
    throw labelCount(file, `${labels.count} labels`, `${data.count} samples`);
  }
  return labels;
}

/** What refuses samples of more than one number, in the words of labels. */
async function asLabelFile<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const isWide = error instanceof InputError && error.problem.endsWith(NOT_ONE_NUMBER);
    throw isWide ? notLabels(error.place, error.problem).inFile(file) : error;
  }
}

async function nextLabels(
  labels: SampleFile,
  read: Samples,
  first: number,
  classes: number,
): Promise<Uint32Array> {
  const numbers = new Uint32Array(read.count);
  for (let have = 0; have < read.count; ) {
    const next = await asLabelFile(labels.file, () => labels.next(read.count - have));
    if (next === null) throw labelCount(labels.file, `${first + have} labels`, 'more samples');
    try {
      numbers.set(
        classNumbers(next.values, classes, (index) => `[${first + have + index}]`),
        have,
      );
    } catch (error) {
      throw error instanceof InputError ? error.inFile(labels.file) : error;
    }
    have += next.count;
  }
  return numbers;
}

async function expectNoLabels(labels: SampleFile, samples: number): Promise<void> {
  if ((await labels.next(1)) === null) return;
  throw labelCount(labels.file, 'more labels', `${samples} samples`);
}

function labelCount(file: string, labels: string, samples: string): InputError {
  return new InputError({
    file,
    place: '',
    problem: `${labels} for ${samples}`,
    remedy: 'give a flat list, or one column, with as many labels as samples',
  });
}

function countCorrect(values: Float64Array, outputs: number, labels: Uint32Array): number {
  let correct = 0;
  labels.forEach((label, sample) => {
    if (argMax(values, sample * outputs, outputs) === label) correct++;
  });
  return correct;
}
