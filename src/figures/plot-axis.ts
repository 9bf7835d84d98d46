/**
 * The axes of a plot: linear or logarithmic scales, ticks at round numbers, numbers as text. Knows
 * nothing of drawing.
 */
import { SMALL_SIZE } from './frame.js';
import { formatTick, powerOfTen } from './numbers.js';
import { estimateTextWidth } from './text-width.js';

export interface Axis {
  /** What is measured, with its unit. */
  readonly label: string;
  readonly scale: 'linear' | 'logarithmic';
  /** Ends of the axis; by default the data's, out to the next round numbers. */
  readonly range?: readonly [low: number, high: number];
  /** Where the ticks are; by default at round numbers. */
  readonly ticks?: readonly number[];
  /** Text of a tick; by default the number, on a wide logarithmic axis as a power of ten. */
  readonly format?: (value: number) => string;
}

/** An axis with its ends and ticks settled. */
export interface PlacedAxis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly { readonly value: number; readonly text: string }[];
  /** Position from 0 (low end) to 1; values beyond the ends stay at the end. */
  place(value: number): number;
}

/** The least of 1, 2, 5 times a power of ten that is at least `size`. */
function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  const factor = [1, 2, 5].find((each) => each * power >= size * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** The ends out to the next round numbers. */
function roundEnds(low: number, high: number, logarithmic: boolean): [number, number] {
  if (!logarithmic) {
    const step = roundStep((high - low) / 8);
    return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  }
  const factors = high / low > 1000 ? [1, 10] : [1, 2, 5, 10];
  const lowPower = 10 ** Math.floor(Math.log10(low) + 1e-9);
  const highPower = 10 ** Math.floor(Math.log10(high) - 1e-9);
  const below = factors.filter((factor) => factor * lowPower <= low * (1 + 1e-9)).at(-1) ?? 1;
  const above = factors.find((factor) => factor * highPower >= high * (1 - 1e-9)) ?? 10;
  return [below * lowPower, above * highPower];
}

function linearTicks(low: number, high: number, most: number): number[] {
  const step = roundStep((high - low) / most);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** Powers of ten; over less than about two of them also twice and five times each. */
function logarithmicTicks(low: number, high: number, most: number): number[] {
  const first = Math.floor(Math.log10(low) - 1e-9);
  const last = Math.ceil(Math.log10(high) + 1e-9);
  const inside = (value: number): boolean =>
    value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const every = (factors: readonly number[], step: number): number[] => {
    const ticks: number[] = [];
    for (let exponent = first; exponent <= last; exponent++) {
      if (exponent % step !== 0) continue;
      ticks.push(...factors.map((factor) => factor * 10 ** exponent).filter(inside));
    }
    return ticks;
  };
  // Over less than one power of ten, round numbers at even distances.
  const even = high < 10 * low ? linearTicks(low, high, most).filter((tick) => tick > 0) : [];
  if (even.length > 1) return even;
  const fine = [[1, 2, 5], [1, 3], [1]].map((factors) => every(factors, 1));
  const fitting = fine.find((ticks) => ticks.length <= most && ticks.length > 1);
  if (fitting !== undefined) return fitting;
  for (let step = 2; ; step++) {
    const ticks = every([1], step);
    if (ticks.length <= most) return ticks;
  }
}

/** Text of a tick on a logarithmic axis: a plain number, or a power of ten, the same way for all. */
function formatLogarithmic(value: number, plain: boolean): string {
  if (plain) return formatTick(value);
  const exponent = Math.floor(Math.log10(value) + 1e-9);
  const factor = formatTick(value / 10 ** exponent);
  return factor === '1' ? powerOfTen(exponent) : `${factor}·${powerOfTen(exponent)}`;
}

/**
 * Settles an axis for the values it must show.
 *
 * @param values at least one; positive on a logarithmic axis
 * @param length in pixels, for the number of ticks
 * @param perTick pixels that a tick's text takes; by default what its texts need side by side
 * Throws a RangeError for values that the scale cannot show.
 */
export function placeAxis(
  axis: Axis,
  values: readonly number[],
  length: number,
  perTick?: number,
): PlacedAxis {
  const logarithmic = axis.scale === 'logarithmic';
  const shown = [...(axis.range ?? values)];
  if (shown.length === 0 || shown.some((value) => !Number.isFinite(value))) {
    throw new RangeError(`nothing to show on the axis '${axis.label}'`);
  }
  if (logarithmic && shown.some((value) => value <= 0)) {
    throw new RangeError(`the logarithmic axis '${axis.label}' shows positive values only`);
  }
  let low = Math.min(...shown);
  let high = Math.max(...shown);
  // Values that differ by rounding alone have no scale of their own.
  if (high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high))) {
    if (logarithmic) [low, high] = [low / 2, high * 2];
    else [low, high] = [low - 1, high + 1];
  }
  if (axis.range === undefined) [low, high] = roundEnds(low, high, logarithmic);
  const plain = high / low <= 1e4 && low >= 1e-4 && high <= 1e6;
  const format =
    axis.format ?? (logarithmic ? (value: number) => formatLogarithmic(value, plain) : formatTick);
  const ticksFor = (most: number): readonly number[] =>
    axis.ticks?.filter((tick) => tick >= low && tick <= high) ??
    (logarithmic ? logarithmicTicks(low, high, most) : linearTicks(low, high, most));
  const position = logarithmic ? Math.log : (value: number): number => value;
  const start = position(low);
  const span = position(high) - start;
  const place = (value: number): number => {
    if (logarithmic && value <= 0) return 0;
    return Math.min(1, Math.max(0, (position(value) - start) / span));
  };
  const standApart = (ticks: readonly number[]): boolean => {
    const halves = ticks.map((tick) => estimateTextWidth(format(tick), SMALL_SIZE) / 2);
    return ticks.every(
      (tick, index) =>
        index === 0 ||
        length * (place(tick) - place(ticks[index - 1])) >= halves[index] + halves[index - 1] + 8,
    );
  };
  let most = Math.max(2, Math.floor(length / (perTick ?? 30)));
  let ticks = ticksFor(most);
  // Fewer, until the texts stand apart; of given ticks every other one.
  while (perTick === undefined && ticks.length > 1 && !standApart(ticks)) {
    most--;
    ticks =
      axis.ticks === undefined && most >= 2
        ? ticksFor(most)
        : ticks.filter((_, index) => index % 2 === 0);
  }
  return {
    low,
    high,
    ticks: ticks.map((value) => ({ value, text: format(value) })),
    place,
  };
}
