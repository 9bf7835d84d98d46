/** The engines of `run`, each with the name of its arithmetic: what a batch of samples goes through. */
import { UsageError } from '../../core/errors.js';
import { exactToNumber, runExact } from '../../inference/exact.js';
import { type Exactness, exactUnit } from '../../inference/fast/fast-engine.js';
import { threadedFastEngine } from '../../inference/fast/thread-task.js';
import { floatEngine } from '../../inference/float.js';
import { foldedEngine } from '../../inference/folded.js';
import { compileTicket, type PrunedProgram } from '../../inference/pruned-program.js';
import { compileTrained, trainedEngine } from '../../inference/trained.js';
import {
  compileBaseline,
  runWeightedExact,
  type WeightedProgram,
  weightedEngine,
} from '../../inference/weighted.js';
import { effectiveNetwork } from '../../precision/effective-network.js';
import { evaluateNetwork } from '../../target/evaluate.js';
import { admitNeurons } from '../../ticket/cost.js';
import type { StoredTicket } from '../../ticket/read.js';
import type { BaselineTicket, ConstructedTicket, TrainedTicket } from '../../ticket/ticket.js';
import type { JobContext } from '../job.js';
import { workerThreads } from '../threads.js';
import type { EngineName } from './engine-names.js';

export interface EngineOptions {
  readonly engine: EngineName;
  /** For `fast`: the fastest type, or exact results. */
  readonly exactness: Exactness;
  /** For `fast`: how many threads share a batch. */
  readonly threads: number;
  readonly divide: number;
  /** Most bytes of memory. */
  readonly memory: number;
}

export interface Engine {
  /** What it computes with, for people; known only after the first batch. */
  readonly arithmetic: () => string;
  /** Whether inputs come as they are: then the engine itself divides them. */
  readonly divides: boolean;
  /** What has to be done once for samples like these; its time is not the engine's. */
  readonly prepare?: (batch: Float64Array, samples: number) => void;
  /** Outputs of `samples` inputs, both row-major. The batch is not kept. */
  readonly evaluate: (batch: Float64Array, samples: number) => Float64Array | Promise<Float64Array>;
}

/**
 * Makes an engine ready for a ticket; what it costs is not part of the time per sample. Throws a
 * `UsageError` where the ticket's kind lacks the engine.
 */
export function openEngine(
  ticket: StoredTicket,
  options: EngineOptions,
  context: JobContext,
): Engine {
  switch (ticket.kind) {
    case 'constructed':
      return constructedEngine(ticket, options, context);
    case 'baseline':
      return baselineEngine(ticket, options, context);
    case 'trained':
      return trainedTicketEngine(ticket, options, context);
  }
}

function trainedTicketEngine(
  ticket: TrainedTicket,
  { engine: name, memory }: EngineOptions,
  context: JobContext,
): Engine {
  if (name !== 'float') {
    throw new UsageError(`--engine ${name}: a trained ticket runs with float`);
  }
  const program = compileTrained(
    ticket,
    (done, total) => context.progress('compile', done, total),
    memory,
  );
  return {
    arithmetic: () => 'float64 sums of the kept weights, one scale a layer',
    divides: false,
    evaluate: trainedEngine(program),
  };
}

/** Number of inputs (the constant not among them) and outputs of a ticket's network. */
export function sizeOf(ticket: StoredTicket): {
  readonly inputs: number;
  readonly outputs: number;
} {
  if (ticket.kind === 'trained') {
    const { widths } = ticket;
    return { inputs: widths[0], outputs: widths[widths.length - 1] };
  }
  const { matrices, inputSigns } =
    ticket.kind === 'baseline'
      ? ticket.effective
      : { matrices: ticket.target.matrices, inputSigns: ticket.inputSigns };
  return { inputs: inputSigns.length, outputs: matrices[matrices.length - 1].rows };
}

function baselineEngine(
  ticket: BaselineTicket,
  { engine: name, memory }: EngineOptions,
  context: JobContext,
): Engine {
  if (name === 'fast') {
    throw new UsageError('--engine fast only adds, and this ticket has real weights: use float');
  }
  if (name === 'folded') {
    const network = effectiveNetwork(ticket.effective);
    return {
      arithmetic: () => 'float64 multiplications by the effective weights',
      divides: false,
      evaluate: (batch) => evaluateNetwork(network, batch),
    };
  }
  const program = compileBaseline(
    ticket,
    (done, total) => context.progress('compile', done, total),
    memory,
  );
  admitNeurons(widest(program), memory);
  if (name === 'float') {
    return {
      arithmetic: () => 'float64 multiplications by the kept source weights',
      divides: false,
      evaluate: weightedEngine(program),
    };
  }
  return {
    arithmetic: () => 'BigInt multiplications by the kept source weights',
    divides: false,
    evaluate: (batch, samples) =>
      Float64Array.from(runWeightedExact(program, batch, samples), (value) => exactToNumber(value)),
  };
}

/** Live neurons of the widest layer of a program: what a batch's values are held for. */
function widest({ inputs, layers }: PrunedProgram | WeightedProgram): number {
  return layers.reduce((most, { neurons }) => Math.max(most, neurons.length), inputs);
}

function constructedEngine(
  ticket: ConstructedTicket,
  options: EngineOptions,
  context: JobContext,
): Engine {
  const { target, inputSigns } = ticket;
  const { engine: name, exactness, divide } = options;
  if (name === 'folded') {
    return {
      arithmetic: () => 'float64 multiplications by the folded integers',
      divides: false,
      evaluate: foldedEngine(target),
    };
  }
  const threads = workerThreads(name === 'fast' ? options.threads : 1, context.launchThread);
  threads.start();
  const program = compileTicket(
    ticket,
    (done, total) => context.progress('compile', done, total),
    options.memory,
  );
  admitNeurons(widest(program), options.memory);
  if (name === 'fast') {
    const engine = threadedFastEngine(program, { exactness, divide, inputSigns }, threads);
    const { arithmetic, prepare, run } = engine;
    return { arithmetic, divides: true, prepare, evaluate: run };
  }
  if (name === 'float') {
    return {
      arithmetic: () => 'float64 additions and subtractions, block scaling',
      divides: false,
      evaluate: floatEngine(program),
    };
  }
  const unit = exactUnit(divide);
  return {
    arithmetic: () => 'BigInt additions and subtractions',
    divides: unit === divide,
    evaluate: (batch, samples) =>
      Float64Array.from(runExact(program, batch, samples, undefined, unit), exactToNumber),
  };
}
