/**
 * One weight made of kept edges, in the paper's way and in this project's: small networks whose signs never
 * change, and which of their edges a weight keeps. The second is a real source (web/data/gadget.json).
 */
import { type Pen, palette } from '../library.js';

export interface GadgetNeuron {
  /** Row from the top, may lie between two. */
  readonly row: number;
  readonly colour: string;
}

export interface GadgetEdge {
  /** Positions in the layer before and in this one. */
  readonly from: number;
  readonly to: number;
  readonly sign: 1 | -1;
  readonly kept: boolean;
}

export interface Gadget {
  readonly layers: readonly (readonly GadgetNeuron[])[];
  /** Into layer t from 1: `edges[t - 1]`. */
  readonly edges: readonly (readonly GadgetEdge[])[];
  readonly rows: number;
}

/** The file web/data/gadget.json, which `scripts/explorer-data.mjs` makes. */
export interface GadgetData {
  readonly seed: number;
  readonly largest: number;
  readonly source: number;
  readonly roles: readonly (readonly string[])[];
  /** By layer, neuron and neuron before. */
  readonly signs: readonly (readonly (readonly number[])[])[];
  /** By weight from `-largest`, and layer: positions before and after. */
  readonly kept: readonly (readonly (readonly (readonly number[])[])[])[];
  readonly sizes: { readonly delta: number; readonly horner: number; readonly diamond: number };
}

const { ROLE_COLOURS, INK } = palette;

function colourOf(role: string): string {
  if (role === 'offset') return ROLE_COLOURS.offset;
  if (role === 'accumulator') return ROLE_COLOURS.chain;
  return role === 'output' ? INK : ROLE_COLOURS.carrier;
}

const FIRST_ROW: Readonly<Record<string, number>> = { carrier: 0, accumulator: 2.6, offset: 5.4 };

/** The neurons that weights of one source use, and what this one keeps. */
export function hornerGadget(data: GadgetData, weight: number): Gadget {
  const layers = data.roles.map((roles) => {
    const counts = new Map<string, number>();
    return roles.map((role): GadgetNeuron => {
      if (role === 'input') return { row: 0.5, colour: colourOf(role) };
      if (role === 'output') return { row: 3.6, colour: colourOf(role) };
      const count = counts.get(role) ?? 0;
      counts.set(role, count + 1);
      return {
        row: (FIRST_ROW[role] ?? 0) + count * (role === 'carrier' ? 1 : 1.2),
        colour: colourOf(role),
      };
    });
  });
  const edges = data.signs.map((rows, index) => {
    const kept = new Set(
      data.kept[weight + data.largest][index].map(([from, to]) => `${from} ${to}`),
    );
    return rows.flatMap((signs, to) =>
      signs.map(
        (sign, from): GadgetEdge => ({
          from,
          to,
          sign: sign === 1 ? 1 : -1,
          kept: kept.has(`${from} ${to}`),
        }),
      ),
    );
  });
  return { layers, edges, rows: 7 };
}

/** Hidden pairs of the paper's gadget: powers of two up to the third. */
const PAIRS = 3;

/** Figure 2 of the paper: a pair of neurons a layer for each power of two, once to add and once to take away. */
export function diamondGadget(weight: number): Gadget {
  const powers = Array.from({ length: PAIRS + 1 }, (_, power) => power);
  const gadgets = [1, -1].flatMap((sign) => powers.map((power) => ({ sign, power })));
  const rows = 2.6 * gadgets.length;
  const layers: GadgetNeuron[][] = [[{ row: (rows - 1) / 2, colour: ROLE_COLOURS.carrier }]];
  const edges: GadgetEdge[][] = [];
  for (let layer = 1; layer <= PAIRS; layer++) {
    layers.push(
      gadgets.flatMap((_, at) =>
        [0, 1].map((side) => ({ row: 2.6 * at + side, colour: ROLE_COLOURS.chain })),
      ),
    );
    edges.push(
      gadgets.flatMap(({ power }, at): GadgetEdge[] =>
        [0, 1].flatMap((to): GadgetEdge[] => {
          const end = 2 * at + to;
          if (layer === 1) return [{ from: 0, to: end, sign: 1, kept: true }];
          const doubles = layer <= power;
          return [0, 1].map((from) => ({
            from: 2 * at + from,
            to: end,
            sign: 1 as const,
            kept: doubles || from === to,
          }));
        }),
      ),
    );
  }
  layers.push([{ row: (rows - 1) / 2, colour: INK }]);
  edges.push(
    gadgets.flatMap(({ sign, power }, at): GadgetEdge[] =>
      [0, 1].map((side) => ({
        from: 2 * at + side,
        to: 0,
        sign: sign === 1 ? 1 : -1,
        // The lowest power is one copy of the input: one edge is enough.
        kept:
          weight * sign > 0 && ((Math.abs(weight) >> power) & 1) === 1 && (power > 0 || side === 0),
      })),
    ),
  );
  return { layers, edges, rows };
}

/** What each neuron holds for an input of 1: the layers' kept edges added up, ReLU on all but the last. */
export function gadgetValues({ layers, edges }: Gadget): number[][] {
  const values: number[][] = [[1]];
  edges.forEach((list, index) => {
    const sums = layers[index + 1].map(() => 0);
    for (const { from, to, sign, kept } of list) if (kept) sums[to] += sign * values[index][from];
    values.push(index === edges.length - 1 ? sums : sums.map((sum) => Math.max(0, sum)));
  });
  return values;
}

export const GADGET_WIDTH = 520;
const SIDE = 34;

export function gadgetHeight({ rows }: Gadget, pitch: number): number {
  return rows * pitch + 24;
}

function written(value: number): string {
  if (value === 0) return '0';
  return value === 1 ? 'x' : value === -1 ? '−x' : `${String(value).replace('-', '−')}x`;
}

function placing({ layers }: Gadget, pitch: number) {
  return {
    xOf: (layer: number): number =>
      SIDE + (layer * (GADGET_WIDTH - 2 * SIDE)) / (layers.length - 1),
    yOf: (row: number): number => 18 + row * pitch,
  };
}

/** An edge by its layer, from 1 less, and its place in the list of that layer. */
export interface EdgePlace {
  readonly index: number;
  readonly at: number;
}

/** The edge nearest to a point of the drawing, at most so many pixels away. */
export function edgeNear(
  gadget: Gadget,
  pitch: number,
  [x, y]: readonly [number, number],
  reach: number,
): EdgePlace | undefined {
  const { xOf, yOf } = placing(gadget, pitch);
  let best: EdgePlace | undefined;
  let least = reach;
  gadget.edges.forEach((list, index) => {
    list.forEach(({ from, to }, at) => {
      const [x0, y0] = [xOf(index), yOf(gadget.layers[index][from].row)];
      const [x1, y1] = [xOf(index + 1), yOf(gadget.layers[index + 1][to].row)];
      const t = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2);
      // Near a neuron many edges meet: only their middles are taken.
      if (t < 0.08 || t > 0.92) return;
      const distance = Math.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0));
      if (distance >= least) return;
      least = distance;
      best = { index, at };
    });
  });
  return best;
}

/** The same gadget with one edge kept instead of cut, or cut instead of kept. */
export function flipEdge(gadget: Gadget, { index, at }: EdgePlace): Gadget {
  return {
    ...gadget,
    edges: gadget.edges.map((list, each) =>
      each === index
        ? list.map((edge, place) => (place === at ? { ...edge, kept: !edge.kept } : edge))
        : list,
    ),
  };
}

export function drawGadget(pen: Pen, gadget: Gadget, pitch: number): void {
  const { layers, edges } = gadget;
  const values = gadgetValues(gadget);
  const used = usedNeurons(gadget);
  // Of a pair the upper neuron is labelled where they stand close.
  const isDense = pitch < 30;
  const { xOf, yOf } = placing(gadget, pitch);
  for (const isKept of [false, true]) {
    edges.forEach((list, index) => {
      for (const { from, to, sign, kept } of list) {
        if (kept !== isKept) continue;
        const { positive, negative } = palette.SIGNS;
        pen.line(
          [
            [xOf(index), yOf(layers[index][from].row)],
            [xOf(index + 1), yOf(layers[index + 1][to].row)],
          ],
          {
            stroke: sign === 1 ? positive : negative,
            width: kept ? 2 : 1,
            opacity: kept ? 1 : 0.22,
            ...(sign === -1 && { dash: [5, 3] }),
          },
        );
      }
    });
  }
  layers.forEach((neurons, index) => {
    neurons.forEach(({ row, colour }, at) => {
      const [x, y] = [xOf(index), yOf(row)];
      const isUsed = used[index][at];
      pen.circle(x, y, isUsed ? 6 : 4, palette.PAPER, isUsed ? colour : palette.PRUNED, 2);
      if (!isUsed || (isDense && index > 0 && index < layers.length - 1 && at % 2 === 1)) return;
      const label = written(values[index][at]);
      const isLast = index === layers.length - 1;
      // Edges pass behind the words.
      const room = 8 * label.length;
      pen.rect(x + (isLast ? 8 : 0) - room / 2, y - 20, room, 12, palette.PAPER, 0.8);
      pen.text(x + (isLast ? 8 : 0), y - 9, label, {
        size: 13,
        fill: INK,
        anchor: 'middle',
        bold: isLast,
      });
    });
  });
}

/** Whether a kept path leads from the input through the neuron to the output. */
function usedNeurons({ layers, edges }: Gadget): boolean[][] {
  const used = layers.map((neurons) => neurons.map(() => false));
  const reached = layers.map((neurons, index) => neurons.map(() => index === 0));
  edges.forEach((list, index) => {
    for (const { from, to, kept } of list)
      if (kept && reached[index][from]) reached[index + 1][to] = true;
  });
  const last = layers.length - 1;
  used[last][0] = true;
  used[0][0] = true;
  for (let index = last - 1; index >= 0; index--) {
    for (const { from, to, kept } of edges[index]) {
      if (kept && used[index + 1][to] && reached[index][from]) used[index][from] = true;
    }
  }
  return used;
}
