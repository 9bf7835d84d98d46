/**
 * Draws one digit as an 8x8 grey image: a glyph whose control points are shaken, then scaled, slanted,
 * turned, shifted, inked with a pen of random thickness, and covered with clutter and noise. Only
 * additions, multiplications and square roots, which every platform rounds alike.
 */
import { GLYPH_HEIGHT, GLYPH_WIDTH, GLYPHS } from './glyphs.mjs';

/** Images have SIZE x SIZE pixels. */
export const SIZE = 8;

const SAMPLES_PER_AXIS = 2;
const STEPS_PER_CURVE = 7;
/** Width in pixels of the pen's soft rim. */
const RIM = 0.6;

/** @typedef {import('./random.mjs').Random} Random */
/** @typedef {readonly [number, number]} Point */

/**
 * A random map from the glyph's box into pixels, near the middle of the image.
 *
 * @param {Random} random
 * @returns {(point: Point) => Point}
 */
function randomPlacement(random) {
  const height = random.uniform(4.9, 6.7) / GLYPH_HEIGHT;
  const width = random.uniform(2.9, 4.7) / GLYPH_WIDTH;
  const slant = random.bell(0.16);
  // A rotation with rational entries: turn = tan(angle / 2).
  const turn = random.bell(0.06);
  const cosine = (1 - turn * turn) / (1 + turn * turn);
  const sine = (2 * turn) / (1 + turn * turn);
  const centreX = SIZE / 2 + random.uniform(-0.9, 0.9);
  const centreY = SIZE / 2 + random.uniform(-0.7, 0.7);
  return ([x, y]) => {
    const down = (y - GLYPH_HEIGHT / 2) * height;
    const right = (x - GLYPH_WIDTH / 2) * width - slant * down;
    return [centreX + cosine * right - sine * down, centreY + sine * right + cosine * down];
  };
}

/**
 * The curve as a chain of points, by de Casteljau's algorithm.
 *
 * @param {readonly Point[]} control
 * @returns {Point[]}
 */
function flatten(control) {
  if (control.length === 2) return [...control];
  const chain = [];
  for (let step = 0; step <= STEPS_PER_CURVE; step++) {
    const t = step / STEPS_PER_CURVE;
    let points = control;
    while (points.length > 1) {
      const from = points;
      points = from
        .slice(1)
        .map(([x, y], at) => [
          from[at][0] + t * (x - from[at][0]),
          from[at][1] + t * (y - from[at][1]),
        ]);
    }
    chain.push(points[0]);
  }
  return chain;
}

/**
 * Distance from (x, y) to the segment from `start` to `end`, squared.
 *
 * @param {number} x
 * @param {number} y
 * @param {Point} start
 * @param {Point} end
 */
function squaredDistance(x, y, start, end) {
  const alongX = end[0] - start[0];
  const alongY = end[1] - start[1];
  const length = alongX * alongX + alongY * alongY;
  const dot = (x - start[0]) * alongX + (y - start[1]) * alongY;
  const at = length === 0 ? 0 : Math.min(1, Math.max(0, dot / length));
  const offX = x - start[0] - at * alongX;
  const offY = y - start[1] - at * alongY;
  return offX * offX + offY * offY;
}

/**
 * Adds the coverage (0 to 1) of a pen that follows the chains to `image`, keeping the larger value.
 *
 * @param {Float64Array} image
 * @param {readonly (readonly Point[])[]} chains in pixels
 * @param {number} radius of the pen, in pixels
 * @param {number} ink darkness of full coverage
 */
function stroke(image, chains, radius, ink) {
  for (let pixel = 0; pixel < image.length; pixel++) {
    let coverage = 0;
    for (let sample = 0; sample < SAMPLES_PER_AXIS ** 2; sample++) {
      const x = (pixel % SIZE) + ((sample % SAMPLES_PER_AXIS) + 0.5) / SAMPLES_PER_AXIS;
      const row = Math.floor(sample / SAMPLES_PER_AXIS);
      const y = Math.floor(pixel / SIZE) + (row + 0.5) / SAMPLES_PER_AXIS;
      let nearest = Number.POSITIVE_INFINITY;
      for (const chain of chains) {
        for (let at = 1; at < chain.length; at++) {
          nearest = Math.min(nearest, squaredDistance(x, y, chain[at - 1], chain[at]));
        }
      }
      coverage += Math.min(1, Math.max(0, (radius - Math.sqrt(nearest)) / RIM + 0.5));
    }
    image[pixel] = Math.max(image[pixel], (ink * coverage) / SAMPLES_PER_AXIS ** 2);
  }
}

/**
 * A random drawing of a digit, row by row, 0 for paper and 255 for ink.
 *
 * @param {number} digit 0 to 9
 * @param {Random} random
 * @returns {Uint8Array}
 */
export function drawDigit(digit, random) {
  const styles = GLYPHS[digit];
  const curves = styles[random.index(styles.length)];
  const place = randomPlacement(random);
  // Curves that share an end must keep sharing it, so every distinct point is shaken once.
  const shaken = new Map();
  const shake = (point) => {
    const key = point.join(' ');
    if (!shaken.has(key)) {
      shaken.set(key, place([point[0] + random.bell(3.5), point[1] + random.bell(3.5)]));
    }
    return shaken.get(key);
  };
  const chains = curves.map((curve) => flatten(curve.points.map(shake)));

  const image = new Float64Array(SIZE * SIZE);
  const ink = random.uniform(0.6, 1);
  stroke(image, chains, random.uniform(0.38, 0.72), ink);
  if (random.happens(0.12)) {
    const stray = [0, 1].map(() => [random.uniform(0, SIZE), random.uniform(0, SIZE)]);
    stroke(image, [stray], 0.3, ink * 0.6);
  }

  const paper = random.uniform(0, 0.08);
  const grain = random.uniform(0.03, 0.1);
  return Uint8Array.from(image, (darkness) => {
    const value = paper + (1 - paper) * darkness + random.bell(grain);
    return Math.round(255 * Math.min(1, Math.max(0, value)));
  });
}
