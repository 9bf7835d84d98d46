/**
 * Reader of ONNX files: a feed-forward graph of affine operators and piecewise linear ones becomes a
 * target network, with all constants folded exactly where that is possible and a notice wherever not.
 */

import { checkBytes, oneOf } from '../../core/arguments.js';

import { DEFAULT_MEMORY } from '../../core/limits.js';
import { checkOptions, FUNCTION, MEMORY, type OptionKinds } from '../../core/options.js';

import { checkLayers } from '../check-layers.js';
import { orderedByPlanes } from '../layer-order.js';
import type { Network, ReadNetwork } from '../network.js';
import { type Reading, readingOf } from '../reading.js';
import { decodeModel } from './decode.js';
import { chainOf } from './graph.js';
import { finishLayers } from './layers.js';
import { finishMaps } from './maps/finish.js';
import { TensorProto_DataType as Type } from './onnx_pb.js';
import { type Budget, chargeTo, type Remarks, reportingAs } from './operator.js';
import { type ReadExternal, readOnce } from './read-external.js';
import { type GraphResult, runGraph } from './run-graph.js';
import { knownDimensions } from './symbolic.js';

export interface OnnxOptions {
  /** Gives the bytes of an external data file beside the model; without it there are none. */
  readonly readExternal?: ReadExternal;
  /** Most bytes of memory that reading may take; default 2 GiB. */
  readonly memory?: number;
  /**
   * To what weights of feature maps are rounded that have no exact value, as of BatchNormalization: `file`, the
   * default, is float32 unless the model computes in float64.
   */
  readonly rounding?: 'file' | 'float64';
}

const OPTIONS: OptionKinds<OnnxOptions> = {
  readExternal: FUNCTION,
  memory: MEMORY,
  rounding: oneOf(['file', 'float64']),
};

/** About ten seconds of folding; real models take far below a second. */
const FREE_OPERATIONS = 1e10;
/** A dense matrix of float32 takes some 20 operations for each byte. */
const OPERATIONS_PER_BYTE = 200;
/** Entries made while folding: a quarter gigabyte, and more the larger the file is. */
const FREE_ENTRIES = 2 ** 25;
const ENTRIES_PER_BYTE = 8;
/** Of the memory: a float64 each, of which a third at most are needed at the same time. */
const BYTES_AN_ENTRY = 6;
/** Some hundred megabytes. */
const MOST_OVERRIDES = 4_000_000;

/**
 * The network of an ONNX file's (decompressed) bytes. `d_0` is the number of entries of the input,
 * row-major, at batch size 1; several outputs are taken one after another. Throws an `InputError` that
 * names the node, tensor or byte.
 */
export function readOnnx(bytes: Uint8Array, options: OnnxOptions = {}): ReadNetwork {
  checkBytes('bytes', bytes);
  checkOptions('readOnnx', options, OPTIONS);
  const chain = chainOf(decodeModel(bytes));
  const notices: string[] = [];
  let total = bytes.length;
  const mostEntries = (options.memory ?? DEFAULT_MEMORY) / BYTES_AN_ENTRY;
  const entriesFor = (length: number): number =>
    Math.min(FREE_ENTRIES + ENTRIES_PER_BYTE * length, mostEntries);
  const notice = (remark: string): void => {
    notices.push(remark);
  };
  const budget: Budget = {
    allowed: {
      operations: FREE_OPERATIONS + OPERATIONS_PER_BYTE * bytes.length,
      entries: entriesFor(bytes.length),
      overrides: MOST_OVERRIDES,
    },
    spent: { operations: 0, entries: 0, overrides: 0 },
  };
  // External data is part of the model, and adds to what may be made.
  const readExternal =
    options.readExternal &&
    readOnce(options.readExternal, (length) => {
      budget.allowed.operations += OPERATIONS_PER_BYTE * length;
      budget.allowed.entries += entriesFor(total + length) - entriesFor(total);
      total += length;
    });
  const remarks: Remarks = { leftOut: new Set(), rounded: new Set() };
  const wide = options.rounding === 'float64' || chain.input.type === Type.DOUBLE;
  const bits = wide ? 53 : 24;
  const run = (dims: readonly number[], probing: boolean): GraphResult =>
    runGraph(chain, dims, {
      budget,
      readExternal,
      probing,
      bits,
      notice: (remark) => {
        if (!probing) notice(remark);
      },
      remarks: probing ? { leftOut: new Set(), rounded: new Set() } : remarks,
    });
  const dims = knownDimensions(chain, (probed) => void run(probed, true), notice);
  const network = networkOf(run(dims, false), remarks, bits);
  return { network, notices };
}

function networkOf(result: GraphResult, remarks: Remarks, bits: number): Network {
  const { call, output, hasMaps } = result;
  if (hasMaps || output.kind === 'maps') return networkOfMaps(result, remarks, bits);
  const { leftOut, rounded } = remarks;
  const { layers, rounding } = reportingAs(call, () => finishLayers(output, chargeTo(call)));
  const reading: Reading | undefined = readingOf(
    [...leftOut],
    rounding === undefined ? [] : [...rounded],
    Math.max(rounding?.linear ?? 0, rounding?.bias ?? 0),
  );
  return { layers, domain: { kind: 'all' }, ...(reading && { reading }) };
}

/** Rounded numbers of maps get the bits of the file's own, unless more are asked for. */
function networkOfMaps({ call, output }: GraphResult, remarks: Remarks, bits: number): Network {
  const { layers, change, channelsLast } = reportingAs(call, () => finishMaps(call, output, bits));
  const rounded = change > 0 ? [...remarks.rounded] : [];
  const to = bits < 53 ? 'float32' : 'float64';
  const reading = readingOf([...remarks.leftOut], rounded, change, to);
  const network: Network = {
    ...{ layers, domain: { kind: 'all' } },
    ...(reading && { reading }),
    ...(channelsLast && { channelsLast }),
  };
  checkLayers(network, 'model');
  return orderedByPlanes(network);
}
