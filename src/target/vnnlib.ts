/**
 * Reader of VNN-LIB properties, as far as they say what the input box is: asserts that bound single
 * variables `X_i` by constants, and the hull of several boxes. What they demand of the outputs `Y_j` is not
 * a domain and is left out.
 */
import { checkText, checkWhole } from '../core/arguments.js';
import { InputError } from '../core/errors.js';
import { decimalDown, decimalUp, isDecimal } from './decimal.js';
import type { BoxDomain } from './domain.js';
import { quoted } from './quote.js';
import { type Expression, readExpressions } from './s-expression.js';

export interface ReadBox {
  readonly domain: BoxDomain;
  readonly notices: readonly string[];
}

/** Commands that say nothing about the box. */
const IGNORED = new Set([
  'check-sat',
  'declare-const',
  'declare-fun',
  'exit',
  'get-model',
  'set-info',
  'set-logic',
  'set-option',
]);

const COMPARISONS = new Set(['<=', '>=', '<', '>', '=']);

/**
 * The input box of a `.vnnlib` text for a network with `inputs` inputs; decimals are rounded
 * outwards, strict bounds are taken as closed. Of a disjunction over inputs, several boxes, the hull is
 * taken, with a notice. Throws an `InputError` that names line or variable: for disjunctions inside of
 * disjunctions, bounds that are not constants, and variables without a bound.
 */
export function readVnnlibBox(text: string, inputs: number): ReadBox {
  checkText('text', text);
  checkWhole('inputs', inputs, 1, 2 ** 32);
  const lower = new Float64Array(inputs).fill(Number.NEGATIVE_INFINITY);
  const upper = new Float64Array(inputs).fill(Number.POSITIVE_INFINITY);
  const narrow: TakeBound = (index, low, high) => {
    lower[index] = Math.max(lower[index] as number, low);
    upper[index] = Math.min(upper[index] as number, high);
  };
  let onOutputs = 0;
  const hulls: string[] = [];
  for (const expression of readExpressions(text)) {
    const head = headOf(expression);
    if (head !== undefined && IGNORED.has(head)) continue;
    if (head !== 'assert' || expression.items?.length !== 2) {
      throw unsupported(expression, `${describe(expression)} is not understood`);
    }
    // A work list instead of recursion: `and` may be nested as deeply as the file likes.
    const waiting = [expression.items[1] as Expression];
    for (let term = waiting.pop(); term !== undefined; term = waiting.pop()) {
      const operator = headOf(term);
      const operands = term.items?.slice(1) ?? [];
      // One arm of a disjunction is no choice. Parts are visited before they are searched for names,
      // so that deep nesting costs no more than its length.
      if (operator === 'and' || (operator === 'or' && operands.length === 1)) {
        for (const operand of operands.reverse()) waiting.push(operand);
        continue;
      }
      const { input, output } = mentions(term);
      if (input && operator === 'or') {
        onOutputs += takeHull(operands, inputs, narrow);
        hulls.push(`line ${term.line}: the inputs are in one of ${operands.length} boxes, and`);
      } else if (input) takeBound(term, inputs, narrow);
      else if (output) onOutputs++;
      else throw unsupported(term, `${describe(term)} names no input and no output`);
    }
  }
  checkBox(lower, upper);
  const notices = hulls.map((which) => `${which} the smallest box around them is taken`);
  if (onOutputs > 0) {
    notices.push(`only the input box is used: ${onOutputs} output constraints are ignored`);
  }
  return { domain: { kind: 'box', lower, upper }, notices };
}

type TakeBound = (index: number, lower: number, upper: number) => void;

/** Bounds of one variable in all arms of a disjunction that have some. */
interface ArmBounds {
  arms: number;
  lower: number;
  upper: number;
}

/**
 * The hull of the boxes of a disjunction's arms: a variable is bounded by it if every arm bounds it. Returns
 * how many constraints on outputs there are.
 */
function takeHull(arms: readonly Expression[], inputs: number, narrow: TakeBound): number {
  const hull = new Map<number, ArmBounds>();
  let onOutputs = 0;
  for (const arm of arms) {
    const box = new Map<number, { lower: number; upper: number }>();
    const waiting = [arm];
    for (let term = waiting.pop(); term !== undefined; term = waiting.pop()) {
      if (headOf(term) === 'and') {
        waiting.push(...(term.items?.slice(1) ?? []));
        continue;
      }
      const { input, output } = mentions(term);
      if (!input && output) onOutputs++;
      else if (headOf(term) === 'or') {
        throw unsupported(term, 'a disjunction over inputs inside of another is no list of boxes');
      } else {
        takeBound(term, inputs, (index, lower, upper) => {
          const known = box.get(index);
          box.set(index, {
            lower: Math.max(lower, known?.lower ?? lower),
            upper: Math.min(upper, known?.upper ?? upper),
          });
        });
      }
    }
    for (const [index, { lower, upper }] of box) {
      const known = hull.get(index);
      hull.set(index, {
        arms: (known?.arms ?? 0) + 1,
        lower: Math.min(lower, known?.lower ?? lower),
        upper: Math.max(upper, known?.upper ?? upper),
      });
    }
  }
  for (const [index, bounds] of hull) {
    if (bounds.arms === arms.length) narrow(index, bounds.lower, bounds.upper);
  }
  return onOutputs;
}

function takeBound(term: Expression, inputs: number, take: TakeBound): void {
  const operator = headOf(term);
  const [left, right] = term.items?.slice(1) ?? [];
  if (
    operator === undefined ||
    !COMPARISONS.has(operator) ||
    left === undefined ||
    right === undefined ||
    term.items?.length !== 3
  ) {
    throw unsupported(term, `${describe(term)} does not bound a single input`);
  }
  const flipped = inputIndex(left) === undefined;
  const index = inputIndex(flipped ? right : left);
  const constant = constantOf(flipped ? left : right);
  if (index === undefined || constant === undefined) {
    throw unsupported(term, `${describe(term)} does not bound a single input by a number`);
  }
  if (index >= inputs) {
    throw new InputError({
      place: `line ${term.line}`,
      problem: `X_${index} is bounded, but the network has ${inputs} inputs`,
      remedy: 'use the property that belongs to this network',
    });
  }
  const smaller = operator.startsWith('<') !== flipped;
  take(
    index,
    operator === '=' || !smaller ? decimalDown(constant) : Number.NEGATIVE_INFINITY,
    operator === '=' || smaller ? decimalUp(constant) : Number.POSITIVE_INFINITY,
  );
}

function checkBox(lower: Float64Array, upper: Float64Array): void {
  for (let index = 0; index < lower.length; index++) {
    const low = lower[index] as number;
    const high = upper[index] as number;
    if (!Number.isFinite(low) || !Number.isFinite(high)) {
      throw new InputError({
        place: `X_${index}`,
        problem: `it has no ${Number.isFinite(low) ? 'upper' : 'lower'} bound`,
        remedy: `assert both (>= X_${index} c) and (<= X_${index} c)`,
      });
    }
    if (low > high) {
      throw new InputError({
        place: `X_${index}`,
        problem: 'its lower bound is above its upper bound',
        remedy: 'a box must not be empty',
      });
    }
  }
}

function headOf(expression: Expression): string | undefined {
  return expression.items?.[0]?.atom;
}

function inputIndex(expression: Expression): number | undefined {
  const digits = /^X_(\d{1,9})$/.exec(expression.atom ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** A decimal, or one negated as SMT-LIB writes it, `(- 0.5)`. */
function constantOf({ atom, items }: Expression): string | undefined {
  if (atom !== undefined) return isDecimal(atom) ? atom : undefined;
  const inner = items?.[1]?.atom;
  if (items?.length !== 2 || items[0]?.atom !== '-' || inner === undefined) return undefined;
  return isDecimal(`-${inner}`) ? `-${inner}` : undefined;
}

/** Whether variables `X...` and `Y...` occur anywhere in the expression. */
function mentions(expression: Expression): { input: boolean; output: boolean } {
  const waiting = [expression];
  let input = false;
  let output = false;
  for (let term = waiting.pop(); term !== undefined; term = waiting.pop()) {
    if (term.atom?.startsWith('X')) input = true;
    if (term.atom?.startsWith('Y')) output = true;
    for (const item of term.items ?? []) waiting.push(item);
  }
  return { input, output };
}

function describe({ atom, items }: Expression): string {
  return quoted(atom ?? `(${(items ?? []).map((item) => item.atom ?? '(...)').join(' ')})`);
}

function unsupported({ line }: Expression, problem: string): InputError {
  return new InputError({
    place: `line ${line}`,
    problem,
    remedy:
      'the box is read from asserts like (<= X_0 0.5), (>= X_0 -0.5) and conjunctions of them',
  });
}
