/** Figures 1 to 5: that what is drawn is a proved ticket, and what the picture says of it. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/core/errors.js';
import { SIGNS } from '../../src/figures/palette.js';
import { paperFigures } from '../../src/figures/paper-figures.js';
import { findSmallTicket, integerNetwork } from '../../src/figures/small-ticket.js';
import { targetAndSourceFigure } from '../../src/figures/target-and-source.js';
import { depthOf } from '../../src/source/shape.js';
import { countLines, textsOf } from './drawing.js';

const { positive: POSITIVE, negative: NEGATIVE } = SIGNS;

describe("the paper's figures", () => {
  const figures = paperFigures();
  const texts = (name: string): string[] => textsOf(figures.get(name) ?? '');

  it.each([
    ['figure-2.svg', ['8x₁', '2x₁', '4x₁']],
    ['figure-3.svg', ['4x₁', '−4x₁', '2x₁⁺', '2x₁⁻']],
    ['figure-4.svg', ['7x₁', '2x₁⁺', 'x₁⁻']],
    ['figure-5.svg', ['u₁ + u₂', 'max(0, 3x₁ + x₂)', 'max(0, x₁ + 2x₂)']],
  ])('%s shows %j', (name, labels) => {
    for (const label of labels) expect(texts(name)).toContain(label);
    expect(texts(name).join(' ')).toMatch(/Seed \d+\./);
  });

  it('1 draws every weight of the random network, and those that are kept once more', () => {
    const svg = figures.get('figure-1.svg') ?? '';
    const caption = texts('figure-1.svg').join(' ');
    const [, weights, kept] = /has (\d+) weights, (\d+) are kept/.exec(caption) ?? [];
    const lines = countLines(svg, POSITIVE) + countLines(svg, NEGATIVE);
    // Two more in the legend.
    expect(lines).toBe(Number(weights) + Number(kept) + 2);
  });
});

describe('small tickets', () => {
  const target = integerNetwork([[[3, -2]]]);
  const options = { inputSigns: ['nonnegative', 'signed'] as const, seeds: 30 };

  it('are those with the fewest neurons among the seeds', () => {
    const one = findSmallTicket(target, { ...options, candidates: 60, seeds: 1 });
    const many = findSmallTicket(target, { ...options, candidates: 60 });
    expect(one.source.seed).toBe(1n);
    expect(many.source.seed).toBeGreaterThanOrEqual(1n);
    expect(many.masks).toHaveLength(depthOf(many.source.shape));
  });

  it('are not drawn if no seed has them, or whole if they are too large', () => {
    expect(() => findSmallTicket(target, { ...options, candidates: 1, seeds: 2 })).toThrow(
      /none of 2/,
    );
    const ticket = findSmallTicket(target, { ...options, candidates: 60 });
    expect(() => targetAndSourceFigure(ticket, { title: '', caption: '' })).toThrow(UsageError);
  });
});
