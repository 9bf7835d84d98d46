/** What comes behind the products in plain JavaScript. */
import { FINISH_MODE, type Finish } from './finish-call.js';
import type { ProductLane } from './product-call.js';

export function jsFinish(buffer: ArrayBuffer, lane: ProductLane): Finish {
  const values = lane === 'float32' ? new Float32Array(buffer) : new Float64Array(buffer);
  const wide = new Float64Array(buffer);
  const bytes = values.BYTES_PER_ELEMENT;
  return (from, to, added, maps, positions, vectors, mode, check) => {
    const channels = (16 / bytes) * vectors;
    let off = 0;
    for (let position = 0; position < positions; position++) {
      for (let channel = 0; channel < channels; channel++) {
        const at = position * channels + channel;
        let value = values[from / bytes + at] as number;
        if (maps !== 0) {
          const factor = wide[maps / 8 + channel] as number;
          value = value * factor + (wide[maps / 8 + channels + channel] as number);
        }
        if (added !== 0) value += values[added / bytes + at] as number;
        off += value * 0;
        if (mode === FINISH_MODE.rectify) value = Math.max(0, value);
        else if (mode === FINISH_MODE.sign) value = value < 0 ? -1 : 1;
        values[to / bytes + at] = value;
      }
    }
    wide[check / 8] += off;
  };
}
