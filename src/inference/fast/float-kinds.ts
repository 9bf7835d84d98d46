/**
 * The ways to compute in floats, and for which samples each is accurate enough: where its error bound is
 * at most what a float32 evaluation of the network could be off by (`PrunedProgram.float32`).
 */
import type { Steps } from '../../core/steps.js';
import { whyNotAccurate } from '../accuracy-reason.js';
import { blockFactors } from '../block-factors.js';
import type { EvaluationBound } from '../evaluation-bound.js';
import type { PrunedProgram } from '../pruned-program.js';
import { isInRange, type SizeBound, type SizeRange, sizesWithin } from '../sample-size.js';
import { floatBoundSteps } from './float-bound.js';
import { addsBytesExactly } from './number-types.js';
import type { Segment } from './segments.js';

/**
 * A way to compute in floats; `bytes`: 8-bit integer inputs, whose digits are added in int16; `fixes`: the digits
 * of feature maps are added in int32, in blocks where that is as good (`float-bound.ts`).
 */
export interface FloatKind {
  readonly kind:
    | 'int16, float32'
    | 'float32'
    | 'int16, int32, float64'
    | 'int32, float64'
    | 'int16, float64'
    | 'float64';
  readonly type: 'float32' | 'float64';
  readonly bytes: boolean;
  readonly fixes: boolean;
}

/** From the fastest on. */
export const FLOAT_KINDS: readonly FloatKind[] = [
  { kind: 'int16, float32', type: 'float32', bytes: true, fixes: false },
  { kind: 'float32', type: 'float32', bytes: false, fixes: false },
  { kind: 'int16, int32, float64', type: 'float64', bytes: true, fixes: true },
  { kind: 'int32, float64', type: 'float64', bytes: false, fixes: true },
  { kind: 'int16, float64', type: 'float64', bytes: true, fixes: false },
  { kind: 'float64', type: 'float64', bytes: false, fixes: false },
];

/** One of them on certain segments: its error, and the sizes of samples for which it will do. */
export interface FloatCandidate extends FloatKind {
  readonly bound: EvaluationBound;
  readonly sizes: SizeRange;
  /** Numbers of the segments whose digits are added in int32. */
  readonly fixed: readonly number[];
}

/** Rows that are followed back from each that mixes others: some layers of a group of chains, or most. */
const FOLLOWED = [32, 256];

/**
 * Of feature maps float32 is not taken, though its bound may be as good as that of a float32 evaluation of the
 * network: the sums of a pruned source are many times as large as the network's, bounds of deep networks are far
 * from what happens, and it is off by percents where the network in float32 is off by a millionth (measured:
 * `bench/map-agreement.mjs`).
 */
function isTooCoarse(type: FloatKind['type'], { maps }: PrunedProgram): boolean {
  return type === 'float32' && maps !== undefined;
}

/** A way on these segments; null where there is none, or it would be another one. In steps. */
export function* floatCandidateSteps(
  { kind, type, bytes, fixes }: FloatKind,
  segments: readonly Segment[],
  program: PrunedProgram,
  inputRoundings: number,
): Steps<FloatCandidate | null> {
  const { scales, constant } = program;
  const { factors, last } = blockFactors(program);
  if (isTooCoarse(type, program)) return null;
  if (fixes && program.maps === undefined) return null;
  if (bytes && !addsBytesExactly(segments, type)) return null;
  let fixed: readonly number[] = [];
  function* boundSteps(follow: number): Steps<EvaluationBound> {
    const { fixed: own, ...bound } = yield* floatBoundSteps({
      ...{ segments, type, exactDigits: bytes, scales, constant, follow, fixes },
      ...{ factors, last, inputRoundings, differences: program.maps !== undefined },
    });
    fixed = own;
    return inOutputOrder(program, bound);
  }
  let bound = yield* boundSteps(0);
  let sizes = sizesWithin(bound.error, program.float32.error);
  // Following paths takes its time, and is for chains so deep that they need a float64 in any case.
  for (const follow of type === 'float64' ? FOLLOWED : []) {
    if (isInRange(sizes, 1)) break;
    bound = yield* boundSteps(follow);
    sizes = sizesWithin(bound.error, program.float32.error);
  }
  if (fixes && fixed.length === 0) return null;
  return { kind, type, bytes, fixes, bound, sizes, fixed };
}

/** By their names, those that were looked for: null where there is none. */
export type FloatCandidates = ReadonlyMap<FloatKind['kind'], FloatCandidate | null>;

/**
 * The fastest way that will do for a sample, judged by `suits`; where that depends on one that was not looked for
 * yet, that one's kind. Of 8-bit integers (`small`) ways that add them in int16 come in place of those that do not.
 */
export function fastestWay(
  candidates: FloatCandidates,
  small: boolean,
  suits: (candidate: FloatCandidate) => boolean,
): { readonly found: FloatCandidate | null } | { readonly missing: FloatKind } {
  let taken: FloatKind | null = null;
  for (const each of FLOAT_KINDS) {
    if (each.bytes && !small) continue;
    if (taken?.type === each.type && taken.fixes === each.fixes) continue;
    const candidate = candidates.get(each.kind);
    if (candidate === undefined) return { missing: each };
    if (candidate === null) continue;
    if (suits(candidate)) return { found: candidate };
    taken = each;
  }
  return { found: null };
}

/** From the last layer's order to the outputs'; an output without a neuron is always 0. */
function inOutputOrder(
  { layers, outputs, maps }: PrunedProgram,
  { error, sizes, reach }: EvaluationBound,
): EvaluationBound {
  const { neurons } = layers[layers.length - 1] as PrunedProgram['layers'][number];
  const area = maps?.area ?? 1;
  const ordered = ({ perSize, constant }: SizeBound): SizeBound => {
    const result = { perSize: new Float64Array(outputs), constant: new Float64Array(outputs) };
    neurons.forEach((output, index) => {
      const [from, to] = [output * area, (output + 1) * area];
      result.perSize.fill(perSize[index] as number, from, to);
      result.constant.fill(constant[index] as number, from, to);
    });
    return result;
  };
  return { error: ordered(error), sizes: ordered(sizes), reach };
}

/** Why a sample of this size is not computed in the float types before `kind`, each in numbers. */
export function whyNoFaster(
  kind: unknown,
  size: number,
  candidates: FloatCandidates,
  program: PrunedProgram,
): string[] {
  const { type, bytes } = FLOAT_KINDS.find((each) => each.kind === kind) ?? {};
  if (type === 'float32') return [];
  const refused = type === 'float64' ? (['float32'] as const) : (['float32', 'float64'] as const);
  return refused.map((each) => {
    if (isTooCoarse(each, program)) return `${each} is too coarse for the sums of feature maps`;
    const tried = [...candidates.values()].filter((one) => one?.type === each && !one.fixes);
    const candidate = tried.find((one) => one?.bytes === bytes) ?? tried[0];
    if (candidate === undefined || candidate === null) return `${each} does not hold the values`;
    return whyNotAccurate(each, candidate.bound, program.float32.error, size);
  });
}
