/**
 * Which tensors of a checkpoint of PyTorch belong to which layer. The public codes name them by module: a layer has
 * `NAME.weight` and `NAME.scores`, its normalisation `NAME.running_mean`, `NAME.running_var` and, with scale and
 * shift, `NAME.weight` and `NAME.bias`. Modules are in the order of their names, numbers by size; in a residual block
 * the shortcut stands between the two convolutions, as it does in a shape, and `fc` or `linear` is last.
 */
import { InputError } from '../core/errors.js';
import { listed } from '../core/listed.js';
import { float16Value } from '../data/float16.js';
import type { Dtype, StoredTensor } from '../ticket/safetensors.js';

export type Tensors = ReadonlyMap<string, StoredTensor>;

export function refuseCheckpoint(place: string, problem: string, remedy: string): never {
  throw new InputError({ place, problem, remedy });
}

/** The names of modules with a tensor of such a name, in the order of layers. */
export function modulesWith(tensors: Tensors, own: string): string[] {
  const end = `.${own}`;
  return [...tensors.keys()]
    .filter((name) => name.endsWith(end))
    .map((name) => name.slice(0, -end.length))
    .sort(byPlace);
}

const SHORTCUT = /^(shortcut|downsample)/;
const LAST = /^(fc|linear|classifier|head)/;

/** Of a part of a name what it is ordered by. */
function placeOf(part: string): readonly [isLast: number, number: number, text: string] {
  if (SHORTCUT.test(part)) return [0, 1.5, part];
  const number = /\d+$/.exec(part)?.[0];
  return [LAST.test(part) ? 1 : 0, number === undefined ? 0 : Number(number), part];
}

function byPlace(first: string, second: string): number {
  const [ones, others] = [first.split('.').map(placeOf), second.split('.').map(placeOf)];
  for (const [index, one] of ones.entries()) {
    const other = others[index];
    if (other === undefined) return 1;
    const difference = one[0] - other[0] || one[1] - other[1];
    if (difference !== 0) return difference;
    if (one[2] !== other[2]) return one[2] < other[2] ? -1 : 1;
  }
  return ones.length - others.length;
}

const READERS: Readonly<Partial<Record<Dtype, (view: DataView, at: number) => number>>> = {
  F16: (view, at) => float16Value(view.getUint16(2 * at, true)),
  BF16: (view, at) => {
    const bits = new DataView(new ArrayBuffer(4));
    bits.setUint32(0, view.getUint16(2 * at, true) * 2 ** 16);
    return bits.getFloat32(0);
  },
  F32: (view, at) => view.getFloat32(4 * at, true),
  F64: (view, at) => view.getFloat64(8 * at, true),
};

/** The numbers of a tensor, which must have so many. Throws an `InputError`. */
export function numbersOf(tensors: Tensors, name: string, count: number): Float64Array {
  const place = `tensor "${name}"`;
  const tensor = tensors.get(name);
  const remedy = "give the state that PyTorch's code has saved, as safetensors";
  if (tensor === undefined) return refuseCheckpoint(place, 'is missing', remedy);
  const read = READERS[tensor.dtype];
  const has = tensor.shape.reduce((product, length) => product * length, 1);
  if (read === undefined || has !== count) {
    const shape = listed(tensor.shape, 'sizes', ', ');
    const kinds = Object.keys(READERS).join(', ');
    return refuseCheckpoint(
      place,
      `${tensor.dtype} [${shape}], not ${count} numbers of ${kinds}`,
      'give the shape of the network that it is of (option "shape"), or its layers in order (option "layers")',
    );
  }
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
  const values = Float64Array.from({ length: count }, (_, at) => read(view, at));
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return values;
  return refuseCheckpoint(place, `number ${bad} is ${values[bad]}`, 'give a whole checkpoint');
}
