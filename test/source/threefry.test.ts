import { describe, expect, it } from 'vitest';
import { threefry2x32, threefrySecondWord } from '../../src/source/threefry.js';

/** Words 0 and 1 as hexadecimal. */
function block(k0: number, k1: number, c0: number, c1: number): string {
  const words = [threefry2x32(k0, k1, c0, c1), threefrySecondWord()];
  return words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join(' ');
}

describe('Threefry2x32-20', () => {
  it("gives the known answers of Random123's kat_vectors", () => {
    expect(block(0, 0, 0, 0)).toBe('6b200159 99ba4efe');
    const ones = 0xffffffff;
    expect(block(ones, ones, ones, ones)).toBe('1cb996fc bb002be7');
    expect(block(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toBe('c4923a9c 483df7a0');
  });

  it('reads its words modulo 2^32, signed or unsigned', () => {
    expect(block(-1, -1, -1, -1)).toBe('1cb996fc bb002be7');
    expect(block(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3 | 0)).toBe('c4923a9c 483df7a0');
  });
});
