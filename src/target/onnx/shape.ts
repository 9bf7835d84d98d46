/** Shapes of ONNX values: sizes, broadcasting, and the index maps of rearranging operators. */

/** Thrown by shape arithmetic; whoever knows the node turns it into an `InputError`. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** Number of entries. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** An integer of a file; infinite ones are those of 2^53 and more, whose digits were not kept. */
export function formatInteger(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? 'an integer beyond 2^53' : 'an integer below -2^53';
}

export function formatShape(dims: readonly number[]): string {
  return `[${dims.map(formatInteger).join(', ')}]`;
}

/** Row-major strides. */
function strides(dims: readonly number[]): number[] {
  const steps = new Array<number>(dims.length);
  let step = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    steps[axis] = step;
    step *= dims[axis] as number;
  }
  return steps;
}

/** `axis` counted from the front; ONNX counts negative ones from the back. */
export function resolveAxis(axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(resolved) || resolved < 0 || resolved >= rank) {
    throw new ShapeError(`axis ${formatInteger(axis)} does not exist in ${rank} dimensions`);
  }
  return resolved;
}

/** ONNX Flatten: `axis` splits the dimensions and may be their number; a negative one counts from it. */
export function flattenShape(dims: readonly number[], axis: number): number[] {
  const split = axis === dims.length ? axis : resolveAxis(axis, dims.length);
  return [sizeOf(dims.slice(0, split)), sizeOf(dims.slice(split))];
}

/** ONNX Reshape: 0 copies a dimension (unless `allowZero`), one -1 is inferred. */
export function reshapeShape(
  dims: readonly number[],
  wanted: readonly number[],
  allowZero: boolean,
): number[] {
  const shape = wanted.map((dim, axis) => {
    if (dim !== 0 || allowZero) return dim;
    const copied = dims[axis];
    if (copied === undefined) throw new ShapeError(`there is no dimension ${axis} to copy`);
    return copied;
  });
  const inferred = shape.filter((dim) => dim === -1).length;
  const size = sizeOf(dims);
  if (inferred === 1) {
    const rest = sizeOf(shape.filter((dim) => dim !== -1));
    if (rest > 0 && size % rest === 0) shape[shape.indexOf(-1)] = size / rest;
  }
  if (inferred > 1 || shape.some((dim) => dim < 0) || sizeOf(shape) !== size) {
    throw new ShapeError(`${formatShape(dims)} cannot be reshaped to ${formatShape(wanted)}`);
  }
  return shape;
}

export function squeezeShape(
  dims: readonly number[],
  axes: readonly number[] | undefined,
): number[] {
  if (axes === undefined) return dims.filter((dim) => dim !== 1);
  const squeezed = new Set(axes.map((axis) => resolveAxis(axis, dims.length)));
  for (const axis of squeezed) {
    if (dims[axis] !== 1)
      throw new ShapeError(`dimension ${axis} of ${formatShape(dims)} is not 1`);
  }
  return dims.filter((_, axis) => !squeezed.has(axis));
}

export function unsqueezeShape(dims: readonly number[], axes: readonly number[]): number[] {
  const rank = dims.length + axes.length;
  if (rank > MOST_RANK) throw new ShapeError(`${rank} dimensions are too many`);
  const added = new Set(axes.map((axis) => resolveAxis(axis, rank)));
  if (added.size !== axes.length) throw new ShapeError('an axis is given twice');
  const rest = [...dims];
  return Array.from({ length: rank }, (_, axis) =>
    added.has(axis) ? 1 : (rest.shift() as number),
  );
}

/** More dimensions than any model has; keeps index arithmetic cheap. */
export const MOST_RANK = 32;

/** Shape and gather indices of a transposition: entry k of the result is entry `gather[k]`. */
export function transposition(
  dims: readonly number[],
  permutation: readonly number[] | undefined,
): { dims: number[]; gather: Int32Array | undefined } {
  const order = permutation ?? dims.map((_, axis) => dims.length - 1 - axis);
  // No version counts from the back here.
  const wrong = order.find((axis) => axis < 0 || axis >= dims.length);
  if (wrong !== undefined) {
    throw new ShapeError(`axis ${wrong} does not exist in ${dims.length} dimensions`);
  }
  if (order.length !== dims.length || new Set(order).size !== dims.length) {
    throw new ShapeError(`${formatShape(order)} does not permute ${dims.length} dimensions`);
  }
  const moved = order.map((axis) => dims[axis] as number);
  // Dimensions of size 1 may go anywhere without moving an entry.
  const wide = order.filter((axis) => dims[axis] !== 1);
  if (wide.every((axis, index) => index === 0 || axis > (wide[index - 1] as number))) {
    return { dims: moved, gather: undefined };
  }
  const steps = strides(dims);
  return {
    dims: moved,
    gather: walk(
      moved,
      order.map((axis) => steps[axis] as number),
    ),
  };
}

/** Offsets of all entries of a view with shape `dims` and the given strides, in row-major order. */
function walk(dims: readonly number[], steps: readonly number[]): Int32Array {
  const offsets = new Int32Array(sizeOf(dims));
  const index = new Array<number>(dims.length).fill(0);
  let offset = 0;
  for (let position = 0; position < offsets.length; position++) {
    offsets[position] = offset;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      offset += steps[axis] as number;
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (dims[axis] as number)) break;
      offset -= (steps[axis] as number) * (dims[axis] as number);
      index[axis] = 0;
    }
  }
  return offsets;
}

/** NumPy's broadcast shape of two shapes. */
export function broadcastShape(left: readonly number[], right: readonly number[]): number[] {
  const rank = Math.max(left.length, right.length);
  return Array.from({ length: rank }, (_, axis) => {
    const a = left[axis - rank + left.length] ?? 1;
    const b = right[axis - rank + right.length] ?? 1;
    if (a !== b && a !== 1 && b !== 1) {
      throw new ShapeError(`${formatShape(left)} and ${formatShape(right)} do not fit`);
    }
    return a === 1 ? b : a;
  });
}

/** For each entry of `target`, in row-major order, the entry of `source` that broadcasting puts there. */
export function broadcastIndices(source: readonly number[], target: readonly number[]): Int32Array {
  const missing = target.length - source.length;
  const steps = strides(source);
  return walk(
    target,
    target.map((_, axis) =>
      axis < missing || source[axis - missing] === 1 ? 0 : (steps[axis - missing] as number),
    ),
  );
}

/** Every `step`-th index of a dimension from `start` on, `count` of them. */
export interface Range {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** ONNX Slice in one dimension: negative ends count from the back, all are clamped, steps may be negative. */
export function sliceRange(size: number, start: number, end: number, step: number): Range {
  if (step === 0 || !Number.isInteger(step))
    throw new ShapeError(`a step of ${formatInteger(step)} leads nowhere`);
  const least = step > 0 ? 0 : -1;
  const place = (given: number, lowest: number, most: number): number =>
    Math.min(Math.max(given < 0 ? given + size : given, lowest), most);
  const from = place(start, 0, step > 0 ? size : size - 1);
  const to = place(end, least, step > 0 ? size : size - 1);
  return { start: from, step, count: Math.max(0, Math.ceil((to - from) / step)) };
}

/** For each entry of a slice the entry of the whole. */
export function sliceIndices(dims: readonly number[], ranges: readonly Range[]): Int32Array {
  const steps = strides(dims);
  const first = ranges.reduce((sum, { start }, axis) => sum + start * steps[axis], 0);
  const offsets = walk(
    ranges.map(({ count }) => count),
    ranges.map(({ step }, axis) => step * steps[axis]),
  );
  return offsets.map((offset) => first + offset);
}

/** For each entry of a gathering along an axis the entry of the whole. */
export function gatherAlong(
  dims: readonly number[],
  axis: number,
  positions: Float64Array,
): Int32Array {
  const outer = sizeOf(dims.slice(0, axis));
  const inner = sizeOf(dims.slice(axis + 1));
  const indices = new Int32Array(outer * positions.length * inner);
  let at = 0;
  for (let row = 0; row < outer; row++) {
    for (const position of positions) {
      const start = (row * dims[axis] + position) * inner;
      for (let k = 0; k < inner; k++) indices[at++] = start + k;
    }
  }
  return indices;
}
