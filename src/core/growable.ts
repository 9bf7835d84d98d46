/** A `Uint32Array` that grows: edge lists whose length is known only at the end. */
export interface GrowableUint32 {
  readonly length: number;
  push(value: number): void;
  /** A copy of exactly the values pushed. */
  toArray(): Uint32Array;
}

export function growableUint32(capacity = 1024): GrowableUint32 {
  let values = new Uint32Array(capacity);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      if (length === values.length) {
        const larger = new Uint32Array(2 * length);
        larger.set(values);
        values = larger;
      }
      values[length++] = value;
    },
    toArray: () => values.slice(0, length),
  };
}

/** `0 .. count - 1`. A plain loop: iterators of millions take seconds and gigabytes. */
export function upTo(count: number): Uint32Array<ArrayBuffer> {
  const numbers = new Uint32Array(count);
  for (let index = 0; index < count; index++) numbers[index] = index;
  return numbers;
}
