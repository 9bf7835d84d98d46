/**
 * The pictures of a ticket as SVG files: the map of its neurons, the ladder of one weight, heat maps of its
 * masks. What cannot be drawn of a ticket is left out and said.
 */
import { checkObject } from '../core/arguments.js';
import { InputError, MisfitError } from '../core/errors.js';
import { bigEntry } from '../integer/integer-network.js';
import { rolesOf } from '../roles/roles-of-now.js';
import { pruneSource } from '../source/pruned-network.js';
import { readsBeyondLayered, type SourceShape, widthsOf } from '../source/shape.js';
import type { ConstructedTicket } from '../ticket/constructed.js';
import { shapeOf, type Ticket, ticketOfKind } from '../ticket/kinds.js';
import type { TrainedTicket } from '../ticket/trained.js';
import { trainedSource } from '../ticket/trained-signs.js';
import { framedFigure, MARGIN } from './frame.js';
import { ticketHeatMap } from './mask-heat-map.js';
import { type NeuronMap, neuronMap, prunedMap } from './neuron-map.js';
import { drawBrackets, drawCells, mapFrame } from './neuron-map-drawing.js';
import { svgPen } from './pen.js';
import { element } from './svg.js';
import { ladderSource, type WeightLadder, weightLadder } from './weight-ladder.js';
import { drawLadder, ladderFrame } from './weight-ladder-drawing.js';

export const FIGURE_NAMES = ['map', 'map-drawn', 'ladder', 'masks'] as const;
export type FigureName = (typeof FIGURE_NAMES)[number];

export interface TicketFigure {
  readonly name: FigureName;
  readonly svg: string;
}

export interface TicketFigures {
  readonly figures: readonly TicketFigure[];
  /** What is left out, and why, in words. */
  readonly omitted: readonly { readonly name: FigureName; readonly reason: string }[];
}

/** A weight by its place in the integer network; block from 1, the others from 0. */
export interface ChosenWeight {
  readonly block: number;
  readonly row: number;
  readonly column: number;
}

export interface TicketFigureOptions {
  /** Whose ladder is drawn; default the largest of the first block. */
  readonly weight?: ChosenWeight;
  /** What the ticket is called. */
  readonly of: string;
  /** Bytes. */
  readonly memory?: number;
}

/** Cells of a map: more do not tell anything at the size of a page. */
const MOST_NEURONS = 400_000;
/** As drawn by the seed few neighbours look alike, and each is a mark of its own. */
const MOST_SCATTERED = 40_000;
const WIDE = 1180;
const MAP_HEIGHT = 480;

function cellsOf(shape: SourceShape): number {
  return widthsOf(shape).reduce((sum, width) => sum + width, 0);
}

/** What a cell is, in a sentence. */
function cellWords(isOfMaps: boolean): string {
  return isOfMaps
    ? 'Every cell is a neuron of each position of its feature map, every column a layer of random signs'
    : 'Every cell is a neuron, every column a layer of random signs';
}

interface MapWords {
  readonly of: string;
  readonly hasRoles: boolean;
  readonly isOfMaps: boolean;
}

function mapFigure(map: NeuronMap, sorted: 0 | 1, { of, hasRoles, isOfMaps }: MapWords): string {
  const width = WIDE - 2 * MARGIN;
  const frame = mapFrame(map, width, MAP_HEIGHT);
  const { pen, parts } = svgPen();
  drawBrackets(pen, map, frame);
  drawCells(pen, map, frame, { sorted });
  const order = sorted === 1 ? 'sorted by what they are there for' : 'as the seed drew them';
  const colours = hasRoles
    ? 'Grey: carriers, which keep inputs alive; green: chains, which make the weights; purple: the offset.'
    : 'Dark: neurons on a kept path from an input to an output.';
  return framedFigure(
    {
      width: WIDE,
      title: `All neurons of ${of}, ${order}`,
      caption: `${cellWords(isOfMaps)}; layers that are wider than the map is high go on in the next column. ${colours} Palest: nothing is left.`,
    },
    (top) => ({
      parts: [element('g', { transform: `translate(${MARGIN} ${top + 6})` }, ...parts)],
      bottom: top + 6 + MAP_HEIGHT,
    }),
  );
}

/** The largest weight of the first block whose integers are free, the first of equals. */
function largestWeight({ target }: ConstructedTicket): ChosenWeight {
  const { matrices, maps, constant } = target;
  const forms = maps?.blocks.map(({ form }) => form);
  const block = Math.max(0, forms?.findIndex(({ kind }) => kind === 'free') ?? 0);
  const matrix = matrices[block];
  const form = forms?.[block];
  const passed = form?.kind === 'free' ? form.passed : 0;
  const carried = passed > 0 && constant && block < matrices.length - 1 ? 1 : 0;
  const { columns } = matrix;
  let best = 0;
  let most = 0n;
  for (let at = 0; at < (matrix.rows - passed - carried) * columns; at++) {
    const entry = bigEntry(matrix, at);
    const size = entry < 0n ? -entry : entry;
    if (size <= most) continue;
    most = size;
    best = at;
  }
  return { block: block + 1, row: Math.floor(best / columns), column: best % columns };
}

function ladderFigure(
  ticket: ConstructedTicket,
  roles: ReturnType<typeof rolesOf>,
  { block, row, column }: ChosenWeight,
  of: string,
): string {
  const ladder = weightLadder(ladderSource(ticket, roles), block, row, column);
  const frame = ladderFrame(ladder, WIDE - 2 * MARGIN);
  const { pen, parts } = svgPen();
  drawLadder(pen, ladder, frame);
  const { integer, base, places, input, output, seen } = ladder;
  const from = input === 'constant' ? 'the constant' : `input ${input}${tapWords(seen)}`;
  const to = output === 'constant' ? 'the constant' : `neuron ${output}`;
  return framedFigure(
    {
      width: frame.width + 2 * MARGIN,
      title: `How kept edges make one weight of ${of}`,
      caption: `Block ${block}, from ${from} to ${to}: ${integer} times ${base}^-${places}. The chain doubles from layer to layer, and takes up digits of the sign that the seed drew (blue: +1, orange: -1). Below: its number in binary, bit by bit, the highest on top.`,
    },
    (top) => ({
      parts: [element('g', { transform: `translate(${MARGIN} ${top + 6})` }, ...parts)],
      bottom: top + 6 + frame.height,
    }),
  );
}

/** Where a kernel sees the input of a weight, as `run` and the documents count: from 0, row before column. */
function tapWords(seen: WeightLadder['seen']): string {
  if (seen === undefined) return '';
  const { height, width } = seen.kernel;
  return ` at tap (${Math.floor(seen.tap / width)}, ${seen.tap % width}) of a kernel of ${height} by ${width}`;
}

/** What an `InputError` says, or a `MisfitError` (as of kernels of its own), as a reason; anything else goes on. */
function reasonOf(error: unknown): string {
  if (error instanceof MisfitError) return error.message;
  if (!(error instanceof InputError)) throw error;
  return error.problem;
}

function constructedFigures(
  ticket: ConstructedTicket,
  { weight, of, memory }: TicketFigureOptions,
): TicketFigures {
  const figures: TicketFigure[] = [];
  const omitted: { name: FigureName; reason: string }[] = [];
  const neurons = cellsOf(ticket.shape);
  const draw = (name: FigureName, svg: () => string): void => {
    try {
      figures.push({ name, svg: svg() });
    } catch (error) {
      omitted.push({ name, reason: reasonOf(error) });
    }
  };
  const words: MapWords = { of, hasRoles: true, isOfMaps: ticket.target.maps !== undefined };
  const beyond =
    neurons > MOST_NEURONS
      ? `its source has ${neurons} neurons, and at most ${MOST_NEURONS} are drawn`
      : undefined;
  if (beyond === undefined) {
    let roles: ReturnType<typeof rolesOf> | undefined;
    try {
      roles = rolesOf(ticket, memory === undefined ? {} : { memory });
    } catch (error) {
      const reason = reasonOf(error);
      for (const name of ['map', 'map-drawn', 'ladder'] as const) omitted.push({ name, reason });
    }
    if (roles !== undefined) {
      const known = roles;
      const map = neuronMap(ticket, known);
      draw('map', () => mapFigure(map, 1, words));
      if (neurons <= MOST_SCATTERED) draw('map-drawn', () => mapFigure(map, 0, words));
      else {
        const reason = `in the order of the seed its ${neurons} neurons would be as many marks`;
        omitted.push({ name: 'map-drawn', reason });
      }
      draw('ladder', () => ladderFigure(ticket, known, weight ?? largestWeight(ticket), of));
    }
  } else {
    for (const name of ['map', 'map-drawn', 'ladder'] as const)
      omitted.push({ name, reason: beyond });
  }
  draw('masks', () => ticketHeatMap(ticket, undefined, of));
  return { figures, omitted };
}

/** Of a mask that was trained there are no roles: neurons are in use or not. */
function trainedFigures(ticket: TrainedTicket, { of }: TicketFigureOptions): TicketFigures {
  const shape = shapeOf(ticket);
  const neurons = cellsOf(shape);
  const none = 'a trained mask makes no weight by a ladder: its edges are the weights';
  const omitted: { name: FigureName; reason: string }[] = [{ name: 'ladder', reason: none }];
  const figures: TicketFigure[] = [];
  const readsOthers = readsBeyondLayered(shape) !== null;
  if (neurons > MOST_NEURONS || readsOthers) {
    const reason = readsOthers
      ? 'its layers do not each read the one before, as the map has them'
      : `its source has ${neurons} neurons, and at most ${MOST_NEURONS} are drawn`;
    omitted.push({ name: 'map', reason }, { name: 'map-drawn', reason });
  } else {
    const live = pruneSource(trainedSource(ticket, shape), (t) => ticket.mask(t));
    const map = prunedMap(shape, live);
    const words: MapWords = { of, hasRoles: false, isOfMaps: false };
    figures.push({ name: 'map', svg: mapFigure(map, 1, words) });
    figures.push({ name: 'map-drawn', svg: mapFigure(map, 0, words) });
  }
  const construction = ticket.training.method;
  figures.push({
    name: 'masks',
    svg: ticketHeatMap(
      { shape, construction, seed: ticket.seed, mask: (t) => ticket.mask(t) },
      undefined,
      of,
    ),
  });
  return { figures, omitted };
}

/** The pictures of a ticket of any kind. */
export function ticketFigures(ticket: Ticket, options: TicketFigureOptions): TicketFigures {
  checkObject('ticket', ticket);
  checkObject('options', options);
  ticketOfKind(ticket, ['constructed', 'trained', 'baseline'], 'a picture');
  if (ticket.kind === 'constructed') return constructedFigures(ticket, options);
  if (ticket.kind === 'trained') return trainedFigures(ticket, options);
  const reason = 'tickets of the other systems are drawn by their masks alone';
  const { shape, system, seed } = ticket;
  const svg = ticketHeatMap(
    { shape, construction: system, seed, mask: (t) => ticket.mask(t) },
    undefined,
    options.of,
  );
  return {
    figures: [{ name: 'masks', svg }],
    omitted: (['map', 'map-drawn', 'ladder'] as const).map((name) => ({ name, reason })),
  };
}
