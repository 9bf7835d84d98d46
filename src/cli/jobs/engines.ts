/** The engines of `run`, each with the name of its arithmetic: what a batch of samples goes through. */
import { exactToNumber, runExact } from '../../inference/exact.js';
import { floatEngine } from '../../inference/float.js';
import { runFolded } from '../../inference/folded.js';
import { compileTicket } from '../../inference/pruned-program.js';
import type { ConstructedTicket } from '../../ticket/ticket.js';
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
export function openEngine(
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
