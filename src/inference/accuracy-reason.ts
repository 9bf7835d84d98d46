/** Why a float type is not taken for a sample, in numbers: the sentence that all engines say. */
import type { EvaluationBound } from './evaluation-bound.js';
import { boundAt, type SizeBound } from './sample-size.js';

/** `budget` is what is allowed: the error that a float32 evaluation of the network could have. */
export function whyNotAccurate(
  type: string,
  { error, reach }: Pick<EvaluationBound, 'error' | 'reach'>,
  budget: SizeBound,
  size: number,
): string {
  let worst = 0;
  let output = 0;
  for (let index = 0; index < error.perSize.length; index++) {
    const ratio = boundAt(error, index, size) / boundAt(budget, index, size);
    if (!(ratio <= worst)) {
      worst = ratio;
      output = index;
    }
  }
  if (size > reach || !(worst > 1)) return `${type} does not hold the values`;
  const off = boundAt(error, output, size).toPrecision(2);
  const allowed = boundAt(budget, output, size).toPrecision(2);
  return `output ${output} could be off by ${off} in ${type}, by ${allowed} in a float32 evaluation of the network`;
}
