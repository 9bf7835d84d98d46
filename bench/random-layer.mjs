/** Random integer layers for the benchmarks, the same on every machine. */
import { threefry2x32 } from '../dist/source/threefry.js';

/** One layer of uniform integers of at most `bits` (below 53) bits. */
export function randomLayer(inputs, outputs, bits) {
  const values = Float64Array.from({ length: inputs * outputs }, (_, index) => {
    const high = threefry2x32(bits, inputs, index, 0) >>> 0;
    const low = threefry2x32(bits, inputs, index, 1) >>> 0;
    const magnitude = ((high % 2 ** 21) * 2 ** 32 + low) % 2 ** bits;
    return high >>> 31 ? -magnitude : magnitude;
  });
  return {
    matrices: [{ rows: outputs, columns: inputs, values }],
    constant: false,
    fractionalPlaces: [0],
    scale: { base: 2, exponent: 0 },
    activation: 'identity',
  };
}
