/**
 * What every neuron of a small pruned source computes, in exact integers and as text: coefficients
 * are propagated block by block, for labels in a drawing. No proof: a neuron that it cannot decide is
 * an error, not a verdict.
 */
import { UsageError } from '../core/errors.js';
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

interface Variables {
  readonly names: readonly string[];
  /** Row of each neuron of the layer, in the order of its list. */
  readonly rows: readonly (readonly bigint[])[];
}

/** The non-negative variables of the first block; a signed input is the difference of two of them. */
function inputVariables(inputSigns: readonly InputSign[], constant: boolean): Variables {
  const names: string[] = [];
  const terms: [number, bigint][][] = inputSigns.map((sign, index) => {
    const name = subscripted('x', index + 1);
    if (sign === 'signed') {
      names.push(`${name}⁺`, `${name}⁻`);
      return [
        [names.length - 2, 1n],
        [names.length - 1, -1n],
      ];
    }
    names.push(sign === 'nonnegative' ? name : `|${name}|`);
    return [[names.length - 1, sign === 'nonnegative' ? 1n : -1n]];
  });
  if (constant) {
    names.push('');
    terms.push([[names.length - 1, 1n]]);
  }
  const rows = terms.map((row) => {
    const coefficients = new Array<bigint>(names.length).fill(0n);
    for (const [variable, coefficient] of row) coefficients[variable] = coefficient;
    return coefficients;
  });
  return { names, rows };
}

function rowsOf(layer: PrunedLayer, previous: Variables): bigint[][] {
  return Array.from(layer.neurons, (_, neuron) => {
    const row = new Array<bigint>(previous.names.length).fill(0n);
    for (let at = layer.offsets[neuron]; at < layer.offsets[neuron + 1]; at++) {
      const edge = layer.edges[at];
      previous.rows[edge >>> 1].forEach((coefficient, variable) => {
        row[variable] += edge & 1 ? -coefficient : coefficient;
      });
    }
    return row;
  });
}

/** The row after ReLU; for `x+ - x-` alone, the part of the sign that its edge lets through. */
function rectified(row: readonly bigint[], names: readonly string[], place: string): bigint[] {
  const used = row.flatMap((coefficient, variable) => (coefficient === 0n ? [] : [variable]));
  if (used.every((variable) => row[variable] > 0n)) return [...row];
  if (used.every((variable) => row[variable] < 0n)) return row.map(() => 0n);
  const [plus, minus] = used;
  const isSignedInput =
    used.length === 2 && arePartsOfOne(names, plus) && row[minus] === -row[plus];
  if (isSignedInput) {
    return row.map((coefficient) => (coefficient > 0n ? coefficient : 0n));
  }
  throw new UsageError(
    `${place} computes max(0, ${formatSum(row, names)}), whose sign depends on the input; ` +
      'only sources whose hidden neurons are linear inside a block can be labelled',
  );
}

/**
 * Texts of the neurons of layers 1 .. L of a pruned source, in the order of the layers' lists.
 *
 * @param layers consecutive layers; the list before the first are all input neurons
 * @param blockEnds layer numbers, from 1, that hold the outputs of a target layer
 * @param inputSigns what is known of each input; the constant, if any, comes after them
 */
export function describeNeurons(
  layers: readonly PrunedLayer[],
  blockEnds: readonly number[],
  inputSigns: readonly InputSign[],
  constant: boolean,
): NeuronText[][] {
  let state = inputVariables(inputSigns, constant);
  let block = 0;
  return layers.map((layer, index) => {
    const t = index + 1;
    const rows = rowsOf(layer, state);
    const { names } = state;
    if (t === layers.length) return rows.map((row) => ({ label: formatSum(row, names) }));
    if (blockEnds.includes(t)) {
      // The outputs of an inner block are the variables of the next.
      const letter = INNER_LETTERS[block] ?? 'h';
      block++;
      const variables = Array.from(layer.neurons, (id) => subscripted(letter, id + 1));
      const unit = variables.map((_, row) => variables.map((__, at) => (at === row ? 1n : 0n)));
      state = { names: variables, rows: unit };
      return rows.map((row, at) => ({
        label: variables[at],
        formula: `max(0, ${formatSum(row, names)})`,
      }));
    }
    const positive = rows.map((row, at) =>
      rectified(row, names, `neuron ${layer.neurons[at]} of layer ${t}`),
    );
    state = { names, rows: positive };
    return positive.map((row) => ({ label: formatSum(row, names) }));
  });
}
