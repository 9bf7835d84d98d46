/**
 * Three networks side by side, every neuron a dot and every edge a line: a target with its integers, the
 * source that it was found in, all weights drawn, and the same source after pruning. For sources of a
 * few hundred weights.
 */
import { UsageError } from '../core/errors.js';
import { bigEntry } from '../integer/integer-network.js';
import { requirePlainLayers } from '../source/check-shape.js';
import { keptCount } from '../source/mask.js';
import { pruneSource } from '../source/pruned-network.js';
import { maskSizes, sourceWeights, widthsOf } from '../source/shape.js';
import { subscripted } from './coefficients.js';
import { framedFigure, MARGIN, TEXT_SIZE, WIDTH } from './frame.js';
import { liveEdges } from './live-edges.js';
import { INK, PAPER, PRUNED, QUIET, SIGNS } from './palette.js';
import type { SmallTicket } from './small-ticket.js';
import { element, textElement } from './svg.js';

export interface TargetAndSourceOptions {
  readonly title: string;
  /** Text before the counts that end the caption. */
  readonly caption: string;
}

/** Weights beyond which single lines show nothing. */
export const MAXIMUM_DRAWN_WEIGHTS = 600;

const TARGET_WIDTH = 200;
const GAP = 24;
const RADIUS = 4;
const TARGET_RADIUS = 14;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Places of the neurons of each layer in a rectangle, spread evenly around its middle. */
function spread(
  widths: readonly number[],
  left: number,
  width: number,
  top: number,
  height: number,
  distance: number,
): Place[][] {
  return widths.map((count, layer) => {
    const step = count === 1 ? 0 : Math.min(distance * (count < 4 ? 4 : 1), height / (count - 1));
    const x = left + (width * layer) / (widths.length - 1);
    return Array.from({ length: count }, (_, neuron) => ({
      x,
      y: top + height / 2 + (neuron - (count - 1) / 2) * step,
    }));
  });
}

interface Edge {
  readonly from: Place;
  readonly to: Place;
  readonly sign: 1 | -1;
}

function drawEdge({ from, to, sign }: Edge, width: number): string {
  return element('line', {
    x1: from.x,
    y1: from.y,
    x2: to.x,
    y2: to.y,
    stroke: sign === 1 ? SIGNS.positive : SIGNS.negative,
    'stroke-width': width,
    // Solid and dashed: told apart without colours, too.
    'stroke-dasharray': sign === 1 ? undefined : '5 3',
  });
}

function drawLegend(y: number): string[] {
  return ([1, -1] as const).flatMap((sign, index) => {
    const x = MARGIN + index * 170;
    const text = { x: x + 48, y: y + 5, 'font-size': TEXT_SIZE, fill: INK };
    return [
      drawEdge({ from: { x, y }, to: { x: x + 40, y }, sign }, 2),
      textElement(text, sign === 1 ? 'weight +1' : 'weight −1'),
    ];
  });
}

function drawDots(
  places: readonly (readonly Place[])[],
  live: (t: number, id: number) => boolean,
): string[] {
  return places.flatMap((layer, t) =>
    layer.map(({ x, y }, id) =>
      element('circle', {
        cx: x,
        cy: y,
        r: RADIUS,
        fill: live(t, id) ? INK : PAPER,
        stroke: live(t, id) ? INK : PRUNED,
      }),
    ),
  );
}

function drawTarget({ target }: SmallTicket, left: number, top: number, height: number): string[] {
  const { matrices } = target;
  const widths = [matrices[0].columns, ...matrices.map(({ rows }) => rows)];
  const places = spread(
    widths,
    left + TARGET_RADIUS,
    TARGET_WIDTH - 2 * TARGET_RADIUS,
    top,
    height,
    28,
  );
  const edges = matrices.flatMap((matrix, layer) =>
    places[layer + 1].flatMap((to, row) =>
      places[layer].map((from, column) => {
        const weight = bigEntry(matrix, row * matrix.columns + column);
        // Nearer to where the edge begins, so that crossing edges have their numbers apart, but clear
        // of the neuron.
        const length = Math.hypot(to.x - from.x, to.y - from.y);
        const share = Math.max(0.3, (TARGET_RADIUS + 12) / length);
        const at = { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) };
        const label = { x: at.x, y: at.y - 3, 'text-anchor': 'middle', 'font-size': TEXT_SIZE };
        const halo = { stroke: PAPER, 'stroke-width': 4, 'paint-order': 'stroke', fill: INK };
        return [
          element('line', { x1: from.x, y1: from.y, x2: to.x, y2: to.y, stroke: QUIET }),
          textElement({ ...label, ...halo }, weight < 0n ? `−${-weight}` : `${weight}`),
        ];
      }),
    ),
  );
  const letters = ['x', 'u', 'v', 'w'];
  const neurons = places.flatMap((layer, t) =>
    layer.map(({ x, y }, index) => {
      const last = t === places.length - 1;
      const label = last
        ? layer.length === 1
          ? 'y'
          : subscripted('y', index + 1)
        : subscripted(letters[t] ?? 'h', index + 1);
      const style = { 'text-anchor': 'middle', 'font-size': TEXT_SIZE, fill: INK };
      return (
        element('circle', { cx: x, cy: y, r: TARGET_RADIUS, fill: PAPER, stroke: INK }) +
        textElement({ x, y: y + 4.5, ...style }, label)
      );
    }),
  );
  return [...edges.map(([line]) => line), ...edges.map(([, label]) => label), ...neurons];
}

/** The figure as an SVG file. Throws a `UsageError` for a source of too many weights. */
export function targetAndSourceFigure(
  ticket: SmallTicket,
  { title, caption }: TargetAndSourceOptions,
): string {
  const { source, masks } = ticket;
  requirePlainLayers(source.shape, 'this figure');
  const widths = widthsOf(source.shape);
  const weights = sourceWeights(source.shape);
  if (weights > BigInt(MAXIMUM_DRAWN_WEIGHTS)) {
    throw new UsageError(
      `${weights} weights cannot be told apart in one picture; draw at most ${MAXIMUM_DRAWN_WEIGHTS}`,
    );
  }
  const kept = masks.reduce((sum, mask) => sum + keptCount(mask), 0);
  const counts = `The random network has ${weights} weights, ${kept} are kept. Seed ${source.seed}.`;
  return framedFigure({ title, caption: `${caption} ${counts}` }, (titleBottom) => {
    const top = titleBottom + 44;
    const height = Math.max(260, 21 * (Math.max(...widths) - 1));
    const panel = (WIDTH - 2 * MARGIN - TARGET_WIDTH - 2 * GAP) / 2;
    const lefts = [MARGIN + TARGET_WIDTH + GAP, MARGIN + TARGET_WIDTH + 2 * GAP + panel];
    const heading = (x: number, text: string): string =>
      textElement(
        { x, y: titleBottom + 18, 'font-size': TEXT_SIZE, 'font-weight': 600, fill: INK },
        text,
      );

    const [whole, pruned] = lefts.map((left) =>
      spread(widths, left + RADIUS, panel - 2 * RADIUS, top, height, 21),
    );
    const all = maskSizes(source.shape).flatMap(({ inputs, outputs }, layer) => {
      const signs = source.layer(layer + 1);
      return Array.from({ length: outputs * inputs }, (_, index): Edge => {
        const from = Math.floor(index / outputs);
        const to = index % outputs;
        return { from: whole[layer][from], to: whole[layer + 1][to], sign: signs.sign(from, to) };
      });
    });
    const used = new Set(Array.from({ length: widths[0] }, (_, id) => `0 ${id}`));
    const left = liveEdges(
      pruneSource(source, (t) => masks[t - 1]),
      widths[0],
    ).map(({ layer, from, to, sign }): Edge => {
      used.add(`${layer} ${to}`);
      return { from: pruned[layer - 1][from], to: pruned[layer][to], sign };
    });
    const legendY = top + height + 34;
    return {
      bottom: legendY,
      parts: [
        heading(MARGIN, 'target'),
        heading(lefts[0], `random: ${weights} weights`),
        heading(lefts[1], `pruned: ${kept} weights`),
        ...drawTarget(ticket, MARGIN, top, height),
        ...all.map((edge) => drawEdge(edge, 1)),
        ...drawDots(whole, () => true),
        ...left.map((edge) => drawEdge(edge, 2)),
        ...drawDots(pruned, (t, id) => used.has(`${t} ${id}`)),
        ...drawLegend(legendY),
      ],
    };
  });
}
