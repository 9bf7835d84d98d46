/**
 * What tickets compute, in exact fractions, written apart from the library's own exact engines: the judge
 * of their rounding. A vector is integers over one common denominator; so is a layer.
 */

const larger = (most, [, denominator]) => {
  if (denominator > most) return denominator;
  return most;
};

/** A float64 as `[numerator, denominator]`, from its bits. */
export function fraction(value) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const digits = (bits & 0xfffffffffffffn) | (exponent === 0 ? 0n : 1n << 52n);
  const mantissa = bits >> 63n === 1n ? -digits : digits;
  const shift = Math.max(exponent, 1) - 1075;
  return shift >= 0 ? [mantissa << BigInt(shift), 1n] : [mantissa, 1n << BigInt(-shift)];
}

/** Fractions over their common denominator, a power of two or a multiple of `divide`'s numerator. */
export function vectorOf(values, divide = 1) {
  const [top, bottom] = fraction(divide);
  const parts = Array.from(values, fraction);
  const most = parts.reduce(larger, 1n);
  return {
    numbers: parts.map(([num, den]) => num * (most / den) * bottom),
    denominator: most * top,
  };
}

const withConstant = ({ numbers, denominator }) => ({
  numbers: [...numbers, denominator],
  denominator,
});

/** `rows`: for each output its `[column, integer]` pairs, over `denominator`; bias pairs name no column. */
function through({ numbers, denominator }, layer, activation) {
  const result = layer.rows.map((row) => {
    let sum = 0n;
    for (const [column, entry] of row) sum += entry * numbers[column];
    if (activation === 'relu' && sum < 0n) return 0n;
    return sum;
  });
  return { numbers: result, denominator: denominator * layer.denominator };
}

const signs = ({ numbers }) => ({
  numbers: numbers.map((value) => (value < 0n ? -1n : 1n)),
  denominator: 1n,
});

/** The integer network of a constructed ticket, its scale applied. */
export function constructedExact({ target }, input) {
  const { matrices, constant, scale, activation } = target;
  let current = constant ? withConstant(input) : input;
  matrices.forEach(({ rows, columns, values }, index) => {
    const layer = {
      rows: Array.from({ length: rows }, (_, row) =>
        Array.from({ length: columns }, (_, column) => [
          column,
          BigInt(values[row * columns + column]),
        ]),
      ),
      denominator: 1n,
    };
    current = through(current, layer, index < matrices.length - 1 ? 'relu' : activation);
  });
  const unit = BigInt(scale.base) ** BigInt(Math.abs(scale.exponent));
  return scale.exponent >= 0
    ? { ...current, denominator: current.denominator * unit }
    : { ...current, numbers: current.numbers.map((value) => value * unit) };
}

function edgeRows({ offsets, edges }, weightOf) {
  const rows = [];
  for (let neuron = 0; neuron + 1 < offsets.length; neuron++) {
    const row = [];
    for (let at = offsets[neuron]; at < offsets[neuron + 1]; at++) {
      row.push([edges[at] >>> 1, weightOf(at)]);
    }
    rows.push(row);
  }
  return rows;
}

/** The masked source of a baseline ticket, from its program's edges and weights. */
export function baselineExact(program, input) {
  const { layers, weights, scaleExponents, constant, activation, outputs } = program;
  let current = constant ? withConstant(input) : input;
  layers.forEach((layer, index) => {
    const parts = Array.from(weights[index], fraction);
    const most = parts.reduce(larger, 1n);
    const rows = edgeRows(layer, (at) => parts[at][0] * (most / parts[at][1]));
    const relu = index < layers.length - 1 || activation === 'relu';
    current = through(current, { rows, denominator: most }, relu ? 'relu' : 'identity');
    if (index % 2 === 1) {
      const [up, down] = fraction(2 ** scaleExponents[(index - 1) / 2]);
      current = {
        numbers: current.numbers.map((value) => value * up),
        denominator: current.denominator * down,
      };
    }
  });
  const numbers = new Array(outputs).fill(0n);
  layers.at(-1).neurons.forEach((output, index) => {
    numbers[output] = current.numbers[index];
  });
  return { ...current, numbers };
}

/** A trained ticket's network in real numbers, its standardisation included. */
export function trainedExact({ standardization, layers, activation }, input) {
  const standardised = input.numbers.map((value, index) => {
    const [mean, meanDown] = fraction(standardization.mean[index]);
    const [deviation, deviationDown] = fraction(standardization.deviation[index]);
    const difference = value * meanDown - mean * input.denominator;
    return [difference * deviationDown, input.denominator * meanDown * deviation];
  });
  const denominator = standardised.reduce((product, [, den]) => product * den, 1n);
  let current = {
    numbers: standardised.map(([num, den]) => (num * denominator) / den),
    denominator,
  };
  layers.forEach((layer, index) => {
    const parts = Array.from(layer.magnitudes ?? [], fraction);
    const most = parts.reduce(larger, 1n);
    const [up, down] = fraction(layer.scale);
    const rows = edgeRows(layer, (at) => {
      const size = layer.magnitudes === null ? 1n : parts[at][0] * (most / parts[at][1]);
      return (layer.edges[at] & 1) === 1 ? -size * up : size * up;
    });
    const last = index === layers.length - 1;
    const relu = !last && activation === 'relu';
    current = through(current, { rows, denominator: most * down }, relu ? 'relu' : 'identity');
    if (!last && activation === 'sign') current = signs(current);
  });
  return current;
}

const size = (value) => (value < 0n ? -value : value);

/** `|value - numerator/denominator|` as a fraction; the denominator is positive. */
export function distance(value, numerator, denominator) {
  const [num, den] = fraction(value);
  return [size(num * denominator - numerator * den), den * denominator];
}

/** A plain decimal as a fraction. */
export function decimalFraction(text) {
  const [whole, places = ''] = text.split('.');
  return [BigInt(whole + places), 10n ** BigInt(places.length)];
}

export const exceeds = ([num, den], [otherNum, otherDen]) => num * otherDen > otherNum * den;

/** A fraction as a float64, to a few digits: for tables only. */
export function roughly([num, den]) {
  if (num === 0n) return 0;
  const shift = BigInt(num.toString(2).length - den.toString(2).length - 60);
  const quotient = shift >= 0n ? num / (den << shift) : (num << -shift) / den;
  return Number(quotient) * 2 ** Number(shift);
}
