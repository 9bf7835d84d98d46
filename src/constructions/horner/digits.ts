/**
 * The fewest kept digits that make a coefficient, by dynamic programming over the coefficient's state.
 *
 * With c the wanted coefficient and `q_t = floor(c / (k_(t+1) .. k_E))` its prefix, every way to reach
 * c passes through values `c_t = q_t + o_t` with a few possible o_t only, and
 * `D_t = o_t - k_t o_(t-1) + r_t` where `r_t` is the t-th digit of c in the mixed radix. So the table
 * "fewest digits so far, per o" depends on c, on which digit sums the signs allow and on t through a
 * handful of small integers; such tables are the states of a finite automaton, built as they are met. A
 * layer then costs one look-up on the way down and one on the way back.
 */
import type { ChainLayer } from './windows.js';

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

/** States for which a table has room when it grows. */
const ROOM = 64;

/** The transitions of one kind of layer, built as they are met. */
class Transitions {
  readonly radix: number;
  /** Number of sign codes. */
  readonly codes: number;
  /** The o after the layer that may lead anywhere. */
  readonly lowest: number;
  readonly span: number;
  /** Entry `(state * codes + code) * radix + r`: the state after, plus 1; 0 where not built yet. */
  next = new Int32Array(0);
  /** At the same index times the number of o: best o before, for each o after. */
  before = new Int8Array(0);
  readonly #states: States;

  constructor(states: States, { radix, digits }: ChainLayer, lowest: number, highest: number) {
    this.#states = states;
    this.radix = radix;
    this.codes = (digits + 1) * (radix + 1);
    this.lowest = lowest;
    this.span = highest - lowest + 1;
  }

  /** Fills the entry for this state, code and digit; returns the state after. */
  build(id: number, code: number, digit: number): number {
    const { radix, codes, lowest, span } = this;
    const { cap, list } = this.#states;
    const positive = Math.floor(code / (radix + 1));
    const negative = code % (radix + 1);
    const from = list[id];
    const entry = (id * codes + code) * radix + digit;
    this.#reserve(entry + 1);
    const prefix = from.prefix * radix + digit;
    const costs: number[] = [];
    let least = UNREACHABLE;
    for (let offset = lowest; offset < lowest + span; offset++) {
      let best = UNREACHABLE;
      let bestBefore = 0;
      // Coefficients never go negative, or ReLU would clip.
      if (prefix + offset >= 0 || prefix >= cap) {
        for (let position = 0; position < from.costs.length; position++) {
          const offsetBefore = from.lowest + position;
          const sum = offset - radix * offsetBefore + digit;
          if (sum < -negative || sum > positive) continue;
          const cost = from.costs[position];
          if (cost < UNREACHABLE && cost + Math.abs(sum) < best) {
            best = cost + Math.abs(sum);
            bestBefore = offsetBefore;
          }
        }
      }
      costs.push(best);
      least = Math.min(least, best);
      this.before[entry * span + (offset - lowest)] = bestBefore;
    }
    const normalised = costs.map((cost) => (cost === UNREACHABLE ? cost : cost - least));
    const after = this.#states.intern({
      prefix: Math.min(prefix, cap),
      lowest,
      costs: normalised,
    });
    this.next[entry] = after + 1;
    return after;
  }

  #reserve(entries: number): void {
    if (entries <= this.next.length) return;
    const capacity = Math.max(2 * this.next.length, entries + ROOM * this.codes * this.radix);
    const next = new Int32Array(capacity);
    next.set(this.next);
    const before = new Int8Array(capacity * this.span);
    before.set(this.before);
    this.next = next;
    this.before = before;
  }
}

/** States that cap their prefixes alike, and the kinds of layers that lead from one to another. */
class States {
  readonly cap: number;
  readonly list: State[] = [];
  readonly #ids = new Map<string, number>();
  readonly #kinds = new Map<string, Transitions>();

  constructor(cap: number) {
    this.cap = cap;
  }

  intern(state: State): number {
    const key = `${state.prefix}:${state.lowest}:${state.costs.join()}`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.list.length;
      this.list.push(state);
      this.#ids.set(key, id);
    }
    return id;
  }

  transitions(layer: ChainLayer, lowest: number, highest: number): Transitions {
    const key = `${layer.radix} ${layer.digits} ${lowest} ${highest}`;
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      kind = new Transitions(this, layer, lowest, highest);
      this.#kinds.set(key, kind);
    }
    return kind;
  }
}

/** By their cap: automata of most blocks are the same but for their lengths. */
const statesByCap = new Map<number, States>();

/** More states than this are not kept for the next automaton. */
const MOST_KEPT_STATES = 512;

function statesFor(cap: number): States {
  let states = statesByCap.get(cap);
  if (states === undefined || states.list.length > MOST_KEPT_STATES) {
    states = new States(cap);
    statesByCap.set(cap, states);
  }
  return states;
}

/** The automaton of chains with these layers. */
export class DigitAutomaton {
  readonly #states: States;
  readonly #tables: readonly Transitions[];
  readonly #starts: number[] = [];
  /** Which entry of its table each layer took. */
  readonly #entries: Int32Array;

  constructor(layers: readonly ChainLayer[]) {
    // Later digits can make up for at most this much: the o beyond it lead nowhere.
    let reach = 0;
    const ranges = layers.map(() => ({ lowest: 0, highest: 0 }));
    for (let index = layers.length - 1; index >= 0; index--) {
      ranges[index] = { lowest: -Math.floor(reach), highest: Math.ceil(1 + reach) - 1 };
      reach = (layers[index].digits + reach) / layers[index].radix;
    }
    const cap = ranges.reduce((most, { lowest }) => Math.max(most, -lowest), 0);
    const states = statesFor(cap);
    this.#states = states;
    this.#entries = new Int32Array(layers.length);
    this.#tables = layers.map((layer, index) =>
      states.transitions(layer, ranges[index].lowest, ranges[index].highest),
    );
  }

  /** State before layer 1 for a coefficient with this q_0 (0 unless it exceeds the radices' product). */
  #start(prefix: number): number {
    // c_0 = 0, so o_0 = -q_0.
    this.#starts[prefix] ??= this.#states.intern({
      prefix: Math.min(prefix, this.#states.cap),
      lowest: 0 - prefix,
      costs: [0],
    });
    return this.#starts[prefix];
  }

  /**
   * Writes to `sums[t-1]` the sums of kept digits at the layers t = 1 .. E that make a coefficient with
   * the fewest digits. `prefix` is its q_0, `digits` and `codes` its mixed-radix digits r_t and the sign
   * codes, both at `(t - 1) * stride + at`. False if no digits make exactly this coefficient.
   */
  fewest(
    prefix: number,
    digits: Uint8Array,
    codes: Uint16Array,
    stride: number,
    at: number,
    sums: Int16Array,
  ): boolean {
    const tables = this.#tables;
    const depth = tables.length;
    const entries = this.#entries;
    let state = this.#start(prefix);
    let index = at;
    for (let t = 0; t < depth; t++) {
      const table = tables[t];
      const entry = (state * table.codes + codes[index]) * table.radix + digits[index];
      const known = entry < table.next.length ? table.next[entry] : 0;
      state = known > 0 ? known - 1 : table.build(state, codes[index], digits[index]);
      entries[t] = entry;
      index += stride;
    }
    const { costs, lowest } = this.#states.list[state];
    if (!(costs[-lowest] < UNREACHABLE)) return false;
    let offset = 0;
    for (let t = depth - 1; t >= 0; t--) {
      index -= stride;
      const table = tables[t];
      const before = table.before[entries[t] * table.span + offset - table.lowest];
      sums[t] = offset - table.radix * before + digits[index];
      offset = before;
    }
    return true;
  }
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
