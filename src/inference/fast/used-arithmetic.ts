/** What the batches so far were computed in, and what that says of their errors. */
import { boundAt, largerBound, roundedOnce } from '../sample-size.js';
import type { FastSetting } from './fast-options.js';
import { type FloatKind, whyNoFaster } from './float-kinds.js';
import { isFloat, type LaneType } from './lane-type.js';
import type { Types } from './plan.js';
import type { SegmentStore } from './ready-segments.js';
import type { SampleClass, SampleGroup } from './sample-classes.js';

/** Between what several samples were computed in. */
export const SEPARATOR = '; ';

export interface UsedArithmetic {
  /** `text` says what was added in, `kind` how these samples were computed. */
  add(text: string, kind: SampleClass['kind'], group: SampleGroup): void;
  arithmetic(): string;
  /** Why it was no faster type; empty where it was the fastest. */
  reason(): string;
  /** How far any output may be from the exact one, output by output. */
  error(): Float64Array;
}

/** An arithmetic that was used, up to that size of samples. */
interface Used {
  readonly text: string;
  readonly kind: SampleClass['kind'];
  readonly expected: boolean;
  readonly size: number;
}

export function usedArithmetic(setting: FastSetting, store: SegmentStore): UsedArithmetic {
  const { program, exactness, inputRoundings } = setting;
  const onceRounded = roundedOnce(program.float32.sizes, inputRoundings);
  const used = new Map<string, Used>();

  /** Why samples of one kind got no faster type: the worst of the outputs, in numbers. */
  function reasonsOf({ kind, expected, size }: Used): readonly string[] {
    if (exactness === 'bits') return kind === 'exact' ? ['the values exceed int64'] : [];
    return whyNoFaster(kind, size, store.known(expected)?.candidates ?? new Map(), program);
  }

  return {
    add(text, kind, { sampleClass: { expected }, size }) {
      const key = `${text} ${expected} ${kind}`;
      const before = used.get(key)?.size ?? 0;
      used.set(key, { text, kind, expected, size: Math.max(before, size) });
    },
    arithmetic: () => [...new Set(Array.from(used.values(), ({ text }) => text))].join(SEPARATOR),
    reason: () => [...new Set([...used.values()].flatMap(reasonsOf))].join(SEPARATOR),
    error() {
      let most: Float64Array = new Float64Array(program.outputs);
      for (const { kind, expected, size } of used.values()) {
        const candidate = store.known(expected)?.candidates.get(kind as FloatKind['kind']);
        const bound = candidate?.bound.error ?? onceRounded;
        const here = most.map((_, output) => boundAt(bound, output, size));
        most = largerBound(most, here);
      }
      return most;
    },
  };
}

const NARROW_FIRST = ['int16', 'int32', 'int64', 'float32', 'float64'] as const;

/** The number types of a plan, in words. */
export function typesInWords({ inputs, segments, fixed = [] }: Types): string {
  const used = new Set<LaneType>([inputs, ...segments]);
  if (fixed.length > 0) used.add('int32');
  const types = NARROW_FIRST.filter((type) => used.has(type));
  const exact = types.some(isFloat) ? '' : ', exact';
  return `additions and subtractions in ${types.join(', then ')}${exact}`;
}
