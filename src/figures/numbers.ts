/** Numbers as people write them: thousands grouped, millions in words, powers of ten with superscripts. */

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const WORDS = ['', ' thousand', ' million', ' billion', ' trillion'];

/** `10⁻³`. */
export function powerOfTen(exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]);
  return `10${exponent < 0 ? '⁻' : ''}${digits.join('')}`;
}

/**
 * A plain number: at most nine significant digits, thousands grouped, a true minus sign. What plain
 * digits would fill a line with is a multiple of a power of ten.
 */
export function formatTick(value: number): string {
  const size = Number(Math.abs(value).toPrecision(9));
  const sign = value < 0 && size > 0 ? '−' : '';
  if (size !== 0 && (size < 1e-6 || size >= 1e15)) {
    const [factor, exponent] = size.toExponential().split('e');
    return `${sign}${factor}·${powerOfTen(Number(exponent))}`;
  }
  const [whole, fraction] = String(size).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${sign}${grouped}${fraction === undefined ? '' : `.${fraction}`}`;
}

/**
 * Three significant digits of a positive number, short enough for a label: `358`, `725 thousand`,
 * `200 trillion`, `1.8·10¹⁷`, `0.0033`, `4.6·10⁻⁷`.
 */
export function shortNumber(value: number): string {
  const rounded = Number(value.toPrecision(3));
  if (rounded >= 1e15 || rounded < 1e-4) {
    const [factor, exponent] = value.toExponential(1).split('e');
    return `${Number(factor)}·${powerOfTen(Number(exponent))}`;
  }
  if (rounded < 1e5) return formatTick(rounded < 1000 ? rounded : Math.round(value));
  const power = Math.floor(Math.log10(rounded) / 3 + 1e-9);
  return `${formatTick(Number((rounded / 1000 ** power).toPrecision(3)))}${WORDS[power]}`;
}

/** A time: `8.6 µs`, `6.07 ms`, `1.5 s`; three significant digits. */
export function shortTime(microseconds: number): string {
  const [unit, factor] =
    microseconds < 999.5 ? ['µs', 1] : microseconds < 999_500 ? ['ms', 1e3] : ['s', 1e6];
  return `${formatTick(Number((microseconds / factor).toPrecision(3)))} ${unit}`;
}
