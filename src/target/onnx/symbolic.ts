/**
 * Dimensions of the input that a file leaves open. The batch is one sample; another one is inferred from
 * the first matrix that the input meets, or refused: it is never taken as 1 without a word.
 */
import { InputError } from '../../core/errors.js';
import { quoted } from '../quote.js';
import { type Chain, MOST_INPUTS } from './graph.js';
import { FirstProduct } from './linear.js';

/** Runs the graph up to its first product, with these dimensions of the input. */
export type Probe = (dims: readonly number[]) => void;

/** The input's dimensions, all known. Throws an `InputError` that names those that cannot be inferred. */
export function knownDimensions(
  { input }: Chain,
  probe: Probe,
  notice: (remark: string) => void,
): number[] {
  const { dims, name } = input;
  const open = dims.flatMap((dim, axis) => (typeof dim === 'string' ? [axis] : []));
  const at = (axis: number, size: number): number[] =>
    dims.map((dim, index) => (typeof dim === 'number' ? dim : index === axis ? size : 1));
  // What comes first is the batch, unless there is nothing else.
  const unknown = open.filter((axis) => axis > 0 || dims.length === 1);
  const [axis] = unknown;
  if (axis === undefined) return at(-1, 1);
  const place = `input ${quoted(name)}`;
  const label = (index: number): string =>
    dims[index] === '' ? `dimension ${index}` : `dimension ${quoted(String(dims[index]))}`;
  const remedy = 'export the model with a fixed input shape; only the batch may stay symbolic';
  if (unknown.length > 1) {
    const problem = `its ${unknown.map(label).join(' and ')} are not known`;
    throw new InputError({ place, problem, remedy });
  }
  const one = firstProduct(probe, at(axis, 1));
  const two = firstProduct(probe, at(axis, 2));
  if (one !== undefined && two !== undefined && one.wanted === two.wanted) {
    const step = two.length - one.length;
    if (step !== 0) {
      const size = 1 + (one.wanted - one.length) / step;
      if (Number.isInteger(size) && size >= 1 && size <= MOST_INPUTS) {
        notice(`${place}: its ${label(axis)} is taken as ${size}, which its first matrix needs`);
        return at(axis, size);
      }
    } else if (dims.length === 2 && typeof dims[0] === 'number') {
      notice(`${place}: its ${label(axis)} is taken as the batch, of one sample`);
      return at(axis, 1);
    }
  }
  throw new InputError({
    place,
    problem: `its ${label(axis)} is not known, and no matrix that it meets first tells it`,
    remedy,
  });
}

function firstProduct(probe: Probe, dims: readonly number[]): FirstProduct | undefined {
  try {
    probe(dims);
  } catch (error) {
    if (error instanceof FirstProduct) return error;
    // Shapes that do not fit yet: the dimension is another one, and not told by a matrix.
    if (!(error instanceof InputError)) throw error;
  }
  return undefined;
}
