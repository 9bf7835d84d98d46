/** What the outputs of a block with kernels one behind another are, class by class, against its matrix. */
import type { Steps } from '../core/steps.js';
import { anchorOf } from '../integer/block-maps.js';
import { bigEntry, isBig } from '../integer/integer-network.js';
import { PLAIN_READING } from '../source/windows.js';
import type { AxisLayer } from './axis-classes.js';
import { NO_COLUMN } from './block-input.js';
import { type ComposedBlock, reject } from './composed-block.js';
import { accumulate, at, spend, take, type Walk } from './composed-rows.js';

/** What it takes to look at a position's window, or at an entry of the matrix, in additions of coefficients. */
const PLACE_COST = 64;
/** The same of an entry where it and the coefficient are Numbers. */
const NUMBER_COST = 8;

/** Positions along an axis that are one class of a neuron and at which the target's window looks alike. */
function jointFirsts(
  list: AxisLayer,
  index: number | undefined,
  { kernel, stride, before, dilation, input }: WindowAxis,
): number[] {
  const known = new Set<string>();
  const firsts: number[] = [];
  for (let position = 0; position < list.length; position++) {
    const own = index === undefined ? 0 : list.classes[index * list.length + position];
    const start = position * stride - before;
    // Taps that look inside are those between two, and all are as far away as the first.
    const least = Math.max(0, Math.ceil(-start / dilation));
    const most = Math.min(kernel - 1, Math.floor((input - 1 - start) / dilation));
    const key = `${own} ${least} ${most} ${start - position * list.step}`;
    if (known.has(key)) continue;
    known.add(key);
    firsts.push(position);
  }
  return firsts;
}

/** The target's window along an axis. */
interface WindowAxis {
  readonly kernel: number;
  readonly stride: number;
  readonly before: number;
  readonly dilation: number;
  readonly input: number;
}

function windowAxes({ window, planes }: ComposedBlock): { y: WindowAxis; x: WindowAxis } {
  const { kernel, stride, pads, dilation } = window ?? PLAIN_READING;
  const [input] = planes;
  return {
    y: {
      ...{ kernel: kernel.height, stride: stride.height, before: pads.top },
      ...{ dilation: dilation.height, input: input.height },
    },
    x: {
      ...{ kernel: kernel.width, stride: stride.width, before: pads.left },
      ...{ dilation: dilation.width, input: input.width },
    },
  };
}

/** Compares the outputs with the rows of the matrix, in every class of positions. */
export function* checkOutputs(walk: Walk): Steps<void> {
  const { check, layer, accumulator } = walk;
  const { block, classes } = check;
  const position = new Map<number, number>();
  // Of this map, and of those behind it.
  spend(check, layer, PLACE_COST * block.layers[layer].neurons.length);
  block.layers[layer].neurons.forEach((neuron, index) => {
    position.set(neuron, index);
  });
  const axes = windowAxes(block);
  const [tall, wide] = [classes.y[layer + 1], classes.x[layer + 1]];
  for (const [output, neuron] of block.assignment.entries()) {
    const index = position.get(neuron);
    if (index !== undefined) take(walk, index);
    spend(check, layer, PLACE_COST * (tall.length + wide.length));
    const columns = jointFirsts(wide, index, axes.x);
    for (const y of jointFirsts(tall, index, axes.y)) {
      for (const x of columns) {
        if (walk.isTime()) yield;
        accumulator.clear();
        if (index !== undefined) accumulate(walk, y, x);
        compareOutput(walk, axes, { output, neuron, y, x });
      }
    }
  }
}

interface OutputPlace {
  readonly output: number;
  readonly neuron: number;
  readonly y: number;
  readonly x: number;
}

/** Of one output at one position: what the accumulator holds, against the matrix. */
function compareOutput(
  { check, variables, layer, accumulator }: Walk,
  axes: { readonly y: WindowAxis; readonly x: WindowAxis },
  { output, neuron, y, x }: OutputPlace,
): void {
  const { block, classes } = check;
  const { low, size } = classes;
  const { matrix, carried } = block.expected;
  const { taps, columnAt } = block.columns;
  const carry = output === matrix.rows - 1 ? carried : null;
  const startY = y * axes.y.stride - axes.y.before - y * classes.y[layer + 1].step - low.y;
  const startX = x * axes.x.stride - axes.x.before - x * classes.x[layer + 1].step - low.x;
  const refuse = (value: number | bigint, column: number, wanted: bigint): never =>
    reject(
      block,
      block.first + layer,
      neuron,
      `output ${output} has coefficient ${value} at input ${column}, the integer network ${wanted}${at(y, x)}`,
    );
  const { values } = matrix;
  const start = output * matrix.columns;
  const compare = (value: number | bigint, column: number, factor: number): void => {
    // Integers of Numbers are below 2^53 and exact; what is no number is not equal.
    if (carry === null && typeof value === 'number' && !isBig(values)) {
      const wanted = values[start + column] * factor;
      if (value !== wanted) refuse(value, column, BigInt(wanted));
      return;
    }
    const entry = bigEntry(matrix, start + column);
    const wanted =
      carry === null ? entry * BigInt(factor) : column === carry.column ? carry.value : 0n;
    if (BigInt(value) !== wanted || (carry !== null && entry !== wanted))
      refuse(value, column, wanted);
  };
  /** Coefficients that are not 0 and have a column. */
  let met = 0;
  const cost = carry === null && !isBig(values) ? NUMBER_COST : PLACE_COST;
  spend(check, layer, cost * variables.parts.length * taps + accumulator.count);
  for (const [part, { channel, factor }] of variables.parts.entries()) {
    for (let tap = 0; tap < taps; tap++) {
      const column = columnAt(channel, tap);
      if (column === NO_COLUMN) continue;
      const along = tap % axes.x.kernel;
      const down = (tap - along) / axes.x.kernel;
      const placeY = y * axes.y.stride - axes.y.before + down * axes.y.dilation;
      const placeX = x * axes.x.stride - axes.x.before + along * axes.x.dilation;
      // The target reads 0 there, whatever its weight.
      if (placeY < 0 || placeX < 0 || placeY >= axes.y.input || placeX >= axes.x.input) continue;
      const distanceY = startY + down * axes.y.dilation;
      const distanceX = startX + along * axes.x.dilation;
      const isSeen = distanceY >= 0 && distanceX >= 0 && distanceY < size.y && distanceX < size.x;
      const value = isSeen
        ? accumulator.value((part * size.y + distanceY) * size.x + distanceX)
        : 0;
      if (value) met++;
      compare(value, column, factor);
    }
  }
  if (variables.constant) {
    const value = accumulator.value(variables.moving);
    if (value) met++;
    const { window } = block;
    const column = columnAt(block.constant, window === undefined ? 0 : anchorOf(window));
    compare(value, column, 1);
  }
  let coefficients = 0;
  const touched = accumulator.touched.subarray(0, accumulator.count);
  for (const variable of touched) if (accumulator.value(variable)) coefficients++;
  if (coefficients === met) return;
  reject(
    block,
    block.first + layer,
    neuron,
    `output ${output} reads where the integer network does not${at(y, x)}`,
  );
}

/** A neuron that holds no output but is read by the next block must be 0, wherever it is. */
export function* checkUnassigned(walk: Walk): Steps<void> {
  const { check, layer, accumulator } = walk;
  const { block, classes } = check;
  if (block.others.length === 0) return;
  const unassigned = new Set(block.others);
  const [tall, wide] = [classes.y[layer + 1], classes.x[layer + 1]];
  for (const [index, neuron] of block.layers[layer].neurons.entries()) {
    if (!unassigned.has(neuron)) continue;
    take(walk, index);
    for (let classY = 0; classY < tall.counts[index]; classY++) {
      const y = tall.firsts[tall.starts[index] + classY];
      for (let classX = 0; classX < wide.counts[index]; classX++) {
        const x = wide.firsts[wide.starts[index] + classX];
        if (walk.isTime()) yield;
        accumulate(walk, y, x);
        const { touched, count } = accumulator;
        if (!touched.subarray(0, count).some((variable) => accumulator.value(variable) > 0))
          continue;
        const reason = `the next block reads it, but it holds no output and is not 0${at(y, x)}`;
        reject(block, block.first + layer, neuron, reason);
      }
    }
  }
}
