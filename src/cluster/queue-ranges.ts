/** The proof by ranges through a queue: masks are decoded where the ranges are checked, not here. */
import { InputError } from '../core/errors.js';
import type { Progress } from '../core/progress.js';
import type { TaskQueue } from '../core/tasks.js';
import {
  admitReduced,
  inputsOfRange,
  keptIn,
  rangesOf,
  takesBlock,
} from '../proof/prove-by-ranges.js';
import { LEAST_EDGES, type RangeProof, type RangeResult } from '../proof/range-proof.js';
import { rangeReducer } from '../proof/range-reducer.js';
import { widthOf } from '../source/shape.js';
import {
  type ProofRange,
  type ProofRangeResult,
  proofRangeTask,
  unpackSigns,
} from './tasks/proof-range.js';

export interface QueueRangesOptions {
  readonly queue: TaskQueue;
  /** SHA-256 of the ticket's bytes. */
  readonly ticket: string;
  /** Kept edges of each layer. */
  readonly kept: readonly number[];
  /** How many ranges a block is cut into; default: by its edges. */
  readonly ranges?: number;
  /** Kept edges of a block from which on it goes through the queue. */
  readonly least?: number;
}

function refuse(problem: string): InputError {
  return new InputError({
    place: "a range's result",
    problem,
    remedy: 'find out who has access to the queue, cancel its jobs, and start again',
  });
}

/** `widths` are those of the block's hidden layers, which bound what a result may unpack to. */
function unpacked(result: ProofRangeResult, widths: readonly number[]): RangeResult {
  const { additions, failure } = result;
  // A range that fails ends there.
  if (result.seen.length !== widths.length)
    throw refuse(`${result.seen.length} layers in place of ${widths.length}`);
  const seen = result.seen.map((text, layer) => {
    const signs = unpackSigns(text, widths[layer] as number);
    if (signs === undefined) throw refuse('its signs cannot be read');
    return signs;
  });
  return { seen, additions, failure };
}

/** What `propagate` hands large blocks to, in place of threads. */
export function queueRanges({
  queue,
  ticket,
  kept,
  ranges,
  least = LEAST_EDGES,
}: QueueRangesOptions): RangeProof {
  return {
    takes: (block) => takesBlock(block, kept, least),
    *prove(block, limits, total) {
      const { number, input, first, last, source } = block;
      const edges = keptIn(block, kept);
      const neurons = input.neurons.length;
      const inputs = ranges === undefined ? inputsOfRange(edges, neurons) : neurons / ranges;
      const jobs = rangesOf(input, inputs).map(
        ({ from, to }): ProofRange => ({ ticket, block: number, from, to }),
      );
      const layers = last - first + 1;
      const told = (done: number): Progress => ({
        stage: 'prove',
        done: first - 1 + Math.floor((layers * done) / jobs.length),
        total,
      });
      const results = yield* queue.run(proofRangeTask, jobs, (done) =>
        done < jobs.length ? told(done) : undefined,
      );
      const reducer = rangeReducer(first, number);
      const hidden = Array.from({ length: layers - 1 }, (_, layer) =>
        widthOf(source.shape, first + layer),
      );
      const { liveNeurons, liveEdges } = results[0] as ProofRangeResult;
      for (const result of results) {
        if (result.liveNeurons !== liveNeurons || result.liveEdges !== liveEdges) {
          throw refuse('two ranges of one block do not agree on what is live in it');
        }
        reducer.add(unpacked(result, hidden));
      }
      const { additions, failure } = reducer.result();
      admitReduced({ seen: [], additions, failure }, block, limits.additions);
      return { layers, liveNeurons, liveEdges, additions };
    },
  };
}
