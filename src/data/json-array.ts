/** Samples as JSON: a flat array of numbers, or arrays of equal length nested to any usual depth. */
import { InputError } from '../core/errors.js';
import type { Tensor } from './tensor.js';

/** Samples of images in colour have four levels; more than this is no data set. */
const maximumDepth = 8;

function parse(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError({
      place: /position \d+/.exec(reason)?.[0] ?? 'JSON text',
      problem: `not valid JSON (${reason.slice(0, 120)})`,
      remedy: 'give an array of numbers or of arrays of numbers',
    });
  }
}

function wrongEntry(path: readonly number[], problem: string): InputError {
  return new InputError({
    place: path.length === 0 ? 'JSON text' : `entry ${path.map((index) => `[${index}]`).join('')}`,
    problem,
    remedy: 'give finite numbers in arrays of equal length',
  });
}

/** The shape that the first entry of every level has; all others must agree. */
function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  let level = value;
  while (Array.isArray(level)) {
    const path = shape.map(() => 0);
    if (level.length === 0) throw wrongEntry(path, 'an empty array');
    if (shape.length === maximumDepth) {
      throw wrongEntry(path, `arrays nested more than ${maximumDepth} deep`);
    }
    shape.push(level.length);
    level = level[0];
  }
  if (shape.length === 0) throw wrongEntry([], 'no array');
  return shape;
}

/** Appends all numbers below `value` to `output`; `path` leads to it and is left as it was. */
function fill(value: unknown, shape: readonly number[], path: number[], output: number[]): void {
  const level = path.length;
  if (level === shape.length) {
    // JSON text like 1e999 has no finite value.
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      const kind = typeof value === 'number' ? String(value) : kindOf(value);
      throw wrongEntry(path, `${kind} where a finite number is expected`);
    }
    output.push(value);
    return;
  }
  const expected = shape[level] as number;
  if (!Array.isArray(value) || value.length !== expected) {
    const found = Array.isArray(value) ? `an array of ${value.length}` : kindOf(value);
    throw wrongEntry(path, `${found} where an array of ${expected} is expected`);
  }
  for (let index = 0; index < expected; index++) {
    path.push(index);
    fill(value[index], shape, path, output);
    path.pop();
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Reads nested arrays of numbers to a tensor of their shape; ragged arrays are refused. */
export function readJsonArray(text: string): Tensor {
  const value = parse(text);
  const shape = shapeOf(value);
  const output: number[] = [];
  fill(value, shape, [], output);
  return { shape, data: Float64Array.from(output) };
}
