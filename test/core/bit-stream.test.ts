import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bitPosition,
  createBitReader,
  createBitWriter,
  expectEndOfBits,
  finishBits,
  readBits,
  readUnary,
  writeBits,
  writeZeros,
} from '../../src/core/bit-stream.js';
import { InputError } from '../../src/core/errors.js';

function low(value: number, count: number): number {
  return count === 0 ? 0 : (value << (32 - count)) >>> (32 - count);
}

describe('bit stream', () => {
  it('puts bit i at bit i mod 8 of byte i / 8', () => {
    const writer = createBitWriter();
    writeBits(writer, 1, 1);
    writeBits(writer, 0b0110, 4);
    writeBits(writer, 0x1ff, 9);
    expect([...finishBits(writer)]).toEqual([0b11101101, 0b00111111]);
  });

  it('reads back fields of 0 to 32 bits and runs of zeros', () => {
    const field = fc.record({ value: fc.integer(), count: fc.integer({ min: 0, max: 32 }) });
    const run = fc.record({ zeros: fc.integer({ min: 0, max: 200 }) });
    fc.assert(
      fc.property(fc.array(fc.oneof(field, run), { maxLength: 200 }), (items) => {
        const writer = createBitWriter();
        for (const item of items) {
          if ('zeros' in item) {
            writeZeros(writer, item.zeros);
            writeBits(writer, 1, 1);
          } else {
            writeBits(writer, low(item.value, item.count), item.count);
          }
        }
        const bytes = finishBits(writer);
        const reader = createBitReader(bytes, 'stream');
        for (const item of items) {
          if ('zeros' in item) expect(readUnary(reader)).toBe(item.zeros);
          else expect(readBits(reader, item.count)).toBe(low(item.value, item.count));
        }
        expect(bytes.length).toBe(Math.ceil(bitPosition(reader) / 8));
        expectEndOfBits(reader);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('refuses to read beyond the end, in fields and in runs of zeros', () => {
    for (const length of [0, 1, 3, 4, 5, 8, 9]) {
      const zeros = new Uint8Array(length);
      expect(() => readUnary(createBitReader(zeros, 'here'))).toThrow(InputError);
      const reader = createBitReader(zeros, 'here');
      for (let bits = 8 * length; bits > 0; bits -= Math.min(bits, 7)) {
        readBits(reader, Math.min(bits, 7));
      }
      expectEndOfBits(reader);
      expect(() => readBits(reader, 1)).toThrow(/here: its \d+ bytes end in the middle of a code/);
    }
  });

  it('refuses what follows the last code', () => {
    const reader = createBitReader(Uint8Array.of(0b0100_0000), 'here');
    readBits(reader, 6);
    expect(() => expectEndOfBits(reader)).toThrow(/2 bits follow/);
    expect(() => expectEndOfBits(createBitReader(Uint8Array.of(0), 'here'))).toThrow(/8 bits/);
  });
});
