/**
 * Pooling as blocks whose rows hold a few +1 and -1 (theory, section 11): `max(a, b) = a + s(b - a)` of
 * non-negative numbers, pair by pair, and sums two by two; along one axis first where that is possible.
 */
import type { PlaneSize } from '../target/linear-map.js';
import type { Place, Term } from './map-state.js';

/** A number of each channel: the sum of these terms. */
export type Form = readonly Term[];

/** A row for each channel: these terms with their signs. */
export type SignedForm = readonly (Term & { readonly sign: 1 | -1 })[];

/** The rows of one block, one form for every channel of a map, and where the pool goes on from them. */
export interface PoolStep {
  readonly rows: readonly SignedForm[];
  readonly stride: PlaneSize;
  /** What the state's next maps have to be summed to: for each value that is left, its rows. */
  readonly left: readonly (readonly number[])[];
}

function positive(form: Form): SignedForm {
  return form.map((term) => ({ ...term, sign: 1 }));
}

function difference(from: Form, subtracted: Form): SignedForm {
  return [
    ...positive(from),
    ...subtracted.map((term): SignedForm[number] => ({ ...term, sign: -1 })),
  ];
}

/** One layer of a maximum or a sum over values, two by two. */
export function reducePairs(
  values: readonly Form[],
  kind: 'maximum' | 'sum',
): Pick<PoolStep, 'rows' | 'left'> {
  const rows: SignedForm[] = [];
  const left: number[][] = [];
  for (let index = 0; index < values.length; index += 2) {
    const first = values[index] as Form;
    const second = values[index + 1];
    const at = rows.length;
    if (second === undefined) {
      rows.push(positive(first));
      left.push([at]);
    } else if (kind === 'sum') {
      rows.push([...positive(first), ...positive(second)]);
      left.push([at]);
    } else {
      rows.push(positive(first), difference(second, first));
      left.push([at, at + 1]);
    }
  }
  return { rows, left };
}

/** The distances of a kernel's taps along one axis. */
export function tapDistances(kernel: number, dilation: number, before: number): number[] {
  return Array.from({ length: kernel }, (_, tap) => tap * dilation - before);
}

export function shifted(form: Form, by: Place): Form {
  return form.map(({ held, at }) => ({ held, at: { y: at.y + by.y, x: at.x + by.x } }));
}
