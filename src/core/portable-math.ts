/**
 * Logarithm, exponential and cosine from IEEE additions, multiplications and divisions alone. Those of
 * `Math` may differ in their last bits between engines; results that must be the same bytes on every
 * platform (random weights, learned masks) are computed with these.
 */

const scratch = new DataView(new ArrayBuffer(8));

/** `2^exponent` for -1022 <= exponent <= 1023. */
function powerOfTwo(exponent: number): number {
  scratch.setUint32(0, (exponent + 1023) << 20);
  scratch.setUint32(4, 0);
  return scratch.getFloat64(0);
}

/** Natural logarithm of a positive normal number, within a few units in the last place. */
export function portableLog(x: number): number {
  if (!(x >= 2 ** -1022 && x < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`the logarithm of ${x} is not computed here`);
  }
  scratch.setFloat64(0, x);
  const high = scratch.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  scratch.setUint32(0, (high & 0xfffff) | (1023 << 20));
  let mantissa = scratch.getFloat64(0);
  // Into [0.7, 1.42), so that the series below is in |z| < 0.18 and ends after eleven terms.
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  const z = (mantissa - 1) / (mantissa + 1);
  const square = z * z;
  let sum = 0;
  for (let power = 23; power >= 1; power -= 2) sum = sum * square + 1 / power;
  return exponent * Math.LN2 + 2 * z * sum;
}

/** `1/k!`, k = 13 .. 0. */
const INVERSE_FACTORIALS = Float64Array.from({ length: 14 }, (_, index) => {
  let factorial = 1;
  for (let factor = 2; factor <= 13 - index; factor++) factorial *= factor;
  return 1 / factorial;
});

/** `e^x`, relative error a few units in the last place; 0 and infinity beyond what a float64 holds. */
export function portableExp(x: number): number {
  if (!(x > -708)) return x <= -708 ? 0 : Number.NaN;
  if (x > 709) return Number.POSITIVE_INFINITY;
  const exponent = Math.floor(x * Math.LOG2E + 0.5);
  // ln 2 in two parts, the first with 21 trailing zero bits: the product with an exponent is exact.
  const rest = x - exponent * 0.6931471803691238 - exponent * 1.9082149292705877e-10;
  let sum = 0;
  for (let index = 0; index < INVERSE_FACTORIALS.length; index++) {
    sum = sum * rest + (INVERSE_FACTORIALS[index] as number);
  }
  return sum * powerOfTwo(exponent);
}

/** Cosine of an angle in [0, pi], absolute error below 1e-15. */
export function portableCosine(angle: number): number {
  if (!(angle >= 0 && angle <= Math.PI)) throw new RangeError(`${angle} is not in [0, pi]`);
  // cos a = 1 - 2 sin^2(a/2) would lose nothing either; the half turn is folded instead.
  const folded = angle > Math.PI / 2 ? Math.PI - angle : angle;
  const square = folded * folded;
  let sum = 1;
  for (let power = 22; power >= 2; power -= 2) sum = 1 - (square / (power * (power - 1))) * sum;
  return angle > Math.PI / 2 ? -sum : sum;
}
