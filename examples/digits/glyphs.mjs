/**
 * The shapes of the digits: pen strokes in a box of 60 by 100 units, y downwards, written like SVG
 * path data with absolute M, L, Q and C only. Several hands write each digit differently.
 */

/** @type {readonly (readonly string[])[]} per digit, its styles */
const PATHS = [
  [
    'M30 0 C10 0 2 22 2 50 C2 78 10 100 30 100 C50 100 58 78 58 50 C58 22 50 0 30 0',
    'M30 4 C2 6 0 94 30 96 C60 94 58 6 30 4',
    'M8 0 L52 0 L52 100 L8 100 L8 0',
    'M44 8 C20 -8 2 24 2 54 C2 84 14 100 30 100 C50 100 60 74 58 44 C56 20 46 2 28 4',
    'M30 0 C10 0 2 22 2 50 C2 78 10 100 30 100 C50 100 58 78 58 50 C58 22 50 0 30 0 M48 18 L12 82',
  ],
  [
    'M30 0 L30 100',
    'M12 22 L34 0 L34 100',
    'M12 18 L32 0 L32 100 M10 100 L54 100',
    'M6 32 Q26 20 36 0 L36 100',
  ],
  [
    'M4 24 C4 -8 56 -8 56 26 C56 50 22 72 4 100 L58 100',
    'M6 14 C30 -12 58 6 52 32 C46 56 20 78 6 94 C18 80 40 100 58 92',
    'M6 0 L54 0 L54 50 L6 50 L6 100 L54 100',
    'M6 8 L52 4 L52 30 L6 98 L56 98',
  ],
  [
    'M6 10 C26 -10 56 2 52 26 C50 42 36 48 24 48 C44 48 58 58 56 76 C54 102 22 106 4 90',
    'M4 0 L54 0 L26 40 C50 38 60 58 56 76 C52 100 22 106 4 92',
    'M6 0 L54 0 L54 100 L6 100 M14 50 L54 50',
    'M8 4 C40 -6 58 20 40 36 Q32 44 20 46 Q54 50 50 76 C44 104 16 102 6 98',
  ],
  [
    'M42 100 L42 0 L2 66 L60 66',
    'M8 0 L8 52 L54 52 M50 0 L50 100',
    'M18 0 L4 58 L58 58 M42 30 L42 100',
    'M46 0 L38 100 M46 0 Q26 40 2 62 L56 58',
  ],
  [
    'M54 0 L12 0 L8 44 C26 32 58 38 56 68 C54 104 20 106 4 90',
    'M54 0 L6 0 L6 50 L54 50 L54 100 L6 100',
    'M52 4 Q28 -4 16 8 C4 24 14 40 32 46 C54 52 58 76 46 90 C34 102 14 102 4 94',
    'M10 4 L10 44 C40 34 58 52 54 72 C50 98 20 104 4 96 M10 4 L56 2',
  ],
  [
    'M48 2 C16 14 2 50 4 74 C6 106 56 108 56 72 C56 44 14 42 6 68',
    'M54 0 L6 0 L6 100 L54 100 L54 50 L6 50',
    'M36 0 Q8 40 4 72 C4 104 54 108 54 76 C54 50 20 48 6 66',
    'M14 0 C2 40 0 100 30 98 C58 96 58 54 34 56 C16 58 10 74 10 82',
  ],
  [
    'M4 0 L56 0 L20 100',
    'M4 2 L56 2 L26 100 M16 50 L52 50',
    'M6 16 L6 0 L54 0 L54 100',
    'M4 6 Q34 12 56 0 Q30 44 26 100',
  ],
  [
    'M30 0 C4 0 4 48 30 48 C56 48 56 0 30 0 M30 48 C-6 48 -6 100 30 100 C66 100 66 48 30 48',
    'M50 14 C36 -10 2 2 12 26 C18 44 50 52 54 76 C56 106 6 106 6 78 C8 52 46 40 50 14',
    'M6 0 L54 0 L54 100 L6 100 L6 0 M6 50 L54 50',
    'M30 4 L10 24 L50 74 L30 98 L10 76 L50 26 L30 4',
  ],
  [
    'M56 28 C54 -8 4 -8 4 28 C4 60 52 60 56 28 M56 28 L52 100',
    'M54 50 L6 50 L6 0 L54 0 L54 100 L6 100',
    'M54 32 C46 58 4 54 4 26 C4 -6 56 -8 56 28 C58 60 44 90 14 98',
    'M48 10 C22 -10 -2 22 8 42 C18 60 48 40 50 6 Q54 70 40 100',
  ],
];

/**
 * @typedef {{ readonly points: readonly (readonly [number, number])[] }} Curve control points of a
 * line (2), a quadratic (3) or a cubic (4) Bezier curve
 */

/**
 * @param {string} path
 * @returns {Curve[]}
 */
function parsePath(path) {
  const curves = [];
  let pen = [0, 0];
  for (const [, command, coordinates] of path.matchAll(/([MLQC])([^MLQC]+)/g)) {
    const numbers = coordinates.trim().split(/\s+/).map(Number);
    const points = [];
    for (let at = 0; at < numbers.length; at += 2) points.push([numbers[at], numbers[at + 1]]);
    if (command !== 'M') curves.push({ points: [pen, ...points] });
    pen = points[points.length - 1];
  }
  return curves;
}

/** Per digit and style, the curves of its strokes. */
export const GLYPHS = PATHS.map((styles) => styles.map(parsePath));

/** Size of the box that the strokes are drawn in. */
export const GLYPH_WIDTH = 60;
export const GLYPH_HEIGHT = 100;
