/**
 * The kernels in plain JavaScript: what runs where WebAssembly SIMD is missing, and what the tests
 * hold the WebAssembly kernels against. Same additions in the same order, so the same results.
 */
import type { Kernels, MachineFactory, Widen } from './kernels.js';
import { LANE_BYTES, type LaneType, ROW_BYTES, rowBytesOf } from './lane-type.js';

type Lanes = Int16Array | Int32Array | Float32Array | Float64Array;

function lanesOf(type: Exclude<LaneType, 'int64'>, buffer: ArrayBuffer): Lanes {
  switch (type) {
    case 'int16':
      return new Int16Array(buffer);
    case 'int32':
    case 'fixed32':
      return new Int32Array(buffer);
    case 'float32':
      return new Float32Array(buffer);
    case 'float64':
      return new Float64Array(buffer);
  }
}

/** Stores into typed arrays round and wrap as the lanes do. Integers stay below 2^33: exact. */
function numberKernels(values: Lanes, words: Int32Array, size: number, lanes: number): Kernels {
  type Rows = (target: number, from: number, to: number) => void;
  const add: Rows = (target, from, to) => {
    for (let at = from; at < to; at++) {
      const source = words[at] / size;
      for (let lane = 0; lane < lanes; lane++) values[target + lane] += values[source + lane];
    }
  };
  const subtract: Rows = (target, from, to) => {
    for (let at = from; at < to; at++) {
      const source = words[at] / size;
      for (let lane = 0; lane < lanes; lane++) values[target + lane] -= values[source + lane];
    }
  };
  const run = (stream: number, end: number, fromZero: boolean): void => {
    let at = stream >> 2;
    while (at < end >> 2) {
      const target = words[at] / size;
      const middle = at + 3 + words[at + 1];
      const last = middle + words[at + 2];
      if (fromZero) values.fill(0, target, target + lanes);
      add(target, at + 3, middle);
      subtract(target, middle, last);
      at = last;
    }
  };
  return {
    accumulate: (stream, end) => run(stream, end, false),
    initialize: (stream, end) => run(stream, end, true),
    chains(stream, end) {
      let at = stream >> 2;
      while (at < end >> 2) {
        const target = words[at] / size;
        let links = words[at + 1];
        const before = new Float64Array(lanes);
        for (at += 2; links > 0; links--) {
          const [minus, plus, times] = words.subarray(at, at + 3);
          at += 3;
          values.fill(0, target, target + lanes);
          subtract(target, at, at + minus);
          at += minus;
          add(target, at, at + plus);
          at += plus;
          for (let lane = 0; lane < lanes; lane++) {
            for (let count = 0; count < times; count++) values[target + lane] += before[lane];
            before[lane] = values[target + lane];
          }
        }
      }
    },
    tables(stream, end) {
      let at = stream >> 2;
      while (at < end >> 2) {
        const first = words[at] / size;
        const columnsEnd = at + 2 + words[at + 1];
        let target = first;
        for (at += 2; at < columnsEnd; at++) {
          const column = words[at] / size;
          const last = target;
          values.copyWithin(target, column, column + lanes);
          target += lanes;
          for (let entry = first; entry < last; entry += lanes) {
            for (let lane = 0; lane < lanes; lane++) {
              values[target + lane] = values[entry + lane] + values[column + lane];
              values[target + lanes + lane] = values[entry + lane] - values[column + lane];
            }
            target += 2 * lanes;
          }
        }
      }
    },
    pairs(stream, end) {
      let at = stream >> 2;
      while (at < end >> 2) {
        let target = words[at] / size;
        const differences = at + 3 + 2 * words[at + 1];
        const last = differences + 2 * words[at + 2];
        for (at += 3; at < last; at += 2, target += lanes) {
          const sign = at < differences ? 1 : -1;
          const [first, second] = [words[at] / size, words[at + 1] / size];
          for (let lane = 0; lane < lanes; lane++) {
            values[target + lane] = values[first + lane] + sign * values[second + lane];
          }
        }
      }
    },
    rectify(stream, end) {
      for (let at = stream >> 2; at < end >> 2; at++) {
        const target = words[at] / size;
        for (let lane = target; lane < target + lanes; lane++) {
          values[lane] = Math.max(values[lane], 0);
        }
      }
    },
    scale(stream, end, factor) {
      for (let at = stream >> 2; at < end >> 2; at++) {
        const target = words[at] / size;
        for (let lane = target; lane < target + lanes; lane++) values[lane] *= factor;
      }
    },
  };
}

function numberWiden(
  narrow: Lanes,
  wide: Lanes,
  words: Int32Array,
  sizes: { readonly narrow: number; readonly wide: number },
): Widen {
  const lanes = ROW_BYTES / sizes.wide;
  const run = (stream: number, end: number, offset: number, fromZero: boolean): void => {
    for (let at = stream >> 2; at < end >> 2; at += 2) {
      const from = (words[at] + offset) / sizes.narrow;
      const to = words[at + 1] / sizes.wide;
      for (let lane = 0; lane < lanes; lane++) {
        const value = narrow[from + lane];
        wide[to + lane] = fromZero ? value : wide[to + lane] + value;
      }
    }
  };
  return {
    set: (stream, end, offset) => run(stream, end, offset, true),
    add: (stream, end, offset) => run(stream, end, offset, false),
  };
}

function withoutInt64(type: LaneType): Exclude<LaneType, 'int64'> {
  if (type === 'int64') throw new RangeError('plain JavaScript has no fast 64-bit integers');
  return type;
}

/** Machines without WebAssembly. */
export const jsMachines: MachineFactory = {
  int64: false,
  create(bytes) {
    const buffer = new ArrayBuffer(8 * Math.ceil(bytes / 8));
    const words = new Int32Array(buffer);
    return {
      buffer,
      kernels: (type, single) =>
        numberKernels(
          lanesOf(withoutInt64(type), buffer),
          words,
          LANE_BYTES[type],
          single ? 1 : rowBytesOf(type) / LANE_BYTES[type],
        ),
      widen(narrow, wide) {
        const sizes = { narrow: LANE_BYTES[narrow], wide: LANE_BYTES[wide] };
        const from = lanesOf(withoutInt64(narrow), buffer);
        return numberWiden(from, lanesOf(withoutInt64(wide), buffer), words, sizes);
      },
      further: (_name, _functions, inJavaScript) => inJavaScript(buffer),
    };
  },
};
