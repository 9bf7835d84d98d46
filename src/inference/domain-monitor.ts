/**
 * Samples against the domain that a ticket records. What was promised holds on the domain; outside the
 * signs that it gives the inputs, the pruned source is another function. Counts are exact: a sample is
 * judged by the values that enter the network, and where a quotient enters without being rounded
 * first, by that quotient and not by the float64 nearest to it.
 */
import {
  addDyadic,
  compareDyadic,
  DYADIC_ZERO,
  dyadicFromNumber,
  multiplyDyadic,
} from '../core/dyadic.js';
import { InputError } from '../core/errors.js';
import type { Domain, InputSign } from '../target/network.js';

/** What the samples so far were. */
export interface OutsideReport {
  /** Samples outside the domain, those outside its signs among them. */
  readonly samples: number;
  /** Samples with an input of a sign that the domain excludes. */
  readonly signs: number;
  /** The first sample outside. Null if there is none. */
  readonly first: OutsidePlace | null;
  /** Where every sample was outside, and all of them divided by this would be inside. */
  readonly divisor: number | null;
}

/** `coordinate` is null where it is the distance from 0 that is too large. */
export interface OutsidePlace {
  readonly sample: number;
  readonly coordinate: number | null;
  readonly value: number;
}

export interface DomainMonitor {
  /**
   * Looks at a batch: `entering` are the samples as float64s after their division, `given` before it;
   * `first` numbers the first of them. Returns for each sample whether it is outside the signs.
   * Throws an `InputError` naming sample, coordinate and value at the first one, unless such samples
   * are allowed.
   */
  check(given: Float64Array, entering: Float64Array, samples: number, first: number): Uint8Array;
  report(): OutsideReport;
}

export interface DomainMonitorOptions {
  readonly domain: Domain;
  readonly inputSigns: readonly InputSign[];
  /** What inputs are divided by, and whether the quotients enter exactly. */
  readonly divide: number;
  readonly dividesExactly: boolean;
  readonly outside: 'refuse' | 'allow';
}

/** Divisors that data are commonly brought into a box by. */
const DIVISORS = [255, 256, 65535, 100, 10, 1000];

export function domainMonitor(options: DomainMonitorOptions): DomainMonitor {
  const { domain, inputSigns, divide, outside } = options;
  const judge: Judge = {
    domain,
    inputSigns,
    exactDivisor: options.dividesExactly && divide !== 1 ? divide : null,
  };
  const constrained = domain.kind !== 'all' || inputSigns.some((sign) => sign !== 'signed');
  let seen = 0;
  let count = 0;
  let signs = 0;
  let place: OutsidePlace | null = null;
  let divisors: readonly number[] = domain.kind === 'box' && divide === 1 ? DIVISORS : [];

  /** 1 for a sample of wrong signs. */
  function look(values: SampleAt, sample: number): 0 | 1 {
    const wrong = wrongSign(judge, values);
    const coordinate = wrong >= 0 ? wrong : outsideBox(judge, values);
    const distance = coordinate >= 0 ? null : outsideBall(judge, values);
    if (coordinate < 0 && distance === null) {
      divisors = [];
      return 0;
    }
    const entering = (input: number): number => values.entering[values.start + input] as number;
    if (wrong >= 0 && outside === 'refuse') {
      throw refusal(sample, wrong, entering(wrong), inputSigns[wrong]);
    }
    count++;
    if (wrong >= 0) signs++;
    place ??= {
      sample,
      coordinate: coordinate < 0 ? null : coordinate,
      value: distance ?? entering(coordinate),
    };
    divisors = divisors.filter((divisor) => fitsDivided(judge, values, divisor));
    return wrong >= 0 ? 1 : 0;
  }

  return {
    check(given, entering, samples, first) {
      const flags = new Uint8Array(samples);
      if (!constrained) return flags;
      for (let sample = 0; sample < samples; sample++) {
        const start = sample * inputSigns.length;
        flags[sample] = look({ given, entering, start }, first + sample);
      }
      seen += samples;
      return flags;
    },
    report: () => ({
      samples: count,
      signs,
      first: place,
      divisor: count > 0 && count === seen ? (divisors[0] ?? null) : null,
    }),
  };
}

/** What samples are judged by. */
interface Judge {
  readonly domain: Domain;
  readonly inputSigns: readonly InputSign[];
  /** What quotients are exact by; null where the float64s that enter are the values themselves. */
  readonly exactDivisor: number | null;
}

/** A sample within a batch, before its division and after it. */
interface SampleAt {
  readonly given: Float64Array;
  readonly entering: Float64Array;
  readonly start: number;
}

/** The first coordinate of a sign that the domain excludes, or -1. */
function wrongSign(
  { inputSigns, exactDivisor }: Judge,
  { given, entering, start }: SampleAt,
): number {
  // A quotient's sign is that of the input, unless it was rounded to 0.
  const values = exactDivisor === null ? entering : given;
  for (let input = 0; input < inputSigns.length; input++) {
    const sign = inputSigns[input];
    if (sign === 'signed') continue;
    const value = values[start + input] as number;
    if (sign === 'nonnegative' ? value < 0 : value > 0) return input;
  }
  return -1;
}

/** The first coordinate outside the box, or -1. */
function outsideBox({ domain, exactDivisor }: Judge, { given, entering, start }: SampleAt): number {
  if (domain.kind !== 'box') return -1;
  const { lower, upper } = domain;
  for (let input = 0; input < lower.length; input++) {
    const value = entering[start + input] as number;
    const low = lower[input] as number;
    const high = upper[input] as number;
    if (value > low && value < high) continue;
    const own = given[start + input] as number;
    if (compare(own, value, low, exactDivisor) < 0) return input;
    if (compare(own, value, high, exactDivisor) > 0) return input;
  }
  return -1;
}

/** Negative, zero or positive as the value that enters is below, at or above a bound. */
function compare(
  given: number,
  entering: number,
  bound: number,
  exactDivisor: number | null,
): number {
  if (entering !== bound || exactDivisor === null) return entering - bound;
  // The nearest float64 of the quotient is the bound: the quotient itself may be beyond it.
  const product = multiplyDyadic(dyadicFromNumber(bound), dyadicFromNumber(exactDivisor));
  return compareDyadic(dyadicFromNumber(given), product);
}

/** The distance from 0 where it is more than the ball's radius, else null. */
function outsideBall(judge: Judge, values: SampleAt): number | null {
  const { domain, inputSigns } = judge;
  if (domain.kind !== 'ball') return null;
  const inputs = inputSigns.length;
  const own = values.entering.subarray(values.start, values.start + inputs);
  let squares = 0;
  for (let input = 0; input < inputs; input++)
    squares += ((own[input] as number) / domain.radius) ** 2;
  const slack = (inputs + 8) * 2 ** -51;
  if (squares < 1 - slack) return null;
  if (!(squares > 1 + slack) && isInBall(judge, values, domain.radius)) return null;
  const most = own.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const units = own.reduce((sum, value) => sum + (value / most) ** 2, 0);
  return Math.min(Number.MAX_VALUE, Math.sqrt(units) * most);
}

/** Whether a sample is no farther from 0 than the radius, decided exactly. */
function isInBall(
  { inputSigns, exactDivisor }: Judge,
  { given, entering, start }: SampleAt,
  radius: number,
): boolean {
  const limit = multiplyDyadic(dyadicFromNumber(radius), dyadicFromNumber(exactDivisor ?? 1));
  let sum = DYADIC_ZERO;
  for (let input = 0; input < inputSigns.length; input++) {
    const value = (exactDivisor === null ? entering : given)[start + input] as number;
    const exact = dyadicFromNumber(value);
    sum = addDyadic(sum, multiplyDyadic(exact, exact));
  }
  return compareDyadic(sum, multiplyDyadic(limit, limit)) <= 0;
}

/** Whether a sample would be inside the box if it were divided. */
function fitsDivided({ domain }: Judge, { given, start }: SampleAt, divisor: number): boolean {
  if (domain.kind !== 'box') return true;
  const { lower, upper } = domain;
  for (let input = 0; input < lower.length; input++) {
    const value = (given[start + input] as number) / divisor;
    if (value < (lower[input] as number) || value > (upper[input] as number)) return false;
  }
  return true;
}

function refusal(
  sample: number,
  coordinate: number,
  value: number,
  sign: InputSign | undefined,
): InputError {
  const side = sign === 'nonnegative' ? 'negative' : 'positive';
  return new InputError({
    place: `sample ${sample}, value ${coordinate}`,
    problem: `${value} is outside the ticket's domain, where this input is never ${side}, and the pruned source is another function there`,
    remedy:
      'give samples of the domain, find the network on a larger one, or give option "outside: allow"',
  });
}
