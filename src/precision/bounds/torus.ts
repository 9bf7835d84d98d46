/**
 * Feature maps on a torus, by frequency. Maps of n by m positions lie in a corner of a torus of M by N, and are 0
 * elsewhere; in the real orthonormal basis of its Fourier components a convolution is a matrix for each frequency
 * (`frequency-maps.ts`), and so is a shape that is the same at all positions. A frequency and its opposite are one
 * pair: of the two the first is kept, with real parts and imaginary ones; one that is its own opposite has real
 * parts alone.
 */
import { UNIT_ROUNDOFF } from './rounding.js';

/** Positions of an axis each. */
export interface Torus {
  readonly height: number;
  readonly width: number;
}

/** One of each pair of opposite frequencies. */
export interface Frequency {
  readonly row: number;
  readonly column: number;
  /** Whether it is its own opposite: its components are real. */
  readonly isReal: boolean;
}

export interface Frequencies {
  readonly torus: Torus;
  readonly list: readonly Frequency[];
  /** Where in the list a frequency is, or its opposite. */
  find(row: number, column: number): { readonly at: number; readonly isOpposite: boolean };
}

export function frequenciesOf(torus: Torus): Frequencies {
  const { height, width } = torus;
  const list: Frequency[] = [];
  const places = new Map<number, number>();
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const opposite = ((height - row) % height) * width + ((width - column) % width);
      const own = row * width + column;
      if (opposite < own) continue;
      places.set(own, list.length);
      list.push({ row, column, isReal: opposite === own });
    }
  }
  return {
    torus,
    list,
    find(row, column) {
      const own = places.get(row * width + column);
      if (own !== undefined) return { at: own, isOpposite: false };
      const opposite = ((height - row) % height) * width + ((width - column) % width);
      return { at: places.get(opposite) as number, isOpposite: true };
    },
  };
}

/** `e^(2 pi i k / count)` for k from 0, each part within `ROOT_ERROR` of it. */
export interface Roots {
  readonly count: number;
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** Of a root's parts; a product of two is within three times that. */
const ROOT_ERROR = 8 * UNIT_ROUNDOFF;
/** Of each part of `waveAt`. */
export const WAVE_ERROR = 4 * ROOT_ERROR;

/** The terms of a series for an angle of at most a quarter of pi: what is left out is below `2^-60`. */
const TERMS = 10;

/** Cosine and sine of an angle in [0, pi / 4], by their series: additions and multiplications alone. */
function smallAngle(angle: number): [cosine: number, sine: number] {
  const square = angle * angle;
  let cosine = 1;
  let sine = 1;
  for (let term = TERMS; term >= 1; term--) {
    cosine = 1 - (square / ((2 * term - 1) * (2 * term))) * cosine;
    sine = 1 - (square / (2 * term * (2 * term + 1))) * sine;
  }
  return [cosine, angle * sine];
}

const known = new Map<number, Roots>();
const MOST_KNOWN = 64;

/** The same on every platform, which the functions of `Math` are not. */
export function rootsOf(count: number): Roots {
  const before = known.get(count);
  if (before !== undefined) return before;
  const real = new Float64Array(count);
  const imaginary = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    // In eighths of a turn, exactly: the part of an eighth that is left, or what it lacks.
    const eighth = Math.floor((8 * k) / count);
    const rest = 8 * k - eighth * count;
    const isOdd = eighth % 2 === 1;
    const [cosine, sine] = smallAngle((Math.PI / 4) * ((isOdd ? count - rest : rest) / count));
    const quarter = (eighth + (isOdd ? 1 : 0)) / 2;
    const [x, y] = [cosine, isOdd ? -sine : sine];
    [real[k], imaginary[k]] = [
      [x, y],
      [-y, x],
      [-x, -y],
      [y, -x],
    ][quarter % 4] as [number, number];
  }
  const roots = { count, real, imaginary };
  if (known.size < MOST_KNOWN) known.set(count, roots);
  return roots;
}

function residue(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}

/** `e^(2 pi i (row y / height + column x / width))`, each part within `WAVE_ERROR`. */
export function waveAt(
  { height, width }: Torus,
  { row, column }: Pick<Frequency, 'row' | 'column'>,
  y: number,
  x: number,
): [real: number, imaginary: number] {
  const down = rootsOf(height);
  const across = rootsOf(width);
  const one = residue(row * y, height);
  const two = residue(column * x, width);
  const [a, b] = [down.real[one], down.imaginary[one]];
  const [c, d] = [across.real[two], across.imaginary[two]];
  return [a * c - b * d, a * d + b * c];
}

/** Components of `channels` channels at a frequency. */
export function componentsOf({ isReal }: Frequency, channels: number): number {
  return isReal ? channels : 2 * channels;
}
