/** The engines of `run`, each with the name of its arithmetic: what a batch of samples goes through. */
import { exactToNumber, runExact } from '../../inference/exact.js';
import { floatEngine } from '../../inference/float.js';
import { runFolded } from '../../inference/folded.js';
import { compileTicket } from '../../inference/pruned-program.js';
import { compileBaseline, runWeightedExact, weightedEngine } from '../../inference/weighted.js';
import { effectiveNetwork } from '../../precision/effective-network.js';
import { evaluateNetwork } from '../../target/evaluate.js';
import type { StoredTicket } from '../../ticket/read.js';
import type { BaselineTicket, ConstructedTicket } from '../../ticket/ticket.js';
import type { JobContext } from '../job.js';

export const ENGINES = ['float', 'exact', 'folded'] as const;
export type EngineName = (typeof ENGINES)[number];

export interface Engine {
  /** What it computes with, for people. */
  readonly arithmetic: string;
  /** Outputs of `samples` inputs, both row-major. The batch is not kept. */
  readonly evaluate: (batch: Float64Array, samples: number) => Float64Array | Promise<Float64Array>;
}

/** Makes an engine ready for a ticket; what it costs is not part of the time per sample. */
export function openEngine(ticket: StoredTicket, name: EngineName, context: JobContext): Engine {
  return ticket.kind === 'baseline'
    ? baselineEngine(ticket, name, context)
    : constructedEngine(ticket, name, context);
}

/** Number of inputs (the constant not among them) and outputs of a ticket's network. */
export function sizeOf(ticket: StoredTicket): {
  readonly inputs: number;
  readonly outputs: number;
} {
  const { matrices, inputSigns } =
    ticket.kind === 'baseline'
      ? ticket.effective
      : { matrices: ticket.target.matrices, inputSigns: ticket.inputSigns };
  return { inputs: inputSigns.length, outputs: matrices[matrices.length - 1].rows };
}

function baselineEngine(ticket: BaselineTicket, name: EngineName, context: JobContext): Engine {
  if (name === 'folded') {
    const network = effectiveNetwork(ticket.effective);
    return {
      arithmetic: 'float64 multiplications by the effective weights',
      evaluate: (batch) => evaluateNetwork(network, batch),
    };
  }
  const program = compileBaseline(ticket, (done, total) =>
    context.progress('compile', done, total),
  );
  if (name === 'float') {
    return {
      arithmetic: 'float64 multiplications by the kept source weights',
      evaluate: weightedEngine(program),
    };
  }
  return {
    arithmetic: 'BigInt multiplications by the kept source weights',
    evaluate: (batch, samples) =>
      Float64Array.from(runWeightedExact(program, batch, samples), (value) => exactToNumber(value)),
  };
}

function constructedEngine(
  ticket: ConstructedTicket,
  name: EngineName,
  context: JobContext,
): Engine {
  const { target } = ticket;
  if (name === 'folded') {
    return {
      arithmetic: 'float64 multiplications by the folded integers',
      evaluate: (batch, samples) => runFolded(target, batch, samples),
    };
  }
  const program = compileTicket(ticket, (done, total) => context.progress('compile', done, total));
  if (name === 'float') {
    return {
      arithmetic: 'float64 additions and subtractions, block scaling',
      evaluate: floatEngine(program),
    };
  }
  return {
    arithmetic: 'BigInt additions and subtractions',
    evaluate: (batch, samples) =>
      Float64Array.from(runExact(program, batch, samples), (value) => exactToNumber(value)),
  };
}
