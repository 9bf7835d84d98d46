/**
 * The ladder of a weight as marks: carrier, chain and offset from left to right, a column for each random
 * layer, and below them the chain's number in binary, whose bits settle one after the other.
 */
import { GRID, INK, PAPER, QUIET, ROLE_COLOURS, SIGNS } from './palette.js';
import type { Pen, Point } from './pen.js';
import { estimateTextWidth } from './text-width.js';
import type { LadderLayer, LadderPart, WeightLadder } from './weight-ladder.js';

const TEXT = 13;
const LEFT = 14;
const RIGHT = 104;
/** Heights of the lines of text above carrier, chain and offset. */
const HEADINGS = { carrier: 16, chain: 104, offset: 234 } as const;
/** First neuron of each part, and from one to the next. */
const FIRST = { carrier: 40, chain: 128, offset: 258, output: 155 } as const;
const STEP = { carrier: 15, chain: 54, offset: 40, output: 0 } as const;
const NUMBERS = 330;
const BITS = 348;
const BIT = 8;
const RADIUS = 4;
/** What the word below the last layer takes to its left, with a number beside it. */
const OUTPUT_ROOM = 38;

export interface LadderFrame {
  readonly width: number;
  readonly height: number;
  /** From one layer to the next. */
  readonly pitch: number;
}

function bitLengthOf(number: bigint): number {
  return (number < 0n ? -number : number).toString(2).length;
}

/**
 * Per layer, the row of its number's highest bit, and how many rows there are. A layer of k accumulators
 * multiplies by k, so what is still to come moves a number down by the bits of the product.
 */
function bitRows({ layers }: WeightLadder): {
  readonly tops: readonly number[];
  readonly rows: number;
} {
  const ends = new Array<number>(layers.length).fill(0);
  let toCome = 0;
  for (let index = layers.length - 2; index >= 1; index--) {
    ends[index] = Math.round(toCome);
    const chain = layers[index].neurons.filter(({ part }) => part === 'chain').length;
    toCome += Math.log2(Math.max(1, chain));
  }
  const lengths = layers.map(({ number }) => bitLengthOf(number));
  const rows = layers.reduce(
    (most, _, index) =>
      index === 0 || index === layers.length - 1
        ? most
        : Math.max(most, lengths[index] + ends[index]),
    1,
  );
  return { rows, tops: lengths.map((length, index) => rows - length - ends[index]) };
}

/** The size of the drawing in a place of this width; `pitch` never goes below 13 pixels. */
export function ladderFrame(ladder: WeightLadder, room: number): LadderFrame {
  const steps = Math.max(1, ladder.layers.length - 1);
  const pitch = Math.max(13, (room - LEFT - RIGHT) / steps);
  return {
    width: LEFT + steps * pitch + RIGHT,
    height: BITS + bitRows(ladder).rows * BIT + 12,
    pitch,
  };
}

/** Where the layer of an index stands. */
export function ladderX({ pitch }: LadderFrame, index: number): number {
  return LEFT + index * pitch;
}

/** The column of a layer, as an index into the ladder's layers, at x; undefined beside them. */
export function ladderLayerAt(
  ladder: WeightLadder,
  { pitch }: LadderFrame,
  x: number,
): number | undefined {
  const at = Math.round((x - LEFT) / pitch);
  return at >= 1 && at < ladder.layers.length ? at : undefined;
}

function placesOf({ neurons }: LadderLayer, x: number, last: boolean): Point[] {
  const counts: Record<LadderPart, number> = { carrier: 0, chain: 0, offset: 0, output: 0 };
  return neurons.map(({ part }) => {
    const at = counts[part]++;
    // Copies of the offset stand closer than its accumulators.
    const step = part === 'offset' && last ? 8 : STEP[part];
    return [x, FIRST[part] + (part === 'carrier' ? Math.min(at, 3) : Math.min(at, 5)) * step];
  });
}

const PART_COLOURS: Readonly<Record<LadderPart, string>> = {
  carrier: ROLE_COLOURS.carrier,
  chain: ROLE_COLOURS.chain,
  offset: ROLE_COLOURS.offset,
  output: INK,
};

/** Digit edges into a chain, by what they are drawn in. */
function isDigit(from: LadderPart, to: LadderPart): boolean {
  return from === 'carrier' && (to === 'chain' || to === 'offset');
}

/** Which layer the reader points at, as an index into the ladder's layers. */
export function drawLadder(
  pen: Pen,
  ladder: WeightLadder,
  frame: LadderFrame,
  pointed?: number,
): void {
  const { layers } = ladder;
  const { pitch, height } = frame;
  const xOf = (index: number): number => ladderX(frame, index);
  if (pointed !== undefined) pen.rect(xOf(pointed) - pitch / 2, 0, pitch, height, GRID, 0.6);
  const places = layers.map((layer, index) =>
    placesOf(layer, xOf(index), index === layers.length - 2),
  );
  const end = layers.length - 1;
  layers.forEach(({ edges, neurons }, index) => {
    for (const { from, to, sign, kept } of edges) {
      if (!kept) continue;
      const reader = neurons[to].part;
      const read = layers[index - 1].neurons[from].part;
      const start = places[index - 1][from];
      const stop = places[index][to];
      const coloured = isDigit(read, reader) || index === end;
      const stroke = coloured
        ? sign === 1
          ? SIGNS.positive
          : SIGNS.negative
        : PART_COLOURS[reader];
      const style = {
        stroke,
        width: coloured ? 2 : 1,
        ...(sign === -1 && { dash: [5, 3] }),
        ...(!coloured && { opacity: 0.75 }),
      };
      if (isDigit(read, reader)) pen.curve(start, stop, style);
      else pen.line([start, stop], style);
    }
  });
  layers.forEach(({ neurons }, index) => {
    neurons.forEach(({ part }, at) => {
      const [x, y] = places[index][at];
      pen.circle(x, y, RADIUS, PAPER, PART_COLOURS[part], 1.5);
    });
  });
  drawHeadings(pen, ladder);
  drawScale(pen, layers, xOf, pitch);
  drawBits(pen, ladder, bitRows(ladder).tops, xOf, pitch);
  const right = xOf(end - 1) + pitch / 2 + 8;
  ['the chain’s', 'number in', 'binary'].forEach((words, line) => {
    pen.text(right, BITS + TEXT + line * (TEXT + 4), words, { size: TEXT, fill: QUIET });
  });
}

function drawHeadings(pen: Pen, { input, output, offset }: WeightLadder): void {
  const texts: readonly (readonly [keyof typeof HEADINGS, string])[] = [
    [
      'carrier',
      input === 'constant'
        ? 'carrier of the constant 1'
        : `carrier of input ${input}: hands the value on`,
    ],
    [
      'chain',
      output === 'constant'
        ? 'chain of the constant: doubles, takes up digits'
        : `chain of neuron ${output}: doubles, and takes up digits of +1 or −1`,
    ],
    [
      'offset',
      offset === 0n
        ? 'offset: not needed here'
        : `offset ${offset}: made in the same way, taken away at the end`,
    ],
  ];
  for (const [part, text] of texts) {
    // Edges pass behind the words.
    const room = estimateTextWidth(text, TEXT);
    pen.rect(LEFT + 8, HEADINGS[part] - TEXT, room + 6, TEXT + 5, PAPER, 0.85);
    pen.circle(LEFT, HEADINGS[part] - 4, 4.5, ROLE_COLOURS[part], ROLE_COLOURS[part], 1);
    pen.text(LEFT + 11, HEADINGS[part], text, { size: TEXT, fill: INK });
  }
}

function drawScale(
  pen: Pen,
  layers: readonly LadderLayer[],
  xOf: (index: number) => number,
  pitch: number,
): void {
  const every = pitch < 26 ? 5 : 1;
  layers.forEach((_, index) => {
    // Beside the word of the last one a number would not be read.
    const room = (layers.length - 1 - index) * pitch;
    if (index % every !== 0 || (index > 0 && room < OUTPUT_ROOM)) return;
    const text = index === 0 ? 'input' : String(index);
    const anchor = index === 0 ? 'start' : 'middle';
    pen.text(index === 0 ? 2 : xOf(index), NUMBERS, text, { size: TEXT, fill: QUIET, anchor });
  });
  pen.text(xOf(layers.length - 1), NUMBERS, 'output', {
    size: TEXT,
    fill: QUIET,
    anchor: 'middle',
  });
}

/** The bits of each layer's number, the highest on top; where digits were just taken up they are framed. */
function drawBits(
  pen: Pen,
  { layers }: WeightLadder,
  tops: readonly number[],
  xOf: (index: number) => number,
  pitch: number,
): void {
  const width = pitch - 1.5;
  const height = BIT - 1.5;
  layers.forEach(({ number, edges, neurons }, index) => {
    if (index === 0 || index === layers.length - 1 || number <= 0n) return;
    const left = xOf(index) - width / 2;
    const text = number.toString(2);
    [...text].forEach((bit, row) => {
      const y = BITS + (tops[index] + row) * BIT;
      pen.rect(left, y, width, height, ROLE_COLOURS.chain, bit === '1' ? 1 : 0.14);
    });
    const digit = edges.find(
      ({ from, to, kept }) =>
        kept && neurons[to].part === 'chain' && layers[index - 1].neurons[from].part === 'carrier',
    );
    if (digit === undefined) return;
    const stroke = digit.sign === 1 ? SIGNS.positive : SIGNS.negative;
    const y = BITS + (tops[index] + text.length - 1) * BIT;
    pen.frame(left, y, width, height, { stroke, width: 2 });
  });
}
