/**
 * What the open ideas of docs/skip.md would save, from the failure bounds alone: relays or pairs in place of
 * twins in gathered blocks, and a second gadget for a slot that finds no neuron. Widths are the least at
 * which a layer's bound is at most `1e-9`, about what a plan of a thousand layers leaves to each. Then
 * groups of three: every product of three matrices of -1, 0, 1 that is four times the identity, the least
 * offsets that keep all values from being negative, and those matrices tried on all digits of small chains.
 *
 *   node bench/skip-alternatives.mjs [inputs, default 51 257 785]     after npm run build
 */
import process from 'node:process';
import { logChoose, matchingFailure } from '../dist/constructions/failure-bounds.js';

const MOST = 1e-9;

/** Bound for a matching that may leave `spare` of the groups without a neuron, summed term by term. */
function deficientFailure(groups, pool, edge, spare) {
  let total = 0;
  for (let size = spare + 1; size <= groups; size++) {
    const missing = (1 - edge) ** size;
    for (let met = 0; met < size - spare && met <= pool; met++) {
      const logTerm =
        logChoose(groups, size) +
        logChoose(pool, met) +
        (met === 0 ? 0 : met * Math.log1p(-missing)) +
        (pool - met) * Math.log(missing);
      total += Math.exp(logTerm);
    }
  }
  return total;
}

function leastPool(start, failure) {
  let pool = start;
  while (!(failure(pool) <= MOST)) pool++;
  return pool;
}

const asked = process.argv.slice(2).map(Number);
for (const inputs of asked.length > 0 ? asked : [51, 257, 785]) {
  const half = leastPool(inputs, (pool) => matchingFailure(inputs, 1, pool, 1 / 2));
  const quarter = leastPool(inputs, (pool) => matchingFailure(inputs, 1, pool, 1 / 4));
  const twins = leastPool(2 * inputs, (pool) => matchingFailure(inputs, 2, pool, 1 / 4));
  // Doublings of `inputs` carriers, and the digits that `outputs` neurons have on each level of them.
  const doublings = {
    twin: { weights: 2 * twins * inputs, read: inputs },
    relay2: { weights: quarter * half + half * (half + quarter), read: half },
    pairs: { weights: 2 * quarter * quarter, read: quarter },
  };
  for (const outputs of [inputs, 3 * inputs]) {
    const perBit = Object.fromEntries(
      Object.entries(doublings).map(([name, { weights, read }]) => [
        name,
        Number(((weights + outputs * read) / (inputs * outputs)).toFixed(2)),
      ]),
    );
    process.stdout.write(`${JSON.stringify({ gathered: `${inputs}x${outputs}`, perBit })}\n`);
  }
  const spared = leastPool(inputs, (pool) => deficientFailure(inputs, pool, 1 / 4, 1));
  process.stdout.write(
    `${JSON.stringify({
      pairs: `${inputs}x${inputs}`,
      width: quarter,
      widthWithOneSlotSpared: spared,
      perBit: Number(((2 * quarter ** 2 + quarter * inputs) / inputs ** 2).toFixed(2)),
      // The spared slot takes two neurons beside.
      perBitWithASecondGadget: Number(
        ((2 * (spared + 2) ** 2 + (spared + 2) * inputs) / inputs ** 2).toFixed(2),
      ),
    })}\n`,
  );
}

/** All 3x3 matrices of -1, 0 and 1 with a determinant of 4 or -4, the largest there is, row by row. */
function largestMatrices() {
  const matrices = [];
  for (let code = 0; code < 3 ** 9; code++) {
    const m = Array.from({ length: 9 }, (_, at) => (Math.floor(code / 3 ** at) % 3) - 1);
    if (Math.abs(determinant(m)) === 4) matrices.push(m);
  }
  return matrices;
}

function determinant([a, b, c, d, e, f, g, h, i]) {
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

function adjugate([a, b, c, d, e, f, g, h, i]) {
  return [
    ...[e * i - f * h, c * h - b * i, b * f - c * e],
    ...[f * g - d * i, a * i - c * g, c * d - a * f],
    ...[d * h - e * g, b * g - a * h, a * e - b * d],
  ];
}

function product(left, right) {
  return left.map((_, at) => {
    const row = Math.floor(at / 3);
    const column = at % 3;
    return [0, 1, 2].reduce((sum, k) => sum + left[3 * row + k] * right[3 * k + column], 0);
  });
}

/** The matrix applied to a vector. */
function image(matrix, vector) {
  return [0, 3, 6].map((row) => vector.reduce((sum, value, k) => sum + matrix[row + k] * value, 0));
}

/** Whether values within 1 of the offsets have no negative image. */
function staysPositive(matrix, offsets) {
  return [0, 3, 6].every((row) => {
    const reach = [0, 1, 2].reduce((sum, k) => sum + Math.abs(matrix[row + k]), 0);
    return image(matrix, offsets)[row / 3] >= reach;
  });
}

const matrices = largestMatrices();
const MOST_OFFSET = 4;
let products = 0;
let smallest = MOST_OFFSET + 1;
for (const first of matrices) {
  for (const second of matrices) {
    const both = product(second, first);
    // The third is 4 times the inverse of both: its adjugate over a determinant of 16 or -16.
    const third = adjugate(both).map((value) => (value * 4) / determinant(both));
    if (!third.every((value) => Number.isInteger(value) && Math.abs(value) <= 1)) continue;
    products++;
    for (let code = 0; code < MOST_OFFSET ** 3; code++) {
      const offsets = [1, 4, 16].map((place) => 1 + (Math.floor(code / place) % MOST_OFFSET));
      if (Math.max(...offsets) >= smallest) continue;
      if (staysPositive(first, offsets) && staysPositive(both, offsets)) {
        smallest = Math.max(...offsets);
      }
    }
  }
}

const FIRST = [-1, 0, 1, 1, -1, 1, 1, 1, 1];
const SECOND = [-1, -1, 1, 0, 1, 1, 1, -1, 1];
const THIRD = [1, 1, -1, 1, 0, 1, -1, 1, 1];
const OFFSETS = [2, 3, 4];
const BITS = 4;
let weights = 0;
let wrong = 0;
const whole = 2 ** BITS;
for (let code = 0; code < (2 * whole + 1) ** 3; code++) {
  const wanted = OFFSETS.map((offset, at) => {
    const weight = (Math.floor(code / (2 * whole + 1) ** at) % (2 * whole + 1)) - whole;
    return weight + offset * whole;
  });
  weights++;
  // Two digits a level, of every value that the signs of the edges may give them: 0 or 1, 0 or -1.
  for (let signs = 0; signs < 4; signs++) {
    const levels = BITS / 2;
    const units = [(signs & 1) === 0 ? 1 : -1, (signs & 2) === 0 ? 2 : -2];
    // Backwards: the values before each level, from which the level's digits lead on.
    let values = wanted;
    for (let level = 0; level < levels; level++) {
      const before = values.map((value) => {
        const sums = [0, units[0], units[1], units[0] + units[1]];
        return (value - sums.find((sum) => (((value - sum) % 4) + 4) % 4 === 0)) / 4;
      });
      const middle = image(FIRST, before);
      const last = image(SECOND, middle);
      const digits = values.map((value, at) => value - 4 * before[at]);
      const after = image(THIRD, last).map((value, at) => value + digits[at]);
      if (Math.min(...before, ...middle, ...last) < 0) wrong++;
      if (after.some((value, at) => value !== values[at])) wrong++;
      values = before;
    }
  }
}
const threes = { matrices: matrices.length, products, largestOffset: smallest, weights, wrong };
process.stdout.write(`${JSON.stringify({ threes })}\n`);
if (wrong > 0) process.exitCode = 1;
