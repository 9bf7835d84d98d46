/**
 * Draws a small pruned network of +1 and -1 from data: layers as columns, kept edges solid in a colour
 * per sign, pruned edges dashed and grey, and on every neuron what it computes.
 */
import { UsageError } from '../core/errors.js';
import { framedFigure, INK, MARGIN, PAPER, QUIET, TEXT_SIZE } from './frame.js';
import { element, estimateTextWidth, textElement } from './svg.js';

export interface DrawnNeuron {
  /** Unique in its layer. */
  readonly id: string;
  /** What the neuron computes, such as `2x`. */
  readonly label: string;
  /** Vertical place in units of one neuron; by default the neurons are spread around the middle. */
  readonly row?: number;
  /** Written in small print under the neuron, such as its number in the source. */
  readonly note?: string;
  /** Drawn in grey: no kept path leads through it. */
  readonly dead?: boolean;
}

export interface DrawnEdge {
  /** The layer that the edge leads into, from 1. */
  readonly layer: number;
  /** A neuron of layer - 1. */
  readonly from: string;
  /** A neuron of the layer. */
  readonly to: string;
  readonly sign: 1 | -1;
  readonly kept: boolean;
}

/** A band behind neurons that belong together, with a line of text above them. */
export interface DrawnGroup {
  readonly label: string;
  readonly neurons: readonly { readonly layer: number; readonly id: string }[];
}

export interface PrunedNetworkDrawing {
  /** From the inputs (layer 0) on. */
  readonly layers: readonly { readonly name: string; readonly neurons: readonly DrawnNeuron[] }[];
  readonly edges: readonly DrawnEdge[];
  readonly groups?: readonly DrawnGroup[];
}

export interface DrawingOptions {
  readonly title: string;
  /** Printed under the drawing. */
  readonly caption: string;
  /** For readers who cannot see the drawing; the caption by default. */
  readonly description?: string;
  /** Width of the whole picture in pixels; by default 860, or what the labels need. */
  readonly width?: number;
  /** Vertical distance of neighbouring neurons in pixels, 44 by default. */
  readonly rowHeight?: number;
}

/** Beyond these a picture of single edges shows nothing. */
export const MAXIMUM_DRAWN_EDGES = 4000;
export const MAXIMUM_DRAWN_LAYERS = 40;

// Blue and vermilion of Okabe and Ito's palette: told apart with every kind of colour vision, and at
// least 3:1 against white.
export const COLOURS = {
  paper: PAPER,
  band: '#f3f6f9',
  text: INK,
  quiet: QUIET,
  positive: '#0072b2',
  negative: '#d55e00',
  pruned: '#9aa4af',
};

const DEFAULT_WIDTH = 860;
/** From the margin to the outer columns. */
const INSET = 20;
const COLUMN_GAP = 50;
const NEURON_RADIUS = 15;
const LABEL_SIZE = 14;
const NOTE_SIZE = 11;
const BAND_PADDING = 12;
const BAND_LABEL_HEIGHT = 20;

interface Place {
  readonly neuron: DrawnNeuron;
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
}

function key(layer: number, id: string): string {
  return `${layer} ${id}`;
}

function halfWidthOf(neuron: DrawnNeuron): number {
  return Math.max(NEURON_RADIUS, estimateTextWidth(neuron.label, LABEL_SIZE) / 2 + 7);
}

/** The width at which no label reaches the next column. */
function neededWidth({ layers }: PrunedNetworkDrawing): number {
  const widest = Math.max(
    ...layers.flatMap(({ neurons }) =>
      neurons.map((neuron) =>
        Math.max(halfWidthOf(neuron), estimateTextWidth(neuron.note ?? '', NOTE_SIZE) / 2),
      ),
    ),
  );
  return layers.length * 2 * widest + (layers.length - 1) * COLUMN_GAP + 2 * (MARGIN + INSET);
}

/** Rows of a layer's neurons: their own, or spread around `middle`. */
function rowsOf(neurons: readonly DrawnNeuron[], middle: number): number[] {
  return neurons.map((neuron, index) => neuron.row ?? middle + index - (neurons.length - 1) / 2);
}

function placeNeurons(
  drawing: PrunedNetworkDrawing,
  top: number,
  width: number,
  rowHeight: number,
): Map<string, Place> {
  const { layers } = drawing;
  const fixed = layers.flatMap(({ neurons }) => neurons.flatMap(({ row }) => row ?? []));
  const tallest = Math.max(...layers.map(({ neurons }) => neurons.length));
  const middle =
    fixed.length > 0 ? (Math.min(...fixed) + Math.max(...fixed)) / 2 : (tallest - 1) / 2;
  const rows = layers.map(({ neurons }) => rowsOf(neurons, middle));
  const first = Math.min(...rows.flat());

  // Wide enough for the widest label of the outer columns.
  const inset = (layer: { readonly neurons: readonly DrawnNeuron[] }) =>
    MARGIN + INSET + Math.max(...layer.neurons.map(halfWidthOf));
  const left = inset(layers[0]);
  const right = width - inset(layers[layers.length - 1]);
  const places = new Map<string, Place>();
  layers.forEach(({ neurons }, layer) => {
    const x = left + ((right - left) * layer) / (layers.length - 1);
    neurons.forEach((neuron, index) => {
      const y = top + ((rows[layer] as number[])[index] as number) * rowHeight - first * rowHeight;
      places.set(key(layer, neuron.id), { neuron, x, y, halfWidth: halfWidthOf(neuron) });
    });
  });
  return places;
}

function checkDrawing(drawing: PrunedNetworkDrawing): void {
  const { layers, edges, groups = [] } = drawing;
  if (layers.length < 2) throw new UsageError('a drawn network has an input and an output layer');
  if (layers.length > MAXIMUM_DRAWN_LAYERS) {
    throw new UsageError(
      `${layers.length} layers do not fit one picture; draw at most ${MAXIMUM_DRAWN_LAYERS}`,
    );
  }
  if (edges.length > MAXIMUM_DRAWN_EDGES) {
    throw new UsageError(
      `${edges.length} edges cannot be told apart in one picture; draw at most ${MAXIMUM_DRAWN_EDGES}`,
    );
  }
  const known = new Set<string>();
  layers.forEach(({ name, neurons }, layer) => {
    if (neurons.length === 0)
      throw new UsageError(`layer ${layer} (${name}) has no neuron to draw`);
    for (const { id } of neurons) {
      if (known.has(key(layer, id))) {
        throw new UsageError(`layer ${layer} (${name}) has two neurons with the id '${id}'`);
      }
      known.add(key(layer, id));
    }
  });
  const ends = edges.flatMap((edge) => [key(edge.layer - 1, edge.from), key(edge.layer, edge.to)]);
  const members = groups.flatMap(({ neurons }) => neurons.map(({ layer, id }) => key(layer, id)));
  for (const end of [...ends, ...members]) {
    if (!known.has(end)) throw new UsageError(`the drawing has no neuron '${end}' (layer, id)`);
  }
}

function drawEdge(edge: DrawnEdge, places: ReadonlyMap<string, Place>): string {
  const from = places.get(key(edge.layer - 1, edge.from)) as Place;
  const to = places.get(key(edge.layer, edge.to)) as Place;
  const ends = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
  if (!edge.kept) {
    return element('line', { ...ends, stroke: COLOURS.pruned, 'stroke-dasharray': '4 4' });
  }
  if (edge.sign === 1) {
    return element('line', { ...ends, stroke: COLOURS.positive, 'stroke-width': 2 });
  }
  // The minus sign says it without colour. A third of the way, where crossing edges have parted.
  const x = from.x + (to.x - from.x) * 0.3;
  const y = from.y + (to.y - from.y) * 0.3;
  return element('line', { ...ends, stroke: COLOURS.negative, 'stroke-width': 2 }) + minusAt(x, y);
}

function minusAt(x: number, y: number): string {
  return (
    element('circle', {
      cx: x,
      cy: y,
      r: 6.5,
      fill: COLOURS.paper,
      stroke: COLOURS.negative,
      'stroke-width': 1.5,
    }) +
    element('line', {
      x1: x - 3.5,
      y1: y,
      x2: x + 3.5,
      y2: y,
      stroke: COLOURS.negative,
      'stroke-width': 2,
    })
  );
}

function drawNeuron({ neuron, x, y, halfWidth }: Place): string {
  const shape = element('rect', {
    x: x - halfWidth,
    y: y - NEURON_RADIUS,
    width: 2 * halfWidth,
    height: 2 * NEURON_RADIUS,
    rx: NEURON_RADIUS,
    fill: COLOURS.paper,
    stroke: neuron.dead ? COLOURS.pruned : COLOURS.text,
    'stroke-width': 1.5,
    'stroke-dasharray': neuron.dead ? '3 3' : undefined,
  });
  const fill = neuron.dead ? COLOURS.quiet : COLOURS.text;
  const middle = { x, 'text-anchor': 'middle' };
  const label = textElement(
    { ...middle, y: y + LABEL_SIZE * 0.35, 'font-size': LABEL_SIZE, fill },
    neuron.label,
  );
  if (neuron.note === undefined) return shape + label;
  const note = textElement(
    {
      ...middle,
      y: y + NEURON_RADIUS + NOTE_SIZE + 1,
      'font-size': NOTE_SIZE,
      fill: COLOURS.quiet,
      stroke: COLOURS.paper,
      'stroke-width': 3,
      'paint-order': 'stroke',
    },
    neuron.note,
  );
  return shape + label + note;
}

/** The band and, to be drawn above the edges, its label. */
function drawGroup(group: DrawnGroup, places: ReadonlyMap<string, Place>): [string, string] {
  const members = group.neurons.map(({ layer, id }) => places.get(key(layer, id)) as Place);
  const left = Math.min(...members.map(({ x, halfWidth }) => x - halfWidth)) - BAND_PADDING;
  const right = Math.max(
    Math.max(...members.map(({ x, halfWidth }) => x + halfWidth)) + BAND_PADDING,
    left + estimateTextWidth(group.label, TEXT_SIZE) + 2 * BAND_PADDING,
  );
  const top = Math.min(...members.map(({ y }) => y)) - NEURON_RADIUS - BAND_LABEL_HEIGHT - 8;
  const bottom = Math.max(...members.map(({ y }) => y)) + NEURON_RADIUS + 8;
  const size = { width: right - left, height: bottom - top };
  return [
    element('rect', { x: left, y: top, ...size, rx: 10, fill: COLOURS.band }),
    textElement(
      {
        x: left + BAND_PADDING,
        y: top + BAND_LABEL_HEIGHT - 3,
        'font-size': TEXT_SIZE,
        fill: COLOURS.text,
        stroke: COLOURS.band,
        'stroke-width': 4,
        'paint-order': 'stroke',
      },
      group.label,
    ),
  ];
}

/** Samples of the kinds of edges that the drawing has, in one line at height y. */
function drawLegend(edges: readonly DrawnEdge[], y: number): string[] {
  const entries = [
    { shown: edges.some(({ kept, sign }) => kept && sign === 1), label: 'kept, weight +1' },
    { shown: edges.some(({ kept, sign }) => kept && sign === -1), label: 'kept, weight −1' },
    { shown: edges.some(({ kept }) => !kept), label: 'pruned' },
  ];
  const styles = [
    { stroke: COLOURS.positive, 'stroke-width': 2 },
    { stroke: COLOURS.negative, 'stroke-width': 2 },
    { stroke: COLOURS.pruned, 'stroke-dasharray': '4 4' },
  ];
  let x = MARGIN;
  const parts: string[] = [];
  entries.forEach(({ shown, label }, index) => {
    if (!shown) return;
    parts.push(element('line', { x1: x, y1: y, x2: x + 40, y2: y, ...styles[index] }));
    if (index === 1) parts.push(minusAt(x + 20, y));
    const text = { x: x + 48, y: y + TEXT_SIZE * 0.35, 'font-size': TEXT_SIZE, fill: COLOURS.text };
    parts.push(textElement(text, label));
    x += 48 + estimateTextWidth(label, TEXT_SIZE) + 28;
  });
  return parts;
}

/**
 * The network as an SVG file. Throws a `UsageError` for edges or groups of unknown neurons, repeated
 * ids, empty layers, and more edges than can be told apart.
 */
export function drawPrunedNetwork(drawing: PrunedNetworkDrawing, options: DrawingOptions): string {
  checkDrawing(drawing);
  const { title, caption, description = caption, rowHeight = 44 } = options;
  const width = options.width ?? Math.max(DEFAULT_WIDTH, Math.ceil(neededWidth(drawing)));
  return framedFigure({ width, title, caption, description }, (titleBottom) => {
    const headingY = titleBottom + 16;
    const top = headingY + 18 + NEURON_RADIUS + (drawing.groups ? BAND_LABEL_HEIGHT : 0);
    const places = placeNeurons(drawing, top, width, rowHeight);
    const placed = [...places.values()];
    const lowest = Math.max(...placed.map(({ y }) => y)) + NEURON_RADIUS + NOTE_SIZE + 4;
    const legendY = lowest + 26;

    const bands = (drawing.groups ?? []).map((group) => drawGroup(group, places));
    // Pruned edges lie under kept ones, positive under negative with their marks.
    const rank = (edge: DrawnEdge) => (edge.kept ? (edge.sign === 1 ? 1 : 2) : 0);
    const edges = [...drawing.edges].sort((a, b) => rank(a) - rank(b));
    const columns = drawing.layers.map(({ name, neurons }, layer) => {
      const { x } = places.get(key(layer, (neurons[0] as DrawnNeuron).id)) as Place;
      const style = { 'text-anchor': 'middle', 'font-size': TEXT_SIZE, fill: COLOURS.quiet };
      return textElement({ x, y: headingY, ...style }, name);
    });
    return {
      bottom: legendY,
      parts: [
        ...columns,
        ...bands.map(([band]) => band),
        ...edges.map((edge) => drawEdge(edge, places)),
        ...bands.map(([, label]) => label),
        ...placed.map(drawNeuron),
        ...drawLegend(edges, legendY),
      ],
    };
  });
}
