/** Max pooling in plain JavaScript. */
import type { Pool } from './pool-call.js';
import type { ProductLane } from './product-call.js';

export function jsPool(buffer: ArrayBuffer, lane: ProductLane): Pool {
  const values = lane === 'float32' ? new Float32Array(buffer) : new Float64Array(buffer);
  const bytes = values.BYTES_PER_ELEMENT;
  return (from, to, columns, vectors, side, fromRow) => {
    const channels = (16 / bytes) * vectors;
    const row = fromRow / bytes;
    for (let column = 0; column < columns; column++) {
      for (let channel = 0; channel < channels; channel++) {
        const first = from / bytes + column * side * channels + channel;
        let most = values[first] as number;
        for (let y = 0; y < side; y++) {
          for (let x = 0; x < side; x++) {
            most = Math.max(most, values[first + y * row + x * channels] as number);
          }
        }
        values[to / bytes + column * channels + channel] = most;
      }
    }
  };
}
