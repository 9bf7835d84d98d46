/**
 * What every neuron of a small pruned source computes, as text, for labels in a drawing: the proof's own
 * rows. A neuron that it cannot decide is an error, not a verdict.
 */
import { UsageError } from '../core/errors.js';
import { assignedInput, type BlockInput, rawInput } from '../proof/block-input.js';
import { readsInput } from '../proof/block-rows.js';
import { reluOf, visitRows } from '../proof/neuron-rows.js';
import type { Relu } from '../proof/relu.js';
import type { PrunedLayer } from '../source/pruned-network.js';
import type { InputSign } from '../target/network.js';

/** A neuron's label, and in small print what it is the positive part of (outputs of inner blocks). */
export interface NeuronText {
  readonly label: string;
  readonly formula?: string;
}

/** Names of the outputs of inner blocks, a letter per block. */
const INNER_LETTERS = 'uvwpqrst';
const SUBSCRIPTS = '₀₁₂₃₄₅₆₇₈₉';

/** `x` with a subscript number. */
export function subscripted(letter: string, index: number): string {
  return letter + [...String(index)].map((digit) => SUBSCRIPTS[Number(digit)]).join('');
}

/** Whether variables `index` and `index + 1` are the two parts of one signed input. */
function arePartsOfOne(variables: readonly string[], index: number): boolean {
  const [plus, minus = ''] = variables.slice(index, index + 2);
  return plus.endsWith('⁺') && minus.endsWith('⁻') && plus.slice(0, -1) === minus.slice(0, -1);
}

/**
 * A sum such as `5x₁ − 3x₂ + 2`; a variable with an empty name stands for the constant 1, and
 * `a x⁺ − a x⁻` is written `a x`.
 */
export function formatSum(coefficients: readonly bigint[], variables: readonly string[]): string {
  let sum = '';
  for (let index = 0; index < variables.length; index++) {
    const coefficient = coefficients[index];
    let variable = variables[index];
    if (arePartsOfOne(variables, index) && coefficients[index + 1] === -coefficient) {
      variable = variable.slice(0, -1);
      index++;
    }
    if (coefficient === 0n) continue;
    const size = coefficient < 0n ? -coefficient : coefficient;
    const term = variable === '' ? `${size}` : `${size === 1n ? '' : size}${variable}`;
    if (sum === '') sum = coefficient < 0n ? `−${term}` : term;
    else sum += coefficient < 0n ? ` − ${term}` : ` + ${term}`;
  }
  return sum === '' ? '0' : sum;
}

/** Names of the variables of the first block: inputs, or their parts, and the constant. */
function inputNames(
  { column, factor, signed }: BlockInput,
  nameOf: (input: number) => string,
): string[] {
  return Array.from(column, (input, variable) => {
    if (input >= signed.length) return '';
    const name = nameOf(input);
    const negative = factor[variable] < 0;
    if (signed[input]) return negative ? `${name}⁻` : `${name}⁺`;
    return negative ? `|${name}|` : name;
  });
}

/** The row after ReLU; for `x+ - x-` alone, the part of the sign that its edge lets through. */
function rectified(
  row: readonly bigint[],
  relu: Relu,
  names: readonly string[],
  place: string,
): bigint[] {
  if (relu === 'undecided') {
    throw new UsageError(
      `${place} computes max(0, ${formatSum(row, names)}), whose sign depends on the input; ` +
        'only sources whose hidden neurons are linear inside a block can be labelled',
    );
  }
  return row.map((coefficient) => (coefficient > 0n ? coefficient : 0n));
}

/**
 * Texts of the neurons of layers 1 .. L of a pruned source, in the order of the layers' lists.
 *
 * @param layers consecutive layers; the list before the first are all input neurons
 * @param blockEnds layer numbers, from 1, that hold the outputs of a target layer
 * @param inputSigns what is known of each input; the constant, if any, comes after them
 * @param nameOf what to call an input, from 0
 */
export function describeNeurons(
  layers: readonly PrunedLayer[],
  blockEnds: readonly number[],
  inputSigns: readonly InputSign[],
  constant: boolean,
  nameOf: (input: number) => string = (input) => subscripted('x', input + 1),
): NeuronText[][] {
  const texts: NeuronText[][] = [];
  let input = rawInput(inputSigns, constant);
  let names: readonly string[] = inputNames(input, nameOf);
  let start = 0;
  for (const [block, end] of [...new Set([...blockEnds, layers.length])].entries()) {
    const own = layers.slice(start, end);
    // The outputs of an inner block are the variables of the next.
    const letter = INNER_LETTERS[block] ?? 'h';
    const numbered = Array.from(own[own.length - 1].neurons, (id) => subscripted(letter, id + 1));
    visitRows({ block: block + 1, first: start + 1, layers: own, input }, (index, rowAt) => {
      const layer = own[index];
      const last = index === own.length - 1;
      texts.push(
        Array.from(layer.neurons, (id, at): NeuronText => {
          const row = rowAt(at);
          if (last && end === layers.length) return { label: formatSum(row, names) };
          if (last) return { label: numbered[at], formula: `max(0, ${formatSum(row, names)})` };
          const t = start + index + 1;
          const relu = reluOf(row, layer, at, readsInput(layer, t, start + 1) ? input : null);
          const place = `neuron ${id} of layer ${start + index + 1}`;
          return { label: formatSum(rectified(row, relu, names, place), names) };
        }),
      );
    });
    input = assignedInput(own[own.length - 1].neurons);
    names = numbered;
    start = end;
  }
  return texts;
}
