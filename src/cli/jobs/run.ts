/** Inference in the worker. */
import { asLabels, asSamples } from '../../data/samples.js';
import { exactToNumber, runExact } from '../../inference/exact.js';
import { floatEngine } from '../../inference/float.js';
import { runFolded } from '../../inference/folded.js';
import { compileTicket } from '../../inference/pruned-program.js';
import type { ConstructedTicket } from '../../ticket/ticket.js';
import type { JobContext } from '../job.js';
import { readDataFile } from '../read-data.js';
import { readTicketOfKind } from '../read-ticket.js';

export const ENGINES = ['float', 'exact', 'folded'] as const;
export type Engine = (typeof ENGINES)[number];

/** What each engine computes with. */
export const ARITHMETIC: Readonly<Record<Engine, string>> = {
  float: 'float64 additions and subtractions, block scaling',
  exact: 'BigInt additions and subtractions',
  folded: 'float64 multiplications by the folded integers',
};

export interface RunJobOptions {
  readonly ticket: string;
  readonly input: string;
  readonly divide: number;
  readonly labels?: string;
  readonly engine: Engine;
  readonly batch: number;
  /** Only the first so many samples. */
  readonly limit?: number;
}

export interface RunJobResult {
  readonly samples: number;
  readonly outputs: number;
  /** Row-major, samples by outputs. */
  readonly values: Float64Array;
  readonly correct: number | null;
  readonly secondsPerSample: number;
}

type Evaluate = (batch: Float64Array, samples: number) => Float64Array;

function evaluator(ticket: ConstructedTicket, engine: Engine, context: JobContext): Evaluate {
  const { target } = ticket;
  if (engine === 'folded') return (batch, samples) => runFolded(target, batch, samples);
  const program = compileTicket(ticket, (done, total) => context.progress('compile', done, total));
  if (engine === 'float') return floatEngine(program);
  return (batch, samples) =>
    Float64Array.from(runExact(program, batch, samples), (value) => exactToNumber(value));
}

export function runJob(options: RunJobOptions, context: JobContext): RunJobResult {
  const ticket = readTicketOfKind(options.ticket, 'constructed', 'run');
  const inputs = ticket.inputSigns.length;
  const { matrices } = ticket.target;
  const outputs = matrices[matrices.length - 1].rows;
  const data = asSamples(readDataFile(options.input), inputs);
  const labels =
    options.labels === undefined
      ? null
      : asLabels(readDataFile(options.labels), data.count, outputs);
  const samples = Math.min(data.count, options.limit ?? data.count);
  const evaluate = evaluator(ticket, options.engine, context);
  const values = new Float64Array(samples * outputs);
  const start = performance.now();
  for (let from = 0; from < samples; from += options.batch) {
    const size = Math.min(options.batch, samples - from);
    const batch = Float64Array.from(
      data.values.subarray(from * inputs, (from + size) * inputs),
      (value) => value / options.divide,
    );
    values.set(evaluate(batch, size), from * outputs);
    context.progress('run', from + size, samples);
  }
  const secondsPerSample = (performance.now() - start) / 1000 / samples;
  let correct: number | null = null;
  if (labels !== null) {
    correct = 0;
    for (let sample = 0; sample < samples; sample++) {
      if (argMax(values, sample * outputs, outputs) === labels[sample]) correct++;
    }
  }
  return { samples, outputs, values, correct, secondsPerSample };
}

/** Index of the largest of `length` values from `start`; the first of equals. */
export function argMax(values: Float64Array, start: number, length: number): number {
  let best = 0;
  for (let index = 1; index < length; index++) {
    if (values[start + index] > values[start + best]) best = index;
  }
  return best;
}
