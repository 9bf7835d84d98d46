/**
 * A block proved by ranges of its variables: the masks decoded once, each range checked by itself, here or
 * on threads, and what they say reduced to one answer. Into which ranges a block falls depends on the
 * block alone.
 */
import type { Progress } from '../core/progress.js';
import type { Steps } from '../core/steps.js';
import type { Threads, ThreadTask } from '../core/threads.js';
import type { SourceShape } from '../source/shape.js';
import { createSource } from '../source/source.js';
import { type BlockFrame, frameSteps, isLayered, liveEdges, liveNeurons } from './block-frame.js';
import type { BlockInput, VariableRange } from './block-input.js';
import { MOST_ADDITIONS_REASON } from './block-rows.js';
import { checkRange, NONE_FAILED, type RangeToCheck, rangeOver } from './check-range.js';
import {
  type BlockToProve,
  LEAST_EDGES,
  type RangeOptions,
  type RangeProof,
  type RangeResult,
  rangeProof,
} from './range-proof.js';
import { rangeReducer } from './range-reducer.js';
import { Rejection } from './rejection.js';

/** Kept edges of a range, about: few enough for its rows to stay near the processor. */
const EDGES_A_RANGE = 2 ** 21;
/** Inputs of a range at least: what all of them reach is gone through for each. */
const LEAST_INPUTS = 32;

/** A range as threads are given it; everything large in it is shared, or the range's own. */
export interface RangeTask {
  readonly seed: bigint;
  readonly shape: SourceShape;
  readonly frame: BlockFrame;
  readonly range: RangeToCheck;
}

/** `checkRange` for threads. */
export const rangeTask: ThreadTask<RangeTask, RangeResult> = {
  name: 'range of a proof',
  run: ({ seed, shape, frame, range }) => checkRange(frame, createSource(seed, shape), range),
};

/** Ranges of about `inputs` input neurons each, all variables of one in the same. */
export function rangesOf({ rows }: BlockInput, inputs: number): VariableRange[] {
  const neurons = rows.offsets.length - 1;
  const count = Math.max(1, Math.ceil(neurons / Math.max(1, inputs)));
  const bounds = Array.from(
    { length: count + 1 },
    (_, index) => rows.offsets[Math.round((index * neurons) / count)],
  );
  return bounds.slice(1).map((to, index) => ({ from: bounds[index], to }));
}

/** How many inputs a range of a block has that is not told otherwise. */
export function inputsOfRange(edges: number, neurons: number): number {
  const count = Math.max(1, Math.round(edges / EDGES_A_RANGE));
  return Math.max(LEAST_INPUTS, Math.ceil(neurons / count));
}

/** Edges that each of several ranges at a time may hold: together about as many as the block has. */
function mostEdges(edges: number, { count }: Threads): number {
  return Math.max(4 * EDGES_A_RANGE, Math.floor(edges / count));
}

function unlimited({ limits: { edges: _, ...limits }, ...range }: RangeToCheck): RangeToCheck {
  return { ...range, limits };
}

/** The frame of a block, its numbers where `place` puts them. */
export function* blockFrame(
  { source, mask, first, last, input, assignment, others, composed }: BlockToProve,
  place?: (numbers: Uint32Array) => Uint32Array,
): Steps<BlockFrame> {
  if (composed !== undefined) throw new RangeError('a block with kernels is not proved by ranges');
  const roots = Uint32Array.from([...assignment, ...others]).sort();
  return yield* frameSteps({
    ...{ shape: source.shape, mask, first, last, roots },
    inputs: input.neurons,
    ...(place && { place }),
  });
}

/** The reducer's answer, against the budget of the block. Throws the `Rejection` that it comes to. */
export function admitReduced(
  { failure, additions }: RangeResult,
  { number, last }: Pick<BlockToProve, 'number' | 'last'>,
  most: number,
): void {
  if (failure !== null) throw new Rejection(failure.failure, failure.order);
  if (additions > most) {
    throw new Rejection({ block: number, layer: last, neuron: 0, reason: MOST_ADDITIONS_REASON });
  }
}

/** Kept edges of a block. */
export function keptIn(
  { first, last }: Pick<BlockToProve, 'first' | 'last'>,
  kept: readonly number[],
): number {
  return kept.slice(first - 1, last).reduce((sum, count) => sum + count, 0);
}

/** Whether a block is layered and keeps at least so many edges. */
export function takesBlock(block: BlockToProve, kept: readonly number[], least: number): boolean {
  const { source, first, last, composed } = block;
  if (composed !== undefined) return false;
  return keptIn(block, kept) >= least && isLayered(source.shape, first, last);
}

/** How a block's ranges are chosen, for tests too. */
export interface RangeChoice {
  /** Kept edges of a block from which on it is checked by ranges. */
  readonly least?: number;
  readonly ranges?: (input: BlockInput, edges: number) => readonly VariableRange[];
}

/** The proof by ranges of blocks of which `kept` edges of each layer are known. */
export function proveByRanges(
  { kept, threads }: RangeOptions,
  {
    least = LEAST_EDGES,
    ranges = (input, edges) => rangesOf(input, inputsOfRange(edges, input.neurons.length)),
  }: RangeChoice = {},
): RangeProof {
  const share = (numbers: Uint32Array): Uint32Array => {
    if (threads === undefined) return numbers;
    const shared = threads.allocate(numbers.length);
    shared.set(numbers);
    return shared;
  };
  return {
    takes: (block) => takesBlock(block, kept, least),
    *prove(block, limits, total) {
      const { number, source, first, last, input, expected, assignment, others } = block;
      const isShared = threads !== undefined && threads.count > 1;
      const frame = yield* blockFrame(block, isShared ? share : undefined);
      const earliest = isShared ? threads.allocate(1) : new Uint32Array(1);
      earliest[0] = NONE_FAILED;
      const edges = liveEdges(frame);
      const chosen = ranges(input, keptIn(block, kept));
      // Each thread has rows of its own.
      const partsBeyond = Math.max(
        2 ** 20,
        Math.floor(limits.coefficients / (threads?.count ?? 1)),
      );
      const own = { partsBeyond, ...(isShared && { edges: mostEdges(edges, threads) }), ...limits };
      const whole = { number, input, expected, assignment, others, limits: own };
      const at = (index: number): RangeToCheck => ({
        ...rangeOver(whole, chosen[index]),
        earliest,
      });
      const layers = last - first + 1;
      const told = (done: number): Progress => ({
        stage: 'prove',
        done: first - 1 + Math.floor((layers * done) / chosen.length),
        total,
      });
      const reducer = rangeReducer(first, number);
      if (isShared) {
        let done = 0;
        const { seed, shape } = source;
        const tasks = {
          length: chosen.length,
          at: (index: number): RangeTask => ({ seed, shape, frame, range: at(index) }),
        };
        const results = threads.run(
          rangeTask,
          tasks,
          () => (done < chosen.length ? told(done) : undefined),
          () => {
            done++;
          },
        );
        for (const [index, result] of (yield* results).entries()) {
          reducer.add(
            // By itself it has the room of the whole block.
            result.isTooLarge ? yield* checkRange(frame, source, unlimited(at(index))) : result,
          );
        }
      } else {
        for (const index of chosen.keys()) {
          reducer.add(yield* checkRange(frame, source, at(index)));
          if (index < chosen.length - 1) yield told(index + 1);
        }
      }
      const { additions, failure } = reducer.result();
      admitReduced({ seen: [], additions, failure }, block, limits.additions);
      return { layers, liveNeurons: liveNeurons(frame), liveEdges: edges, additions };
    },
  };
}

/** Gives this to proofs of tickets that are large enough. */
export function provideRanges(): void {
  rangeProof.provide(proveByRanges);
}
