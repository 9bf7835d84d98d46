/**
 * What is promised of an exported file's arithmetic: for which inputs it rounds nothing, how far off it
 * may be otherwise, and that it cannot overflow. Refuses a type that could.
 */

import { InputError } from '../core/errors.js';
import type { Steps } from '../core/steps.js';
import { FLOAT32, FLOAT64, type FloatFormat } from '../inference/float-format.js';
import type { Domain } from '../target/network.js';
import type { Compute } from './exported-file.js';
import type { ValueRange } from './value-range.js';

export interface Exactness {
  /**
   * Greatest g such that inputs of the box that are multiples of `2^-g` give exact results: no sum
   * anywhere needs more bits than the type has. Null if that is not so even of whole numbers.
   */
  readonly inputPlaces: number | null;
  /** Whether the scale is a power of ten: then the last multiplication rounds, also on exact inputs. */
  readonly scaleRounds: boolean;
  /** Upper bound of the error of any output, for all inputs of the box that the type can hold. */
  readonly tolerance: number;
  /** The box that all this is about, in words. */
  readonly box: string;
}

export const FORMATS: Readonly<Record<Compute, FloatFormat>> = { float: FLOAT32, double: FLOAT64 };

/** The statement about a file that computes with this type. Throws an `InputError` on overflow. */
export function* exactnessOf(
  range: ValueRange,
  compute: Compute,
  domain: Domain,
  errorBound: (format: FloatFormat) => Steps<number>,
  scaleRounds: boolean,
): Steps<Exactness> {
  const { places, blocks, exponents } = range;
  const format = FORMATS[compute];
  let total = 0;
  let exactPlaces = Number.POSITIVE_INFINITY;
  blocks.forEach(({ bits }, block) => {
    if (
      bits - places - total > format.mostExponent - 1 ||
      exponents[block] > -format.leastExponent
    ) {
      throw new InputError({
        place: `target layer ${block + 1}`,
        problem: `its values reach 2^${bits - places - total}, its scale is 2^-${exponents[block]}: too much for ${compute}`,
        remedy:
          compute === 'float'
            ? 'export with option "compute: double"'
            : 'run the ticket with option "engine: exact", or find one of fewer bits',
      });
    }
    exactPlaces = Math.min(exactPlaces, format.precision + places - bits);
    total += exponents[block];
  });
  // Below the least normal number precision is lost as well.
  exactPlaces = Math.min(exactPlaces, -format.leastExponent - total);
  return {
    inputPlaces: exactPlaces < 0 ? null : exactPlaces,
    scaleRounds,
    tolerance: yield* errorBound(format),
    box: describeBox(domain),
  };
}

function describeBox(domain: Domain): string {
  if (domain.kind === 'box') return "the ticket's domain";
  const radius = domain.kind === 'ball' ? domain.radius : 1;
  return `[${-radius}, ${radius}] for every input`;
}

/** The statement in a sentence or two, for people. */
export function describeExactness(
  { inputPlaces, scaleRounds, tolerance, box }: Exactness,
  compute: Compute,
): string {
  const type = compute === 'float' ? 'float32' : 'float64';
  const bound = `outputs are within ${shortBound(tolerance)} of the exact ones`;
  if (inputPlaces === null) {
    return `${type}, on ${box}: sums need more bits than ${type} has; ${bound} (worst case)`;
  }
  const grid = inputPlaces === 0 ? 'whole numbers' : `multiples of 2^-${inputPlaces}`;
  const exact = scaleRounds ? 'exact up to the last multiplication,' : 'exact, bit for bit,';
  return `${type}, on ${box}: ${exact} for inputs that are ${grid}; on other inputs ${bound} (worst case)`;
}

/** A bound in two digits, rounded up. */
export function shortBound(value: number): string {
  const text = value.toExponential(1);
  if (!(Number(text) < value)) return text;
  const [digits, exponent] = text.split('e');
  return Number(`${(Number(digits) + 0.1).toFixed(1)}e${exponent}`).toExponential(1);
}
