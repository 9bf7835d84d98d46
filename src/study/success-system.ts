/** What the success study measures: a construction, what is varied of its source, and one trial. */
import type { TargetShape } from './shape.js';

/** A source size of one construction: what theory says of it, and whether a seed succeeds. */
export interface Trial {
  /** Neurons of the widest layer. */
  readonly width: number;
  /** Weight layers. */
  readonly depth: number;
  readonly weights: bigint;
  /** Upper bound of the probability that a seed fails; may exceed 1. */
  readonly failureBound: number;
  /** Whether the source of this seed holds what is looked for. */
  holds(seed: bigint): boolean;
}

/** A construction, and the one thing about its source that is varied. */
export interface SuccessSystem {
  readonly construction: string;
  /** What is varied, e.g. `candidates`. */
  readonly varied: string;
  /** The same for readers who have not seen the code. */
  readonly variedWords: string;
  /** Along which size the curve is drawn. */
  readonly axis: 'width' | 'depth';
  /** The shapes measured; `SUCCESS_SHAPES` where nothing else is said. */
  readonly shapes?: readonly TargetShape[];
  /** The shape in words, and what these words are. */
  describe(shape: TargetShape): string;
  readonly shapeWords: string;
  /** What a source must hold to count as a success, in words. */
  readonly event: string;
  /** Values, ascending, over which success goes from hardly ever to nearly always. */
  values(shape: TargetShape): readonly number[];
  trial(shape: TargetShape, value: number): Trial;
}
