/** Bytes that arrive in chunks, taken in the lengths that a format asks for. */
export interface ByteReader {
  /** Bytes taken so far. */
  readonly position: number;
  /** The next `length` bytes, fewer only at the end of the input; they stay. */
  peek(length: number): Promise<Uint8Array>;
  /** The next `length` bytes, fewer only at the end of the input. */
  take(length: number): Promise<Uint8Array>;
  /** The next chunk, of whatever length it comes in; empty at the end. */
  takeSome(): Promise<Uint8Array>;
}

export function byteReader(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const source = chunks[Symbol.asyncIterator]();
  let waiting: Uint8Array[] = [];
  let available = 0;
  let position = 0;
  let ended = false;

  async function more(): Promise<void> {
    const { done, value } = await source.next();
    if (done) ended = true;
    else if (value.length > 0) {
      waiting.push(value);
      available += value.length;
    }
  }

  async function gather(length: number): Promise<Uint8Array> {
    while (available < length && !ended) await more();
    const [first] = waiting;
    if (first !== undefined && first.length >= length) return first;
    const joined = new Uint8Array(available);
    let at = 0;
    for (const chunk of waiting) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    waiting = available > 0 ? [joined] : [];
    return joined;
  }

  function consume(length: number): void {
    position += length;
    available -= length;
    const rest = waiting[0].subarray(length);
    if (rest.length > 0) waiting[0] = rest;
    else waiting.shift();
  }

  return {
    get position() {
      return position;
    },
    async peek(length) {
      return (await gather(length)).subarray(0, length);
    },
    async take(length) {
      const bytes = (await gather(length)).subarray(0, length);
      if (bytes.length > 0) consume(bytes.length);
      return bytes;
    },
    async takeSome() {
      while (available === 0 && !ended) await more();
      const [first = new Uint8Array()] = waiting;
      if (first.length > 0) consume(first.length);
      return first;
    },
  };
}
