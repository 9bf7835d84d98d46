/** A batch by classes of samples that go through the same arithmetic: by signs, sizes and integers. */
import type { Steps } from '../../core/steps.js';
import { checkBatch } from '../float.js';
import { isInRange, sampleSize } from '../sample-size.js';
import type { FastSetting } from './fast-options.js';
import { type FloatKind, fastestWay } from './float-kinds.js';
import { floatHolds, inputBits } from './number-types.js';
import type { SegmentLimits, SegmentStore } from './ready-segments.js';

export interface SampleClass {
  /** Whether all inputs have the expected signs. */
  readonly expected: boolean;
  /** The sample times `2^exponent` is integers (where bits are asked for). */
  readonly exponent: number;
  /** See `sampleSize`; of the inputs after their division. */
  readonly size: number;
  /** Bits of integers, a way in floats, or none of them. */
  readonly kind: number | FloatKind['kind'] | 'exact';
}

/** Samples of one class, and the size of the largest. */
export interface SampleGroup {
  readonly sampleClass: SampleClass;
  readonly members: number[];
  readonly exponents: number[];
  size: number;
}

/** A batch as it is computed with, and its groups. */
export interface GroupedBatch {
  readonly batch: Float64Array;
  readonly groups: readonly SampleGroup[];
}

/** What a look at one sample tells. */
interface Look {
  readonly largest: number;
  readonly expected: boolean;
  readonly integers: boolean;
}

/** Sorts batches of `samples` inputs; what it needs to know of the network is made in steps. */
export function sampleSorter(
  setting: FastSetting,
  store: SegmentStore,
): (given: Float64Array, samples: number) => Steps<GroupedBatch> {
  const { program, raw, unit, divide, exactness } = setting;
  /** For each input the sign that is not expected: -1, +1, or 0 if all are. */
  const unexpected = Float64Array.from(setting.inputSigns, (sign) =>
    sign === 'nonnegative' ? -1 : sign === 'nonpositive' ? 1 : 0,
  );

  function look(batch: Float64Array, start: number): Look {
    let largest = program.constant ? unit : 0;
    let expected = true;
    let integers = true;
    for (let input = 0; input < raw; input++) {
      const value = batch[start + input];
      const magnitude = Math.abs(value);
      if (magnitude > largest) largest = magnitude;
      if (value * unexpected[input] > 0) expected = false;
      if (integers && value !== Math.floor(value)) integers = false;
    }
    return { largest, expected, integers };
  }

  function classify(
    batch: Float64Array,
    start: number,
    { largest, expected, integers }: Look,
    { reach, candidates }: SegmentLimits,
  ): SampleClass | { readonly missing: FloatKind } {
    const size = sampleSize(batch, start, setting.scales) / unit;
    if (exactness === 'bits') {
      const exponent = integers ? 0 : commonExponent(batch, start, raw);
      if (exponent === null) return { expected, exponent: 0, size, kind: 'exact' };
      const bits = inputBits(largest * 2 ** exponent);
      return { expected, exponent, size, kind: bits ?? 'exact' };
    }
    const small = integers && inputBits(largest) === 8;
    const way = fastestWay(
      candidates,
      small,
      ({ type, bound, sizes }) =>
        floatHolds(type, reach, largest) && size <= bound.reach && isInRange(sizes, size),
    );
    if ('missing' in way) return way;
    return { expected, exponent: 0, size, kind: way.found?.kind ?? 'exact' };
  }

  return function* (given, samples) {
    checkBatch(given, samples, raw);
    const batch = unit === divide ? given : given.map((value) => value / divide);
    const groups = new Map<string, SampleGroup>();
    for (let sample = 0; sample < samples; sample++) {
      const start = sample * raw;
      const seen = look(batch, start);
      for (;;) {
        const ready = store.known(seen.expected) ?? (yield* store.limitsSteps(seen.expected));
        const own = classify(batch, start, seen, ready);
        if ('kind' in own) {
          addTo(groups, sample, own);
          break;
        }
        yield* store.candidateSteps(seen.expected, own.missing);
      }
    }
    return { batch, groups: [...groups.values()] };
  };
}

function addTo(groups: Map<string, SampleGroup>, sample: number, sampleClass: SampleClass): void {
  const { exponent, size } = sampleClass;
  const key = `${sampleClass.expected} ${sampleClass.kind}`;
  const group = groups.get(key);
  if (group === undefined) {
    groups.set(key, { sampleClass, members: [sample], exponents: [exponent], size });
    return;
  }
  group.members.push(sample);
  group.exponents.push(exponent);
  group.size = Math.max(group.size, size);
}

/** Beyond this a factor `2^exponent` and its inverse would leave float64. */
const LARGEST_EXPONENT = 1000;

/** Least exponent by which all values become integers; null beyond `LARGEST_EXPONENT`. */
function commonExponent(batch: Float64Array, start: number, inputs: number): number | null {
  let exponent = 0;
  for (let index = start; index < start + inputs; index++) {
    let value = batch[index] * 2 ** exponent;
    while (value !== Math.floor(value)) {
      value *= 2;
      exponent++;
      if (exponent > LARGEST_EXPONENT) return null;
    }
  }
  return exponent;
}
