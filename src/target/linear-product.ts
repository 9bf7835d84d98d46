/**
 * Exact products of matrices in all their forms. What is mostly zeros is multiplied entry by entry
 * (Gustavson, ACM Trans. Math. Softw. 4, 1978), so that it costs what it holds.
 */
import {
  EXPANSION_LENGTH,
  type ExactArray,
  exactArray,
  exactBuilder,
  gatherExact,
  isMild,
  storeDyadicDot,
  storeMildDot,
  storeProduct,
} from './exact-array.js';
import { dotCost, entryCost } from './exact-cost.js';
import {
  type Coordinates,
  checkMade,
  countNonzero,
  denseOf,
  type Linear,
  rowsOfEntries,
  type SizedLinear,
  type SparseRows,
  selectLinearRows,
  sparseOf,
  storedEntries,
  withEntries,
} from './linear.js';

/** The matrix of `x -> outer(inner(x))`. Throws an `ExactRangeError` if it is too large to be made. */
export function composeLinear(outer: SizedLinear, inner: SizedLinear): Linear {
  switch (wayOf(outer, inner)) {
    case 'outer':
      return outer.linear;
    case 'select':
      return selectAndScale(outer, inner);
    case 'move':
      return { kind: 'dense', matrix: moveColumns(outer, inner) };
    case 'dense':
      return { kind: 'dense', matrix: multiplyDense(outer, inner) };
    case 'sparse': {
      const { inputs } = inner;
      const { outputs } = outer;
      const linear = multiplySparse(sparseOf(outer), sparseOf(inner), inputs);
      // A matrix with few zeros is smaller, and quicker to use, with all its entries.
      if (2 * linear.columns.length <= outputs * inputs) return linear;
      return { kind: 'dense', matrix: denseOf({ inputs, outputs, linear }) };
    }
  }
}

/** Float operations that a product costs, roughly, and the matrix entries that it makes. */
export function productCost(
  outer: SizedLinear,
  inner: SizedLinear,
): { readonly operations: number; readonly entries: number } {
  const stored = (map: SizedLinear): number => storedEntries(map.linear)?.values.length ?? 0;
  const scan = stored(outer) + stored(inner);
  const size = outer.outputs * inner.inputs;
  const entriesOf = ({ linear }: SizedLinear): ExactArray => storedEntries(linear) ?? NO_ENTRIES;
  const [left, right] = [entriesOf(outer), entriesOf(inner)];
  switch (wayOf(outer, inner)) {
    case 'outer':
      return { operations: scan, entries: 0 };
    case 'select': {
      const made = inner.linear.kind === 'dense' ? size : selectedEntries(outer, inner);
      return { operations: scan + entryCost(left, right) * made, entries: made };
    }
    case 'move':
      return { operations: scan + entryCost(left, right) * size, entries: size };
    case 'dense': {
      const { term, sum } = dotCost(left, right);
      return { operations: scan + size * (outer.inputs * term + sum), entries: size };
    }
    case 'sparse': {
      const terms = countTerms(outer, inner);
      const made = Math.min(terms, size);
      const { term, sum } = dotCost(left, right);
      return { operations: scan + terms * (80 + term) + made * sum, entries: 3 * terms + 2 * made };
    }
  }
}

const NO_ENTRIES = exactArray(new Float64Array(0));

type Way = 'outer' | 'select' | 'move' | 'dense' | 'sparse';

function wayOf(outer: SizedLinear, inner: SizedLinear): Way {
  if (inner.linear.kind === 'coordinates') {
    const { factor, order } = inner.linear;
    if (factor === undefined && order === undefined && inner.inputs === inner.outputs) {
      return 'outer';
    }
    if (outer.linear.kind === 'dense' && isPermutation(order, inner.inputs)) return 'move';
  }
  if (outer.linear.kind === 'coordinates') return 'select';
  return isMostlyFull(outer) && isMostlyFull(inner) ? 'dense' : 'sparse';
}

function isMostlyFull(map: SizedLinear): boolean {
  return 4 * countNonzero(map) > map.inputs * map.outputs;
}

function isPermutation(order: Int32Array | undefined, inputs: number): boolean {
  if (order === undefined) return true;
  return order.length === inputs && new Set(order).size === inputs;
}

/** How many stored entries the rows have that a choice of coordinates takes. */
function selectedEntries({ linear, outputs }: SizedLinear, inner: SizedLinear): number {
  if (linear.kind !== 'coordinates' || inner.linear.kind !== 'sparse') return outputs;
  const { starts } = inner.linear;
  let count = 0;
  for (let row = 0; row < outputs; row++) {
    const from = linear.order?.[row] ?? row;
    count += starts[from + 1] - starts[from];
  }
  return count;
}

function countTerms(outer: SizedLinear, inner: SizedLinear): number {
  const right = sparseOf(inner).starts;
  let terms = 0;
  for (const column of sparseOf(outer).columns) terms += right[column + 1] - right[column];
  return terms;
}

function selectAndScale(outer: SizedLinear, inner: SizedLinear): Linear {
  const { factor, order } = outer.linear as Coordinates;
  const rows = order ?? Int32Array.from({ length: outer.outputs }, (_, row) => row);
  const linear = selectLinearRows(inner, rows);
  return factor === undefined
    ? linear
    : scaleLinear({ ...outer, inputs: inner.inputs, linear }, factor);
}

/** Every row times its factor. */
export function scaleLinear(map: SizedLinear, factor: ExactArray): Linear {
  const entries = storedEntries(map.linear);
  if (entries === undefined) return { ...map.linear, factor } as Coordinates;
  const rowOf = rowsOfEntries(map);
  const product = exactBuilder(entries.values.length);
  for (let index = 0; index < product.values.length; index++) {
    storeProduct(product, index, entries, index, factor, rowOf(index));
  }
  return withEntries(map.linear, product);
}

/** A full matrix after a permutation of its inputs with a factor each. */
function moveColumns(outer: SizedLinear, inner: SizedLinear): ExactArray {
  const { outputs: rows, inputs: columns } = outer;
  const entries = denseOf(outer);
  const { factor, order } = inner.linear as Coordinates;
  const moved = exactBuilder(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = row * columns + column;
      const to = row * columns + (order?.[column] ?? column);
      if (factor !== undefined) {
        storeProduct(moved, to, entries, from, factor, column);
      } else {
        moved.values[to] = entries.values[from];
        const exact = entries.exact.get(from);
        if (exact !== undefined) moved.exact.set(to, exact);
      }
    }
  }
  return moved;
}

function multiplyDense(outer: SizedLinear, inner: SizedLinear): ExactArray {
  const left = denseOf(outer);
  const right = denseOf(inner);
  const rows = outer.outputs;
  const length = outer.inputs;
  const width = inner.inputs;
  checkMade(rows * width, 'a product');
  const product = exactBuilder(rows * width);
  const mild = isMild(left) && isMild(right);
  const column = new Float64Array(length);
  const components = new Float64Array(EXPANSION_LENGTH);
  for (let j = 0; j < width; j++) {
    if (mild) for (let k = 0; k < length; k++) column[k] = right.values[k * width + j];
    for (let row = 0; row < rows; row++) {
      const index = row * width + j;
      if (mild) storeMildDot(product, index, left.values, row * length, column, components);
      else storeDyadicDot(product, index, left, row * length, right, j, width, length);
    }
  }
  return product;
}

function multiplySparse(left: SparseRows, right: SparseRows, width: number): SparseRows {
  const rows = left.starts.length - 1;
  let most = 0;
  for (const k of left.columns) most += right.starts[k + 1] - right.starts[k];
  checkMade(most, 'a product');
  const sums = exactBuilder(most);
  const columns = new Int32Array(most);
  const starts = new Int32Array(rows + 1);
  const mild = isMild(left.entries) && isMild(right.entries);
  const components = new Float64Array(EXPANSION_LENGTH);
  // Of the row that is made: for each column its last term, and for each term the one before it.
  const last = new Int32Array(width).fill(-1);
  const before: number[] = [];
  const lefts: number[] = [];
  const rights: number[] = [];
  let made = 0;
  for (let row = 0; row < rows; row++) {
    const touched: number[] = [];
    before.length = 0;
    lefts.length = 0;
    rights.length = 0;
    for (let i = left.starts[row]; i < left.starts[row + 1]; i++) {
      const k = left.columns[i];
      for (let j = right.starts[k]; j < right.starts[k + 1]; j++) {
        const column = right.columns[j];
        if (last[column] < 0) touched.push(column);
        before.push(last[column]);
        lefts.push(i);
        rights.push(j);
        last[column] = before.length - 1;
      }
    }
    touched.sort((a, b) => a - b);
    for (const column of touched) {
      const terms: number[] = [];
      for (let term = last[column]; term >= 0; term = before[term]) terms.push(term);
      last[column] = -1;
      const [only] = terms;
      if (terms.length === 1) {
        storeProduct(sums, made, left.entries, lefts[only], right.entries, rights[only]);
      } else {
        const a = gatherExact(
          left.entries,
          Int32Array.from(terms, (term) => lefts[term]),
        );
        const b = gatherExact(
          right.entries,
          Int32Array.from(terms, (term) => rights[term]),
        );
        if (mild) storeMildDot(sums, made, a.values, 0, b.values, components);
        else storeDyadicDot(sums, made, a, 0, b, 0, 1, terms.length);
      }
      if (sums.values[made] === 0 && !sums.exact.has(made)) continue;
      columns[made++] = column;
    }
    starts[row + 1] = made;
  }
  return {
    kind: 'sparse',
    starts,
    columns: columns.slice(0, made),
    entries: { values: sums.values.slice(0, made), exact: sums.exact },
  };
}
