/** A model from a file's bytes, told by content: ONNX or .nnet. */
import { checkBytes, oneOf } from '../core/arguments.js';
import { InputError, withFileName } from '../core/errors.js';
import { fileKind, KIND_HEAD_BYTES, refuseOtherKinds } from '../core/file-kinds.js';
import { checkOptions, FUNCTION, MEMORY, type OptionKinds } from '../core/options.js';
import { sha256Hex } from '../core/sha256.js';
import { readNnet } from '../target/nnet.js';
import { readOnnx } from '../target/onnx/read-onnx.js';
import { type Model, NAME } from './model.js';

/** A model that was read, with remarks about all that reading rounded, cut off or ignored. */
export interface ReadModel extends Required<Model> {
  readonly notices: readonly string[];
}

export interface ReadModelOptions {
  /** The name that tickets record, and that errors begin with; default `model`. */
  readonly name?: string;
  /** Bytes of an external data file beside an ONNX model, by its path there; without it there are none. */
  readonly readExternal?: (path: string) => Uint8Array;
  /** Most bytes of memory that reading may take; default 2 GiB. */
  readonly memory?: number;
  /**
   * To what weights of feature maps are rounded that have no exact value: `file`, the default, is float32 unless
   * the model computes in float64.
   */
  readonly rounding?: 'file' | 'float64';
}

const OPTIONS: OptionKinds<ReadModelOptions> = {
  name: NAME,
  readExternal: FUNCTION,
  memory: MEMORY,
  rounding: oneOf(['file', 'float64']),
};

/**
 * Reads an ONNX file or a .nnet text, whichever the bytes are. The inputs of an ONNX model are one flat
 * list, row-major, at batch size 1. Packed bytes (gzip) are refused: who reads a file unpacks it, as
 * `readModelFile` of `unearth/node` does. Throws an `InputError` that names the node, tensor, line or byte, and a `UsageError` for options
 * that make no sense.
 */
export function readModel(bytes: Uint8Array, options: ReadModelOptions = {}): ReadModel {
  checkBytes('bytes', bytes);
  checkOptions('readModel', options, OPTIONS);
  const { name = 'model', readExternal, memory, rounding } = options;
  const reading = {
    ...(readExternal && { readExternal: (path: string) => bytesOf(readExternal(path)) }),
    ...(memory !== undefined && { memory }),
    ...(rounding !== undefined && { rounding }),
  };
  const { network, notices } = withFileName(name, () => {
    if (isNnet(bytes)) return readNnet(new TextDecoder().decode(bytes));
    if (fileKind(bytes.subarray(0, KIND_HEAD_BYTES))?.name !== 'onnx') refuseAsModel(bytes);
    return readOnnx(bytes, reading);
  });
  return { network, notices, name, sha256: sha256Hex(bytes) };
}

/** What a callback gave: a promise of bytes would come too late. */
function bytesOf(external: Uint8Array): Uint8Array {
  checkBytes('what option "readExternal" returned', external);
  return external;
}

/** A .nnet text starts with comments or digits. */
function isNnet(bytes: Uint8Array): boolean {
  const head = new TextDecoder().decode(bytes.subarray(0, KIND_HEAD_BYTES));
  return /^\s*(\/\/|\d+\s*,)/.test(head);
}

function refuseAsModel(bytes: Uint8Array): void {
  refuseOtherKinds(bytes.subarray(0, KIND_HEAD_BYTES), [], 'a model (ONNX or .nnet)');
  // The tag of its IR version, which other writers may follow by what `fileKind` does not know.
  if (bytes[0] === 0x08) return;
  throw new InputError({
    place: 'byte 0',
    problem: 'neither ONNX nor .nnet',
    remedy: 'give the bytes of an .onnx or .nnet file',
  });
}
