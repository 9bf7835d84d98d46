/**
 * Units of hidden neurons (powers of two, `neuron-scales.ts`) in which a network's integers are shortest for the
 * error that they may make. With scales s of a layer's outputs and t of its inputs its weights become
 * `w_jk 2^(s_j - t_k)`; an error of one unit in them reaches the outputs in proportion to
 * `sqrt(sum_j U_jj 4^-s_j) sqrt(sum_k X_kk 4^t_k)`, U how errors before the neurons reach the outputs, X the second
 * moments of the inputs; and for a given error that factor decides how many places are needed. So the integers'
 * lengths, weighted by what a bit of each layer costs, are least where
 * `sum_i c_i [log2(sum U_jj 4^-s_j)/2 + log2(sum X_kk 4^t_k)/2 + log2 max |w_jk| 2^(s_j - t_k)]` is.
 */
import { portableLog } from '../core/portable-math.js';
import type { NeuronScales } from '../integer/neuron-scales.js';
import type { RoundingMetric } from './compensated.js';

/** A layer's numbers, its metric, and what a bit of it costs, in any unit. */
export interface BalancedLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** Outputs by inputs. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  readonly metric: RoundingMetric;
  readonly cost: number;
}

export interface Balanced {
  readonly scales: NeuronScales;
  /** Bits that integers get shorter by, weighted by cost. */
  readonly gain: number;
  /** Of each layer: what the effect of its rounding is multiplied by. */
  readonly effects: readonly number[];
}

/** The maximum is taken as a mean of these powers of 2 as exponents, more and more like it. */
const SQUARINGS = [2, 3, 4, 5, 6];
const SWEEPS = 40;
/** Gains below are left alone: they are within what the choice of places wins or loses by chance. */
const LEAST_GAIN = 0.02;
/** Neurons that matter not at all would take any scale, and powers of more would leave the range of float64. */
const LARGEST_USED = 12;

/** NaN of what is no positive normal number, with which no comparison holds. */
function log2(value: number): number {
  const isNormal = value >= 2 ** -1022 && value < Number.POSITIVE_INFINITY;
  return isNormal ? portableLog(value) / Math.LN2 : Number.NaN;
}

function diagonal(matrix: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, k) => Math.max(matrix[k * n + k], 0));
}

/** `|value|^(2^squarings)` by squaring, which is the same everywhere. */
function raised(value: number, squarings: number): number {
  let power = Math.abs(value);
  for (let turn = 0; turn < squarings; turn++) power *= power;
  return power;
}

/** A layer with what its weights are multiplied by: `2^own[j]` of rows, `2^-before[k]` of columns. */
interface Scaled {
  readonly layer: BalancedLayer;
  readonly own: readonly number[] | undefined;
  readonly before: readonly number[] | undefined;
}

/** Calls `take` with the magnitude of every number in its unit, with row and column; column -1 of biases. */
function eachNumber(
  { layer, own, before }: Scaled,
  take: (size: number, row: number, column: number) => void,
): void {
  const { inputs, outputs, weights, bias } = layer;
  const down = Float64Array.from({ length: inputs }, (_, k) => 2 ** -(before?.[k] ?? 0));
  for (let row = 0; row < outputs; row++) {
    const up = 2 ** (own?.[row] ?? 0);
    take(Math.abs(bias[row]) * up, row, -1);
    for (let column = 0; column < inputs; column++) {
      take(Math.abs(weights[row * inputs + column]) * up * down[column], row, column);
    }
  }
}

/** The largest number of a layer; one that passes the constant on holds a 1 for it. */
function largestOf(scaled: Scaled): number {
  let largest = scaled.own === undefined ? 0 : 1;
  eachNumber(scaled, (size) => {
    if (size > largest) largest = size;
  });
  return largest;
}

/** `sum U_jj 4^-s_j` over the outputs. */
function rowsOf({ layer, own }: Scaled): number {
  const u = diagonal(layer.metric.rows, layer.outputs);
  return u.reduce((sum, value, j) => sum + value * 4 ** -(own?.[j] ?? 0), 0);
}

/** `sum X_kk 4^t_k` over the inputs, with the constant one. */
function columnsOf({ layer, before }: Scaled): number {
  const x = diagonal(layer.metric.columns, layer.inputs + 1);
  return x.reduce((sum, value, k) => sum + value * 4 ** (before?.[k] ?? 0), 0);
}

function allScaled(layers: readonly BalancedLayer[], scales: NeuronScales): Scaled[] {
  return layers.map((layer, index) => ({
    layer,
    own: scales[index],
    before: scales[index - 1],
  }));
}

/** The sum that is to be small, divided by the costs' own. */
function lengthOf(layers: readonly Scaled[]): number {
  const total = layers.reduce((sum, { layer }) => sum + layer.cost, 0);
  return layers.reduce((sum, scaled) => {
    const effect = (log2(rowsOf(scaled)) + log2(columnsOf(scaled))) / 2;
    return sum + (scaled.layer.cost / total) * (effect + log2(largestOf(scaled)));
  }, 0);
}

/** Sums of powers of a layer's numbers over its largest: for each row or column at scale 0, and of all as they are. */
function powerSums(scaled: Scaled, of: 'row' | 'column', squarings: number) {
  const { layer, own, before } = scaled;
  const largest = largestOf(scaled);
  const each = new Float64Array(of === 'row' ? layer.outputs : layer.inputs);
  let all = own === undefined ? 0 : raised(1 / largest, squarings);
  const free = {
    layer,
    ...(of === 'row' ? { own: undefined, before } : { own, before: undefined }),
  };
  const scales = of === 'row' ? own : before;
  eachNumber(free, (size, row, column) => {
    const at = of === 'row' ? row : column;
    const power = raised(size / largest, squarings);
    if (at < 0) all += power;
    else each[at] += power;
  });
  const exponent = (of === 'row' ? 1 : -1) * 2 ** squarings;
  const factorAt = (scale: number): number => 2 ** (exponent * scale);
  each.forEach((sum, at) => {
    all += sum * factorAt(scales?.[at] ?? 0);
  });
  return { each, all, factorAt };
}

/** The neurons of one layer, one after the other, each to the unit in which the sum is least; whether one moved. */
function settleLayer(
  scaled: readonly Scaled[],
  index: number,
  own: number[],
  squarings: number,
): boolean {
  const [here, next] = [scaled[index], scaled[index + 1]];
  const u = diagonal(here.layer.metric.rows, own.length);
  const x = diagonal(next.layer.metric.columns, own.length + 1);
  const rowPowers = powerSums(here, 'row', squarings);
  const columnPowers = powerSums(next, 'column', squarings);
  const exponent = 2 ** squarings;
  let at = {
    rows: rowsOf(here),
    columns: columnsOf(next),
    mine: rowPowers.all,
    others: columnPowers.all,
  };
  const sumOf = ({ rows, columns, mine, others }: typeof at): number =>
    here.layer.cost * (log2(rows) / 2 + log2(mine) / exponent) +
    next.layer.cost * (log2(columns) / 2 + log2(others) / exponent);
  let moved = false;
  const least = 2 ** -30 * (here.layer.cost + next.layer.cost);
  for (let j = 0; j < own.length; j++) {
    const scale = own[j];
    const movedTo = (other: number): typeof at => ({
      rows: at.rows + u[j] * (4 ** -other - 4 ** -scale),
      columns: at.columns + x[j] * (4 ** other - 4 ** scale),
      mine: at.mine + rowPowers.each[j] * (rowPowers.factorAt(other) - rowPowers.factorAt(scale)),
      others:
        at.others +
        columnPowers.each[j] * (columnPowers.factorAt(other) - columnPowers.factorAt(scale)),
    });
    let sum = sumOf(at) - least;
    let best: { readonly scale: number; readonly at: typeof at } | undefined;
    for (const other of [scale - 1, scale + 1]) {
      if (Math.abs(other) > LARGEST_USED) continue;
      const there = movedTo(other);
      const own = sumOf(there);
      // Not of what has cancelled to nothing, or below.
      if (!(own < sum)) continue;
      sum = own;
      best = { scale: other, at: there };
    }
    if (best === undefined) continue;
    own[j] = best.scale;
    at = best.at;
    moved = true;
  }
  return moved;
}

/**
 * The scales, and what they gain; undefined where that is too little, or the layers' effects are not known.
 * Deterministic and the same everywhere.
 */
export function balanceScales(layers: readonly BalancedLayer[]): Balanced | undefined {
  const none = layers.slice(0, -1).map(({ outputs }) => new Array<number>(outputs).fill(0));
  if (none.length === 0) return undefined;
  const unscaled = lengthOf(allScaled(layers, none));
  if (!Number.isFinite(unscaled)) return undefined;
  let best = { scales: none, length: unscaled };
  const scales = none.map((own) => own.slice());
  for (const squarings of SQUARINGS) {
    for (let turn = 0; turn < SWEEPS; turn++) {
      const moved = scales.map((own, index) =>
        settleLayer(allScaled(layers, scales), index, own, squarings),
      );
      if (!moved.includes(true)) break;
    }
    const length = lengthOf(allScaled(layers, scales));
    if (length < best.length) best = { scales: scales.map((own) => own.slice()), length };
  }
  const gain = unscaled - best.length;
  if (!(gain >= LEAST_GAIN)) return undefined;
  const before = allScaled(layers, none);
  const effects = allScaled(layers, best.scales).map((scaled, index) =>
    Math.sqrt(
      (rowsOf(scaled) / rowsOf(before[index])) * (columnsOf(scaled) / columnsOf(before[index])),
    ),
  );
  return { scales: best.scales, gain, effects };
}

/** The metric of a layer in the units of `own` outputs and `before` inputs. */
export function scaledMetric(
  { rows, columns }: RoundingMetric,
  own: readonly number[] | undefined,
  before: readonly number[] | undefined,
): RoundingMetric {
  const scaled = (matrix: Float64Array, exponents: readonly number[] | undefined, sign: 1 | -1) => {
    if (exponents === undefined) return matrix;
    const n = Math.round(Math.sqrt(matrix.length));
    return matrix.map((value, at) => {
      const [i, k] = [Math.floor(at / n), at % n];
      return value * 2 ** (sign * ((exponents[i] ?? 0) + (exponents[k] ?? 0)));
    });
  };
  return { rows: scaled(rows, own, -1), columns: scaled(columns, before, 1) };
}
