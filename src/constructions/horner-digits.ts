/**
 * The fewest kept digits that make a coefficient, by dynamic programming over the coefficient's state.
 *
 * With c the wanted coefficient and `q_t = floor(c / (k_(t+1) .. k_E))` its prefix, every way to reach
 * c passes through values `c_t = q_t + o_t` with a few possible o_t only, and
 * `D_t = o_t - k_t o_(t-1) + r_t` where `r_t` is the t-th digit of c in the mixed radix. So the table
 * "fewest digits so far, per o" depends on c, on which digit sums the signs allow and on t through a handful of small integers; such tables are the states of a finite automaton, built as they
 * are met. A layer then costs one look-up on the way down and one on the way back.
 */
import type { ChainLayer } from './horner-windows.js';

const UNREACHABLE = 0x3fff;

/**
 * Which digit sums a chain's signs allow at a layer of growth k, for one input: from `-negative` to
 * `positive`, where `positive` counts the edges of sign +1, `negative` the accumulators with an edge of
 * sign -1, at most k. (One such digit in each: two could make an accumulator's coefficient negative.)
 */
export function signCode(positive: number, negative: number, radix: number): number {
  return positive * (radix + 1) + negative;
}

/** A table of fewest digits, for `o = lowest ..`, normalised to minimum 0. */
interface State {
  /** The prefix q_t, capped where it no longer limits o. */
  readonly prefix: number;
  readonly lowest: number;
  readonly costs: readonly number[];
}

/** The transitions of one kind of layer. */
interface Transitions {
  readonly radix: number;
  /** Number of sign codes. */
  readonly codes: number;
  readonly lowest: number;
  readonly highest: number;
  /** Entry `(state * codes + code) * radix + r`: the state after, plus 1; 0 where not built yet. */
  next: Int32Array;
  /** At the same index times the number of o: best o before, for each o after. */
  before: Int8Array;
}

export interface DigitAutomaton {
  /** State before layer 1 for a coefficient with this q_0 (0 unless it exceeds the radices' product). */
  start(prefix: number): number;
  /** State after layer t (from 1) given the state before, the signs and r_t. */
  step(t: number, state: number, code: number, digit: number): number;
  /** On the way back: o_(t-1) of a cheapest way, given o_t and what led there. */
  previous(t: number, stateBefore: number, code: number, digit: number, offset: number): number;
  /** False if no digits lead to exactly the wanted coefficient; for the state after the last layer. */
  reaches(state: number): boolean;
}

/** The automaton of chains with these layers. */
export function digitAutomaton(layers: readonly ChainLayer[]): DigitAutomaton {
  // Later digits can make up for at most this much: the o beyond it lead nowhere.
  let reach = 0;
  const ranges = layers.map(() => ({ lowest: 0, highest: 0 }));
  for (let index = layers.length - 1; index >= 0; index--) {
    ranges[index] = { lowest: -Math.floor(reach), highest: Math.ceil(1 + reach) - 1 };
    reach = (layers[index].digits + reach) / layers[index].radix;
  }
  const cap = ranges.reduce((most, { lowest }) => Math.max(most, -lowest), 0);

  const states: State[] = [];
  const ids = new Map<string, number>();
  const intern = (state: State): number => {
    const key = `${state.prefix}:${state.lowest}:${state.costs.join()}`;
    let id = ids.get(key);
    if (id === undefined) {
      id = states.length;
      states.push(state);
      ids.set(key, id);
    }
    return id;
  };

  const starts: number[] = [];
  const kinds = new Map<string, Transitions>();
  const tables = layers.map(({ radix, digits }, index) => {
    const range = ranges[index];
    const key = `${radix} ${digits} ${range.lowest} ${range.highest}`;
    let table = kinds.get(key);
    if (table === undefined) {
      const codes = (digits + 1) * (radix + 1);
      table = { radix, codes, ...range, next: new Int32Array(0), before: new Int8Array(0) };
      kinds.set(key, table);
    }
    return table;
  });

  function build(table: Transitions, id: number, code: number, digit: number): number {
    const { radix, codes, lowest, highest } = table;
    const positive = Math.floor(code / (radix + 1));
    const negative = code % (radix + 1);
    const from = states[id];
    const span = highest - lowest + 1;
    const entry = (id * codes + code) * radix + digit;
    if (entry >= table.next.length) {
      const capacity = Math.max(2 * table.next.length, (id + 8) * codes * radix);
      const next = new Int32Array(capacity);
      next.set(table.next);
      const before = new Int8Array(capacity * span);
      before.set(table.before);
      table.next = next;
      table.before = before;
    }
    const prefix = from.prefix * radix + digit;
    const costs: number[] = [];
    for (let offset = lowest; offset <= highest; offset++) {
      let best = UNREACHABLE;
      let bestBefore = 0;
      // Coefficients never go negative, or ReLU would clip.
      if (prefix + offset >= 0 || prefix >= cap) {
        from.costs.forEach((cost, position) => {
          const offsetBefore = from.lowest + position;
          const sum = offset - radix * offsetBefore + digit;
          if (sum < -negative || sum > positive) return;
          if (cost < UNREACHABLE && cost + Math.abs(sum) < best) {
            best = cost + Math.abs(sum);
            bestBefore = offsetBefore;
          }
        });
      }
      costs.push(best);
      table.before[entry * span + (offset - lowest)] = bestBefore;
    }
    const least = Math.min(...costs);
    const normalised = costs.map((cost) => (cost === UNREACHABLE ? cost : cost - least));
    const after = intern({ prefix: Math.min(prefix, cap), lowest, costs: normalised });
    table.next[entry] = after + 1;
    return after;
  }

  return {
    start(prefix) {
      // c_0 = 0, so o_0 = -q_0.
      starts[prefix] ??= intern({
        prefix: Math.min(prefix, cap),
        lowest: 0 - prefix,
        costs: [0],
      });
      return starts[prefix];
    },
    step(t, state, code, digit) {
      const table = tables[t - 1];
      const entry = (state * table.codes + code) * table.radix + digit;
      const known = entry < table.next.length ? table.next[entry] : 0;
      return known > 0 ? known - 1 : build(table, state, code, digit);
    },
    previous(t, stateBefore, code, digit, offset) {
      const table = tables[t - 1];
      const entry = (stateBefore * table.codes + code) * table.radix + digit;
      return table.before[entry * (table.highest - table.lowest + 1) + offset - table.lowest];
    },
    reaches: (state) => states[state].costs[-states[state].lowest] < UNREACHABLE,
  };
}

/**
 * Writes the digits of `value`, least significant last, to `out[t * stride + at]`; returns what is left
 * above them.
 */
export function writeMixedRadix(
  value: number | bigint,
  radices: readonly number[],
  out: Uint8Array,
  stride: number,
  at: number,
): number {
  let t = radices.length - 1;
  let rest: number;
  if (typeof value === 'bigint') {
    let big = value;
    while (big > 0x1fffffffffffffn && t >= 0) {
      // As many layers at once as stay exact in a Number.
      let chunk = 1;
      let end = t;
      while (end >= 0 && chunk < 2 ** 40) chunk *= radices[end--];
      let low = Number(big % BigInt(chunk));
      big /= BigInt(chunk);
      for (; t > end; t--) {
        const next = Math.floor(low / radices[t]);
        out[t * stride + at] = low - next * radices[t];
        low = next;
      }
    }
    rest = Number(big);
  } else {
    rest = value;
  }
  // Exact below 2^53: a quotient just below an integer is further from it than half a unit.
  for (; t >= 0 && rest > 0x3fffffff; t--) {
    const next = Math.floor(rest / radices[t]);
    out[t * stride + at] = rest - next * radices[t];
    rest = next;
  }
  for (; t >= 0; t--) {
    const next = (rest / radices[t]) | 0;
    out[t * stride + at] = rest - next * radices[t];
    rest = next;
  }
  return rest;
}
