import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { darkValueOf, PAPER } from '../../src/figures/palette.js';
import {
  element,
  escapeText,
  formatNumber,
  svgDocument,
  textElement,
} from '../../src/figures/svg.js';

describe('svg', () => {
  it('escapes content and attributes', () => {
    expect(textElement({ fill: '"<&>' }, 'a < b & "c" > d')).toBe(
      '<text fill="&quot;&lt;&amp;&gt;">a &lt; b &amp; &quot;c&quot; &gt; d</text>',
    );
  });

  it('replaces what XML cannot hold', () => {
    expect(escapeText('a\u0000b\u001bc\ud800d\uffff')).toBe('a\ufffdb\ufffdc\ufffdd\ufffd');
    expect(escapeText('tab\tline\n😀')).toBe('tab\tline\n😀');
  });

  it('never leaves markup or invalid characters in escaped text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = escapeText(text);
        expect(escaped).not.toMatch(/[<>"]|&(?!amp;|lt;|gt;|quot;)|\p{Surrogate}/u);
      }),
      { seed: 1 },
    );
  });

  it('leaves out undefined attributes and closes empty elements', () => {
    expect(element('g', { x: 1.234, y: undefined })).toBe('<g x="1.23"/>');
    expect(element('g', {}, '<a/>', 'b')).toBe('<g><a/>b</g>');
  });

  it('rounds coordinates and refuses what is none', () => {
    expect([1 / 3, -0.001, 100, 2.5].map(formatNumber)).toEqual(['0.33', '0', '100', '2.5']);
    expect(() => formatNumber(Number.NaN)).toThrow(RangeError);
    expect(() => formatNumber(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });

  it('describes itself', () => {
    const svg = svgDocument({ width: 10, height: 20 }, 'T & U', 'what is seen', []);
    expect(svg).toContain('viewBox="0 0 10 20"');
    expect(svg).toContain('<title>T &amp; U</title>');
    expect(svg).toContain('<desc>what is seen</desc>');
  });

  it('turns the colours of the palette in the dark, and leaves others', () => {
    const parts = [element('rect', { fill: PAPER, stroke: '#123456' })];
    const svg = svgDocument({ width: 10, height: 20 }, '', '', parts);
    const dark = darkValueOf(PAPER);
    expect(svg).toContain(`.unearth [fill="${PAPER}"]{fill:${dark}}`);
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(svg).not.toContain('[stroke="#123456"]');
  });
});
