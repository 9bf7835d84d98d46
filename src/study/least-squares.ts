/** Fitted exponents: the straight line of least squares, on values or on their logarithms. */

export interface Line {
  readonly slope: number;
  readonly intercept: number;
  /** Share of the variance that the line explains; 1 if nothing varies. */
  readonly rSquared: number;
  /** Standard error of the slope; 0 with two points. */
  readonly slopeError: number;
}

/** The line of least squares. Throws a RangeError for fewer than two different x. */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): Line {
  const count = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  if (!(xx > 0)) throw new RangeError('a line needs points at two different places');
  const slope = xy / xx;
  const residual = Math.max(0, yy - slope * xy);
  return {
    slope,
    intercept: meanY - slope * meanX,
    rSquared: yy === 0 ? 1 : 1 - residual / yy,
    slopeError: count > 2 ? Math.sqrt(residual / (count - 2) / xx) : 0,
  };
}

/** The exponent a of `y = c x^a`, by least squares on the logarithms of positive values. */
export function fitExponent(points: readonly (readonly [x: number, y: number])[]): Line {
  return fitLine(points.map(([x, y]) => [Math.log(x), Math.log(y)]));
}
