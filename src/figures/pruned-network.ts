/**
 * Draws a small pruned network of +1 and -1 from data: layers as columns, kept edges solid in a colour
 * per sign, pruned edges dashed and grey, and on every neuron what it computes.
 */
import { UsageError } from '../core/errors.js';
import { framedFigure, MARGIN, SMALL_SIZE, TEXT_SIZE, WIDTH } from './frame.js';
import { BAND, INK, PAPER, PRUNED, QUIET, SIGNS } from './palette.js';
import { type Attributes, element, formatNumber, textElement } from './svg.js';
import { estimateTextWidth } from './text-width.js';

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
  /** Of its outline, from the palette; ink by default. */
  readonly color?: string;
}

export interface DrawnEdge {
  /** The layer that the edge leads into, from 1. */
  readonly layer: number;
  /** The layer that it comes from; by default the one before. */
  readonly fromLayer?: number;
  /** A neuron there. */
  readonly from: string;
  /** A neuron of the layer. */
  readonly to: string;
  readonly sign: 1 | -1;
  readonly kept: boolean;
  /** Drawn thick: what the picture is about. */
  readonly strong?: boolean;
}

/** A band behind neurons that belong together, with a line of text above them. */
export interface DrawnGroup {
  readonly label: string;
  readonly neurons: readonly { readonly layer: number; readonly id: string }[];
}

export interface DrawnLayer {
  readonly name: string;
  /** A second line under the name, such as how many of its neurons are left. */
  readonly note?: string;
  readonly neurons: readonly DrawnNeuron[];
}

export interface PrunedNetworkDrawing {
  /** From the inputs (layer 0) on. */
  readonly layers: readonly DrawnLayer[];
  readonly edges: readonly DrawnEdge[];
  readonly groups?: readonly DrawnGroup[];
  /** What the outlines' colours mean, and what is drawn thick; for the legend. */
  readonly roles?: readonly { readonly label: string; readonly color: string }[];
  readonly strong?: string;
}

export interface DrawingOptions {
  readonly title: string;
  /** Printed under the drawing. */
  readonly caption: string;
  /** For readers who cannot see the drawing; the caption by default. */
  readonly description?: string;
  /** Width of the whole picture in pixels; by default 640, or what the labels need. */
  readonly width?: number;
  /** Vertical distance of neighbouring neurons in pixels, 46 by default. */
  readonly rowHeight?: number;
}

/** Beyond these a picture of single edges shows nothing. */
export const MAXIMUM_DRAWN_EDGES = 4000;
export const MAXIMUM_DRAWN_LAYERS = 40;

/** From the margin to the outer columns. */
const INSET = 8;
const COLUMN_GAP = 40;
const NEURON_RADIUS = 15;
const LABEL_SIZE = SMALL_SIZE;
const NOTE_SIZE = SMALL_SIZE;
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

function startOf({ layer, fromLayer = layer - 1, from }: DrawnEdge): string {
  return key(fromLayer, from);
}

function halfWidthOf(neuron: DrawnNeuron): number {
  return Math.max(NEURON_RADIUS, estimateTextWidth(neuron.label, LABEL_SIZE) / 2 + 7);
}

/** Half of what a column needs: its widest neuron, note or heading. */
function reachOf({ name, note = '', neurons }: DrawnLayer): number {
  const heading = Math.max(estimateTextWidth(name, NOTE_SIZE), estimateTextWidth(note, NOTE_SIZE));
  const widths = neurons.map((neuron) =>
    Math.max(halfWidthOf(neuron), estimateTextWidth(neuron.note ?? '', NOTE_SIZE) / 2),
  );
  return Math.max(heading / 2, ...widths);
}

/** The width at which no label reaches the next column. */
function neededWidth({ layers }: PrunedNetworkDrawing): number {
  const reach = layers.reduce((sum, layer) => sum + 2 * reachOf(layer), 0);
  return reach + (layers.length - 1) * COLUMN_GAP + 2 * (MARGIN + INSET);
}

/** Middles of the columns, with equal gaps between what they hold. */
function columnsOf(layers: readonly DrawnLayer[], width: number): number[] {
  const reach = layers.map(reachOf);
  const free = width - 2 * (MARGIN + INSET) - 2 * reach.reduce((sum, each) => sum + each, 0);
  let left = MARGIN + INSET;
  return reach.map((each) => {
    const middle = left + each;
    left = middle + each + free / (layers.length - 1);
    return middle;
  });
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

  const columns = columnsOf(layers, width);
  const places = new Map<string, Place>();
  layers.forEach(({ neurons }, layer) => {
    const x = columns[layer] as number;
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
  const ends = edges.flatMap((edge) => [startOf(edge), key(edge.layer, edge.to)]);
  const members = groups.flatMap(({ neurons }) => neurons.map(({ layer, id }) => key(layer, id)));
  for (const end of [...ends, ...members]) {
    if (!known.has(end)) throw new UsageError(`the drawing has no neuron '${end}' (layer, id)`);
  }
}

function drawEdge(
  edge: DrawnEdge,
  places: ReadonlyMap<string, Place>,
  degrees: ReadonlyMap<string, number>,
): string {
  const start = startOf(edge);
  const end = key(edge.layer, edge.to);
  const line = lineOf(edge, places.get(start) as Place, places.get(end) as Place);
  if (!edge.kept) {
    return line.draw({ stroke: PRUNED, 'stroke-dasharray': '4 4' });
  }
  const style = {
    stroke: edge.sign === 1 ? SIGNS.positive : SIGNS.negative,
    'stroke-width': edge.strong === true ? 3.5 : 2,
  };
  if (edge.sign === 1) return line.draw(style);
  // The minus sign says it without colour. Nearer to the end where fewer edges meet, so that the signs
  // of neighbours stay apart.
  const crowded = (degrees.get(`from ${start}`) ?? 0) > (degrees.get(`to ${end}`) ?? 0);
  const share = crowded ? 0.66 : 0.34;
  const { x, y } = line.at(share);
  return line.draw(style) + minusAt(x, y);
}

/** How far an edge over a layer bends, and one over more layers at most. */
const BEND = 26;
const MOST_BEND = 52;

/** An edge's line; one that passes over layers is bent, so that it does not lie behind their neurons. */
function lineOf({ layer, fromLayer = layer - 1 }: DrawnEdge, from: Place, to: Place) {
  const over = layer - fromLayer - 1;
  if (over === 0) {
    return {
      at: (share: number) => ({
        x: from.x + (to.x - from.x) * share,
        y: from.y + (to.y - from.y) * share,
      }),
      draw: (style: Attributes) =>
        element('line', { x1: from.x, y1: from.y, x2: to.x, y2: to.y, ...style }),
    };
  }
  // The middle of the curve is half as far from the straight line as this.
  const bend = 2 * Math.min(over * BEND, MOST_BEND);
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 + bend };
  const between = (a: number, b: number, c: number, share: number): number =>
    (1 - share) ** 2 * a + 2 * share * (1 - share) * b + share ** 2 * c;
  const [x1, y1, x, y, x2, y2] = [from.x, from.y, middle.x, middle.y, to.x, to.y].map(formatNumber);
  return {
    at: (share: number) => ({
      x: between(from.x, middle.x, to.x, share),
      y: between(from.y, middle.y, to.y, share),
    }),
    draw: (style: Attributes) =>
      element('path', { d: `M${x1} ${y1}Q${x} ${y} ${x2} ${y2}`, fill: 'none', ...style }),
  };
}

/** How many edges of sign -1 leave and enter each neuron. */
function negativeDegrees(edges: readonly DrawnEdge[]): Map<string, number> {
  const degrees = new Map<string, number>();
  for (const edge of edges) {
    const { layer, to, sign, kept } = edge;
    if (!kept || sign === 1) continue;
    for (const end of [`from ${startOf(edge)}`, `to ${key(layer, to)}`]) {
      degrees.set(end, (degrees.get(end) ?? 0) + 1);
    }
  }
  return degrees;
}

function minusAt(x: number, y: number): string {
  return (
    element('circle', {
      cx: x,
      cy: y,
      r: 6.5,
      fill: PAPER,
      stroke: SIGNS.negative,
      'stroke-width': 1.5,
    }) +
    element('line', {
      x1: x - 3.5,
      y1: y,
      x2: x + 3.5,
      y2: y,
      stroke: SIGNS.negative,
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
    fill: PAPER,
    stroke: neuron.dead ? PRUNED : (neuron.color ?? INK),
    'stroke-width': neuron.color === undefined ? 1.5 : 2.5,
    'stroke-dasharray': neuron.dead ? '3 3' : undefined,
  });
  const fill = neuron.dead ? QUIET : INK;
  const middle = { x, 'text-anchor': 'middle' };
  const label = textElement(
    { ...middle, y: y + LABEL_SIZE * 0.35, 'font-size': LABEL_SIZE, fill },
    neuron.label,
  );
  if (neuron.note === undefined) return shape + label;
  const half = estimateTextWidth(neuron.note, NOTE_SIZE) / 2 + 2;
  const base = y + NEURON_RADIUS + NOTE_SIZE + 1;
  // Edges that pass behind would strike the text out.
  const paper = { y: base - NOTE_SIZE + 2, height: NOTE_SIZE + 2, rx: 3, fill: PAPER };
  return (
    element('rect', { x: x - half, width: 2 * half, ...paper, 'fill-opacity': 0.85 }) +
    shape +
    label +
    textElement({ ...middle, y: base, 'font-size': NOTE_SIZE, fill: QUIET }, neuron.note)
  );
}

/** The band and, to be drawn above the edges, its label. */
function drawGroup(group: DrawnGroup, places: ReadonlyMap<string, Place>): [string, string] {
  const members = group.neurons.map(({ layer, id }) => places.get(key(layer, id)) as Place);
  const left = Math.min(...members.map(({ x, halfWidth }) => x - halfWidth)) - BAND_PADDING;
  const right = Math.max(
    Math.max(...members.map(({ x, halfWidth }) => x + halfWidth)) + BAND_PADDING,
    left + estimateTextWidth(group.label, SMALL_SIZE) + 2 * BAND_PADDING,
  );
  const top = Math.min(...members.map(({ y }) => y)) - NEURON_RADIUS - BAND_LABEL_HEIGHT - 8;
  const bottom = Math.max(...members.map(({ y }) => y)) + NEURON_RADIUS + 8;
  const size = { width: right - left, height: bottom - top };
  return [
    element('rect', { x: left, y: top, ...size, rx: 10, fill: BAND }),
    textElement(
      {
        x: left + BAND_PADDING,
        y: top + BAND_LABEL_HEIGHT - 3,
        'font-size': SMALL_SIZE,
        fill: INK,
        stroke: BAND,
        'stroke-width': 4,
        'paint-order': 'stroke',
      },
      group.label,
    ),
  ];
}

/** Samples of the kinds of edges and neurons that the drawing has, from height y on. */
function drawLegend(
  { edges, roles = [], strong }: PrunedNetworkDrawing,
  width: number,
  top: number,
): { readonly parts: readonly string[]; readonly bottom: number } {
  const SAMPLE = 36;
  let x = MARGIN;
  let y = top;
  const parts: string[] = [];
  const entry = (label: string, sample: () => string): void => {
    const wide = SAMPLE + 8 + estimateTextWidth(label, TEXT_SIZE);
    if (x > MARGIN && x + wide > width - MARGIN) {
      x = MARGIN;
      y += 24;
    }
    const text = { x: x + SAMPLE + 8, y: y + 5, 'font-size': TEXT_SIZE, fill: INK };
    parts.push(sample(), textElement(text, label));
    x += wide + 22;
  };
  const line = (style: Attributes): string =>
    element('line', { x1: x, y1: y, x2: x + SAMPLE, y2: y, ...style });
  const has = (sign: 1 | -1): boolean => edges.some((edge) => edge.kept && edge.sign === sign);
  if (has(1)) {
    entry('kept, weight +1', () => line({ stroke: SIGNS.positive, 'stroke-width': 2 }));
  }
  if (has(-1)) {
    entry(
      'kept, weight −1',
      () => line({ stroke: SIGNS.negative, 'stroke-width': 2 }) + minusAt(x + SAMPLE / 2, y),
    );
  }
  if (edges.some(({ kept }) => !kept)) {
    entry('pruned', () => line({ stroke: PRUNED, 'stroke-dasharray': '4 4' }));
  }
  if (strong !== undefined) {
    entry(strong, () => line({ stroke: INK, 'stroke-width': 3.5 }));
  }
  for (const { label, color } of roles) {
    entry(label, () =>
      element('rect', {
        x: x + 5,
        y: y - 9,
        width: 26,
        height: 18,
        rx: 8,
        fill: PAPER,
        stroke: color,
        'stroke-width': 2.5,
      }),
    );
  }
  return { parts, bottom: y };
}

/**
 * The network as an SVG file. Throws a `UsageError` for edges or groups of unknown neurons, repeated
 * ids, empty layers, and more edges than can be told apart.
 */
export function drawPrunedNetwork(drawing: PrunedNetworkDrawing, options: DrawingOptions): string {
  checkDrawing(drawing);
  const { title, caption, description = caption, rowHeight = 46 } = options;
  const width = options.width ?? Math.max(WIDTH, Math.ceil(neededWidth(drawing)));
  return framedFigure({ width, title, caption, description }, (titleBottom) => {
    const headingY = titleBottom + 18;
    const noted = drawing.layers.some(({ note }) => note !== undefined);
    const top =
      headingY +
      (noted ? 18 : 0) +
      18 +
      NEURON_RADIUS +
      (drawing.groups === undefined ? 0 : BAND_LABEL_HEIGHT);
    const places = placeNeurons(drawing, top, width, rowHeight);
    const placed = [...places.values()];
    const lowest = Math.max(...placed.map(({ y }) => y)) + NEURON_RADIUS + NOTE_SIZE + 4;
    const legend = drawLegend(drawing, width, lowest + 28);

    const bands = (drawing.groups ?? []).map((group) => drawGroup(group, places));
    const degrees = negativeDegrees(drawing.edges);
    // Pruned edges lie under kept ones, positive under negative with their marks.
    const rank = (edge: DrawnEdge) => (edge.kept ? (edge.sign === 1 ? 1 : 2) : 0);
    const edges = [...drawing.edges].sort((a, b) => rank(a) - rank(b));
    const columns = drawing.layers.flatMap(({ name, note, neurons }, layer) => {
      const { x } = places.get(key(layer, (neurons[0] as DrawnNeuron).id)) as Place;
      const style = { 'text-anchor': 'middle', 'font-size': NOTE_SIZE, fill: QUIET };
      return [name, ...(note === undefined ? [] : [note])].map((line, index) =>
        textElement({ x, y: headingY + 18 * index, ...style }, line),
      );
    });
    return {
      bottom: legend.bottom,
      parts: [
        ...columns,
        ...bands.map(([band]) => band),
        ...edges.map((edge) => drawEdge(edge, places, degrees)),
        ...bands.map(([, label]) => label),
        ...placed.map(drawNeuron),
        ...legend.parts,
      ],
    };
  });
}
