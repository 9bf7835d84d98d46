import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeJson, safeText } from '../../src/core/safe-text.js';
import { quoted } from '../../src/target/quote.js';

/** By number, so that this does not repeat the pattern that it tests. */
function isUnsafe(character: string): boolean {
  const code = character.charCodeAt(0);
  return (
    code < 0x20 ||
    (code >= 0x7f && code < 0xa0) ||
    [0x061c, 0x200e, 0x200f, 0x2028, 0x2029].includes(code) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  );
}

const everyCharacter = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));

describe('safe text', () => {
  it('escapes exactly the characters that a terminal obeys or that reorder and break lines', () => {
    for (const character of everyCharacter) {
      const shown = safeText(character);
      expect(shown === character).toBe(!isUnsafe(character));
      expect([...shown].some(isUnsafe)).toBe(false);
    }
    expect(safeText('a\u001b[31mb\r\nc\td\u202ee\u009b')).toBe(
      'a\\u001b[31mb\\r\\nc\\td\\u202ee\\u009b',
    );
    expect(safeText('größe 数 🙂')).toBe('größe 数 🙂');
  });

  it('keeps JSON the same JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = safeJson(JSON.stringify(value, null, 2));
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect([...json].filter((character) => isUnsafe(character) && character !== '\n')).toEqual(
          [],
        );
      }),
    );
    const text = everyCharacter.join('');
    expect(JSON.parse(safeJson(JSON.stringify({ text })))).toEqual({ text });
  });

  it('is part of what is quoted', () => {
    for (const character of everyCharacter.slice(0, 0xd800)) {
      const shown = quoted(`a${character}b`);
      expect([...shown].some(isUnsafe)).toBe(false);
      expect(JSON.parse(shown)).toBe(`a${character}b`);
    }
  });
});
