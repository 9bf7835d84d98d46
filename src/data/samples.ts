/**
 * A tensor seen as the two things a network is run on: samples (one row of inputs each) and labels
 * (one class number each).
 */
import { checkList, checkObject, checkWhole } from '../core/arguments.js';
import { InputError } from '../core/errors.js';
import { indexText, shapeText, type Tensor, type TensorData } from './tensor.js';

/** `count` rows of `inputs` values each, row-major; the values are shared with the tensor. */
export interface Samples {
  readonly count: number;
  readonly inputs: number;
  readonly values: TensorData;
}

/** Numbers with a shape, as the readers of data give them. */
function checkTensor(tensor: Tensor): void {
  checkObject('tensor', tensor);
  checkList('tensor.shape', tensor.shape);
  checkObject('tensor.data', tensor.data);
  for (const size of tensor.shape) checkWhole('tensor.shape', size, 0, Number.MAX_SAFE_INTEGER);
  checkWhole('tensor.data.length', tensor.data.length, 0, Number.MAX_SAFE_INTEGER);
}

/**
 * The first axis counts samples, the others are flattened in row-major order. A tensor with exactly
 * `inputs` values is one sample whatever its shape.
 */
export function asSamples(tensor: Tensor, inputs: number): Samples {
  checkTensor(tensor);
  checkWhole('inputs', inputs, 1, Number.MAX_SAFE_INTEGER);
  const { shape, data } = tensor;
  const first = shape[0] as number;
  const count = data.length === inputs ? 1 : first;
  if (data.length !== count * inputs) throw wrongWidth(shape, data.length, inputs);
  return { count, inputs, values: data };
}

/** How the problem ends where a file has more than the one number a sample that labels have. */
export const NOT_ONE_NUMBER = widthProblem('', 1);

/** `found` values a sample, and not the network's `inputs`. */
export function widthProblem(found: number | '', inputs: number): string {
  const end = ` values, and ${inputs === 1 ? '1 is' : `${inputs} are`} needed`;
  return found === '' ? end : `a sample has ${found}${end}`;
}

/** The refusal of a file that was given for labels and has other numbers. */
export function notLabels(place: string, problem: string): InputError {
  return new InputError({
    place,
    problem: `these are not labels: ${problem}`,
    remedy: 'give the file of the labels, one class number a sample',
  });
}

/** Samples of another length than the network's input. */
export function wrongWidth(shape: readonly number[], values: number, inputs: number): InputError {
  const found = shape.length === 1 ? values : values / (shape[0] as number);
  return new InputError({
    place: `shape ${shapeText(shape)}`,
    problem: widthProblem(found, inputs),
    remedy: `give ${inputs} ${inputs === 1 ? 'value' : 'values'} per sample, samples along the first axis`,
  });
}

/** One label per sample, from a flat tensor or a single column; each one of `0 .. classes - 1`. */
export function asLabels(tensor: Tensor, samples: number, classes: number): Uint32Array {
  checkTensor(tensor);
  checkWhole('samples', samples, 0, Number.MAX_SAFE_INTEGER);
  checkWhole('classes', classes, 1, Number.MAX_SAFE_INTEGER);
  const { shape, data } = tensor;
  const first = shape[0] as number;
  if (data.length > first && (first === samples || shape.length > 2)) {
    throw notLabels(`shape ${shapeText(shape)}`, widthProblem(data.length / first, 1));
  }
  if (data.length !== samples || (first !== samples && data.length !== 1)) {
    throw new InputError({
      place: `shape ${shapeText(shape)}`,
      problem: `not one label for each of the ${samples} samples`,
      remedy: 'give a flat list, or one column, with as many labels as samples',
    });
  }
  return classNumbers(data, classes, (index) => indexText(shape, index));
}

/** Labels as class numbers; `place` names one that is none of `0 .. classes - 1`. */
export function classNumbers(
  data: TensorData,
  classes: number,
  place: (index: number) => string,
): Uint32Array {
  const labels = new Uint32Array(data.length);
  for (let index = 0; index < data.length; index++) {
    const label = data[index] as number;
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new InputError({
        place: `label ${place(index)}`,
        problem: `${label} is not a class number from 0 to ${classes - 1}`,
        remedy: 'number the classes from 0 in the order of the outputs',
      });
    }
    labels[index] = label;
  }
  return labels;
}
