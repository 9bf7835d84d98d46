/**
 * Labelled sets of drawn digits, and the IDX format (that of MNIST) in which the test set is kept.
 */
import { gzipSync } from 'node:zlib';
import { drawDigit, SIZE } from './draw.mjs';
import { createRandom } from './random.mjs';

const SEED = 20261123;
const STREAMS = { train: 1, test: 2 };

/**
 * @typedef {object} DigitSet
 * @property {number} count
 * @property {Uint8Array} images count x SIZE x SIZE grey values
 * @property {Uint8Array} labels count digits, each class equally often
 */

/**
 * The first `count` images of a set. The classes follow one another in a shuffled order that is drawn
 * anew for every ten images.
 *
 * @param {'train' | 'test'} name
 * @param {number} count
 * @returns {DigitSet}
 */
export function drawSet(name, count) {
  const random = createRandom(SEED, STREAMS[name]);
  const images = new Uint8Array(count * SIZE * SIZE);
  const labels = new Uint8Array(count);
  let deck = [];
  for (let at = 0; at < count; at++) {
    if (deck.length === 0) deck = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    [labels[at]] = deck.splice(random.index(deck.length), 1);
    images.set(drawDigit(labels[at], random), at * SIZE * SIZE);
  }
  return { count, images, labels };
}

/**
 * Unsigned bytes of the given shape as an IDX file.
 *
 * @param {readonly number[]} shape
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
function idx(shape, bytes) {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint16(2, 0x0800 + shape.length);
  shape.forEach((size, axis) => {
    header.setUint32(4 + 4 * axis, size);
  });
  const file = new Uint8Array(header.byteLength + bytes.length);
  file.set(new Uint8Array(header.buffer));
  file.set(bytes, header.byteLength);
  return file;
}

/**
 * The set as uncompressed IDX files.
 *
 * @param {DigitSet} set
 * @returns {{ images: Uint8Array, labels: Uint8Array }}
 */
export function idxFiles({ count, images, labels }) {
  return { images: idx([count, SIZE, SIZE], images), labels: idx([count], labels) };
}

/**
 * Gzip without the two header fields that depend on when and where it ran.
 *
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function gzip(bytes) {
  const packed = new Uint8Array(gzipSync(bytes, { level: 9 }));
  packed.fill(0, 4, 8); // modification time
  packed[9] = 255; // operating system: unknown
  return packed;
}
