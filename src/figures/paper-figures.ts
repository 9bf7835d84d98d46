/**
 * Figures 1 to 5 of the paper, drawn from real tickets: each network was found by diamond in a random
 * source and proved equal before it was drawn.
 */
import { bigEntry } from '../integer/integer-network.js';
import type { InputSign } from '../target/network.js';
import { figureOfPrunedSource } from './pruned-source.js';
import { findSmallTicket, integerNetwork, type SmallTicket } from './small-ticket.js';
import { targetAndSourceFigure } from './target-and-source.js';

const NONNEGATIVE: readonly InputSign[] = ['nonnegative'];
const SIGNED: readonly InputSign[] = ['signed'];

function drawTicket(
  { source, masks, inputSigns }: SmallTicket,
  title: string,
  caption: string,
  prunedEdges = true,
): string {
  return figureOfPrunedSource(source, masks, { title, caption, inputSigns, prunedEdges });
}

/** How the seed was chosen. */
function chosenFrom(seeds: number): string {
  return `Of the seeds 1 to ${seeds} the one whose ticket has the fewest neurons.`;
}

/** Figure 1: a target, the random source it was found in, and what pruning leaves of that. */
export function prunedTargetFigure(): string {
  const seeds = 800;
  const target = integerNetwork([
    [
      [2, -1],
      [1, 1],
    ],
    [[1, -1]],
  ]);
  const ticket = findSmallTicket(target, {
    inputSigns: ['nonnegative', 'nonnegative'],
    candidates: 3,
    seeds,
  });
  return targetAndSourceFigure(ticket, {
    title: 'Figure 1: a network, a random network, and the first inside the second',
    caption:
      'Left: the network looked for, with its integer weights; u₁ and u₂ are ReLUs. Middle: the random network of +1 and −1 ' +
      'of one seed, every weight drawn. Right: the same weights after pruning. For all x₁, x₂ ≥ 0 it ' +
      `computes exactly what the left network does (proved by propagation). ${chosenFrom(seeds)}`,
  });
}

/** Figure 2: the gadget of 2^n, and one pruned to a smaller power. */
export function gadgetTicketFigure(): string {
  const seeds = 40;
  const ticket = findSmallTicket(integerNetwork([[[8], [2]]]), {
    inputSigns: NONNEGATIVE,
    candidates: 200,
    seeds,
  });
  return drawTicket(
    ticket,
    'Figure 2: the diamond gadget, whole and pruned',
    'Output 1 is 2³x₁: between the pairs of its gadget all four edges are kept, and each step doubles. ' +
      'Output 2 is 2¹x₁: of the same kind of gadget only parallel edges are kept, and each step passes ' +
      `the value on. ${chosenFrom(seeds)}`,
  );
}

/** Figure 3: mirrored gadgets for an input of either sign, positive and negative. */
export function mirroredTicketFigure(): string {
  const seeds = 40;
  const ticket = findSmallTicket(integerNetwork([[[4], [-4]]]), {
    inputSigns: SIGNED,
    candidates: 200,
    seeds,
  });
  return drawTicket(
    ticket,
    'Figure 3: mirrored gadgets, for an input of either sign',
    'x₁⁺ = max(0, x₁) enters by edges of weight +1, x₁⁻ = max(0, −x₁) by edges of weight −1. Output 1 ' +
      'is 4x₁⁺ − 4x₁⁻ = 4x₁, output 2 is −4x₁, by output edges of the other signs. ' +
      chosenFrom(seeds),
  );
}

/** Figure 4: all gadgets of one weight, which reaches 2^(n+1) - 1. */
export function sumTicketFigure(): string {
  const seeds = 40;
  const ticket = findSmallTicket(integerNetwork([[[7]]]), {
    inputSigns: SIGNED,
    candidates: 120,
    seeds,
  });
  return drawTicket(
    ticket,
    'Figure 4: a weight as a sum of gadgets',
    'With n = 2 hidden layers there are gadgets for 2⁰, 2¹ and 2² of each half of the input, and the ' +
      'output may keep any of them: here all, which is 7x₁, the largest weight, 2ⁿ⁺¹ − 1. ' +
      chosenFrom(seeds),
    false,
  );
}

/** Figure 5: a layer whose outputs share the hidden gadgets, and the sum of its ReLUs. */
export function sharedTicketFigure(): string {
  const seeds = 40;
  const target = integerNetwork([
    [
      [3, 1],
      [1, 2],
    ],
    [[1, 1]],
  ]);
  const ticket = findSmallTicket(target, {
    inputSigns: ['nonnegative', 'nonnegative'],
    candidates: 60,
    seeds,
  });
  const rows = [0, 1].map((row) =>
    [0, 1].map((column) => bigEntry(target.matrices[0], 2 * row + column)).join(', '),
  );
  return drawTicket(
    ticket,
    'Figure 5: outputs share the gadgets of a layer',
    `h(x) = u₁ + u₂ with u = max(0, W x), W = [${rows.join('; ')}]. Only the edges into u depend on W: ` +
      `a hidden pair serves both outputs where the signs that the seed drew allow it. ${chosenFrom(seeds)}`,
  );
}

/** File names (in `docs/figures/paper`) and contents. */
export function paperFigures(): ReadonlyMap<string, string> {
  return new Map([
    ['figure-1.svg', prunedTargetFigure()],
    ['figure-2.svg', gadgetTicketFigure()],
    ['figure-3.svg', mirroredTicketFigure()],
    ['figure-4.svg', sumTicketFigure()],
    ['figure-5.svg', sharedTicketFigure()],
  ]);
}
