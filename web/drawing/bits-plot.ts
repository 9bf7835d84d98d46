/** Errors and source size over fractional bits: two curves on a logarithmic axis, and bars for the size. */
import { type Pen, palette } from '../library.js';

export interface BitsRow {
  readonly bits: number;
  readonly certified: number;
  readonly measured: number;
  /** Of the source. */
  readonly weights: number;
}

const LEFT = 52;
const RIGHT = 12;
const TOP = 14;
const BOTTOM = 34;

export const CERTIFIED = palette.BOUND_COLOURS.ellipsoid;
export const SIZE = palette.SYSTEM_COLOURS.horner;

export function drawBits(
  pen: Pen,
  rows: readonly BitsRow[],
  chosen: number,
  width: number,
  height: number,
): void {
  const [first, last] = [rows[0].bits, rows[rows.length - 1].bits];
  const xOf = (bits: number): number =>
    LEFT + ((bits - first) / (last - first)) * (width - LEFT - RIGHT);
  const errors = rows.flatMap(({ certified, measured }) => [certified, measured]);
  const low = Math.floor(Math.log10(Math.min(...errors)));
  const high = Math.ceil(Math.log10(Math.max(...errors)));
  const yOf = (error: number): number =>
    TOP + ((high - Math.log10(error)) / (high - low)) * (height - TOP - BOTTOM);
  const text = { size: 12, fill: palette.QUIET };
  for (let power = low; power <= high; power++) {
    const y = yOf(10 ** power);
    pen.line(
      [
        [LEFT, y],
        [width - RIGHT, y],
      ],
      { stroke: palette.GRID, width: 1 },
    );
    pen.text(LEFT - 6, y + 4, powerOfTen(power), { ...text, anchor: 'end' });
  }
  const most = Math.max(...rows.map(({ weights }) => weights));
  const step = (width - LEFT - RIGHT) / (rows.length - 1);
  for (const { bits, weights } of rows) {
    const size = (weights / most) * (height - TOP - BOTTOM) * 0.6;
    const opacity = bits === chosen ? 0.75 : 0.2;
    pen.rect(xOf(bits) - step * 0.3, height - BOTTOM - size, step * 0.6, size, SIZE, opacity);
  }
  const curve = (key: 'certified' | 'measured', stroke: string, dash?: readonly number[]): void => {
    pen.line(
      rows.map((row) => [xOf(row.bits), yOf(row[key])] as const),
      { stroke, width: 2, ...(dash && { dash }) },
    );
    const row = rows.find(({ bits }) => bits === chosen);
    if (row !== undefined) pen.circle(xOf(chosen), yOf(row[key]), 5, palette.PAPER, stroke, 2);
  };
  curve('certified', CERTIFIED);
  curve('measured', palette.INK, [4, 3]);
  for (let bits = Math.ceil(first / 4) * 4; bits <= last; bits += 4) {
    pen.text(xOf(bits), height - 18, String(bits), { ...text, anchor: 'middle' });
  }
  pen.text((LEFT + width - RIGHT) / 2, height - 3, 'fractional bits', {
    ...text,
    anchor: 'middle',
  });
}

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function powerOfTen(power: number): string {
  if (power >= 0 && power <= 2) return String(10 ** power);
  const digits = [...String(Math.abs(power))].map((digit) => RAISED[Number(digit)]).join('');
  return `10${power < 0 ? '⁻' : ''}${digits}`;
}

/** Three significant digits, never below the value. */
export function upwards(value: number): string {
  const exact = value.toPrecision(3);
  if (Number(exact) >= value) return plain(Number(exact));
  const unit = 10 ** (Math.floor(Math.log10(value)) - 2);
  return plain(Number((Number(exact) + unit).toPrecision(3)));
}

function plain(value: number): string {
  if (value >= 1e-6)
    return value.toLocaleString('en', { maximumSignificantDigits: 3, useGrouping: false });
  return value.toExponential(2);
}
