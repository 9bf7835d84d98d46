/** Text for people: counts, sizes, times and aligned tables. */
import { listed } from '../../core/listed.js';
import { decimalRoundedUp } from '../../precision/decimal-up.js';

/** `1234567` as `1,234,567`. */
export function grouped(value: number | bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `3 layers`, `1 layer`. */
export function counted(number: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(number)} ${number === 1 ? noun : plural}`;
}

/** A large count in words people can compare: `9.93e15` beyond a million millions. */
export function count(value: number | bigint): string {
  if (value < 1e12) return grouped(value);
  return Number(value).toExponential(2).replace('e+', 'e');
}

/** `1234567` bytes as `1.2 MB`. */
export function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let scaled = value;
  let unit = 0;
  // Beyond this one decimal would round up to 1000.
  while (scaled >= (unit === 0 ? 1000 : 999.95) && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.floor(scaled) : scaled.toFixed(1)} ${units[unit]}`;
}

/**
 * A time in seconds in the unit that suits it: `38.2 µs`, `640 ms`, `3.42 s`, `2 min 5 s`, `1 h 12 min`.
 * Whole seconds stay whole.
 */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 0.000_999_5) return `${threeDigits(1e6 * seconds)} µs`;
  if (seconds > 0 && seconds < 0.9995) return `${threeDigits(1e3 * seconds)} ms`;
  if (seconds < 59.95) return `${Number.isInteger(seconds) ? seconds : threeDigits(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return joined(whole, 60, 'min', 's');
  return joined(Math.round(seconds / 60), 60, 'h', 'min');
}

/** A bound with two digits, rounded up: what is printed is still a bound. */
export function bound(value: number): string {
  return String(Number(decimalRoundedUp(value, 2)));
}

/** `value` below 1000 with three significant digits, and no exponent. */
function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** `125` as `2 min 5 s`. */
function joined(count: number, each: number, large: string, small: string): string {
  const rest = count % each;
  return `${grouped(Math.floor(count / each))} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** `0.9808` as `98.08 %`. */
export function percent(value: number): string {
  return `${(100 * value).toFixed(2)} %`;
}

/** Rows of cells as lines, columns aligned; numbers to the right where `right` says so. */
export function table(
  rows: readonly (readonly string[])[],
  right: readonly boolean[] = [],
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) =>
        right[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
}

/** Consecutive equal items as `3 x item`. */
function groups(items: readonly (string | number)[]): string[] {
  const parts: string[] = [];
  for (let index = 0; index < items.length; ) {
    let end = index;
    while (end < items.length && items[end] === items[index]) end++;
    const item = typeof items[index] === 'number' ? grouped(items[index] as number) : items[index];
    parts.push(end - index > 1 ? `${end - index} x ${item}` : `${item}`);
    index = end;
  }
  return parts;
}

/** The same in a line, all of them: for programs. */
export function runs(items: readonly (string | number)[]): string {
  return groups(items).join(', ');
}

/** The same for people, so that thousands of layers fit on a line. `noun` says what the items are. */
export function listedRuns(
  items: readonly (string | number)[],
  noun: string,
  between = ', ',
): string {
  return listed(groups(items), noun, between, items.length);
}

/** Where all samples were outside the domain, and would be inside it divided by this. */
export function askForDivisor(divisor: number): string {
  return `did you forget --divide ${divisor}?`;
}
