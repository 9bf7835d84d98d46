/**
 * One class for several networks, so that one source holds them all, and each network padded to it:
 * with identity layers where it has fewer layers, with neurons that are 0 where it is narrower, with a
 * carried constant where only others have biases. A padded network is the same function.
 */
import { MisfitError, UsageError } from '../core/errors.js';
import {
  type Domain,
  type InputSign,
  inputSigns,
  inputsOf,
  type Network,
} from '../target/network.js';
import {
  type IntegerMatrix,
  type IntegerNetwork,
  integerMatrix,
  isBig,
} from './integer-network.js';
import {
  checkMember,
  checkNetworkClass,
  layerRange,
  mapsText,
  type NetworkClass,
  networkClassOf,
  rangeBits,
  widerRange,
  withinRange,
} from './network-class.js';
import { firstDifference } from './network-difference.js';
import { needsConstant } from './quantize.js';

export interface ClassMember {
  readonly network: IntegerNetwork;
  readonly inputSigns: readonly InputSign[];
}

/**
 * The smallest class that every member can be padded to. Throws a `UsageError` where inputs or outputs
 * differ in number, or where a network of one layer would need an identity layer for signed inputs. Feature maps
 * are not padded: networks of them share a class where only the free integers differ.
 */
export function joinNetworks(members: readonly ClassMember[]): NetworkClass {
  if (!Array.isArray(members) || members.length === 0) {
    throw new UsageError('members: a class of no networks');
  }
  for (const { network, inputSigns } of members) checkMember(network, inputSigns);
  if (members.some(({ network }) => network.maps !== undefined)) return joinMaps(members);
  const depth = Math.max(...members.map(({ network }) => network.matrices.length));
  const constant = members.some(({ network }) => network.constant);
  const classes = members.map(({ network, inputSigns }) =>
    networkClassOf(align(network, depth, constant, inputSigns), inputSigns),
  );
  const [first] = classes;
  for (const { dimensions } of classes) {
    for (const [what, index] of [
      ['inputs', 0],
      ['outputs', depth],
    ] as const) {
      if (dimensions[index] !== first.dimensions[index]) {
        throw new UsageError(
          `one source needs networks of as many ${what}, not ${first.dimensions[index]} and ${dimensions[index]}`,
        );
      }
    }
  }
  const largest = (lists: readonly (readonly number[])[]): number[] =>
    lists[0].map((_, index) => Math.max(...lists.map((list) => list[index])));
  const ranges = first.bits.map((_, layer) =>
    classes.map((each) => layerRange(each, layer)).reduce(widerRange),
  );
  return {
    dimensions: largest(classes.map(({ dimensions }) => dimensions)),
    constant,
    bits: ranges.map(rangeBits),
    ranges,
    inputSigns: first.inputSigns.map((sign, input) =>
      classes.every(({ inputSigns }) => inputSigns[input] === sign) ? sign : 'signed',
    ),
  };
}

/** The least class of networks of the same feature maps. */
function joinMaps(members: readonly ClassMember[]): NetworkClass {
  const classes = members.map(({ network, inputSigns }) => networkClassOf(network, inputSigns));
  const [first] = classes;
  if (!classes.every((each) => haveSameMaps(each, first))) {
    throw new UsageError(
      `one source for networks of feature maps holds networks that are alike, and these have other ${SHARED}`,
    );
  }
  const ranges = first.bits.map((_, layer) =>
    classes.map((each) => layerRange(each, layer)).reduce(widerRange),
  );
  return { ...first, bits: ranges.map(rangeBits), ranges };
}

/**
 * The network as a member of a class that holds it: the same function, with the class's dimensions.
 * Throws a `UsageError` that says what does not fit.
 */
export function padToClass(
  network: IntegerNetwork,
  inputSigns: readonly InputSign[],
  networkClass: NetworkClass,
): IntegerNetwork {
  checkMember(network, inputSigns);
  checkNetworkClass(networkClass);
  const { dimensions, constant, bits, maps } = networkClass;
  if (maps !== undefined || network.maps !== undefined) {
    return memberOfMaps(network, inputSigns, networkClass);
  }
  const depth = bits.length;
  const refuse = (problem: string): never => {
    throw new UsageError(`the network is not in the class of this source: ${problem}`);
  };
  if (network.matrices.length > depth) {
    refuse(`it has ${network.matrices.length} layers, the class ${depth}`);
  }
  if (network.constant && !constant) refuse('it has biases, the class none');
  const aligned = align(network, depth, constant, inputSigns);
  const own = networkClassOf(aligned, inputSigns);
  own.dimensions.forEach((width, layer) => {
    const most = dimensions[layer];
    const fixed = layer === 0 || layer === depth;
    if (fixed ? width !== most : width > most) {
      refuse(`layer ${layer} has ${width} neurons, the class ${most}`);
    }
  });
  own.bits.forEach((length, layer) => {
    if (length > bits[layer]) {
      refuse(`layer ${layer + 1} has integers of ${length} bits, the class ${bits[layer]}`);
    }
    const [range, allowed] = [layerRange(own, layer), layerRange(networkClass, layer)];
    if (withinRange(range, allowed)) return;
    const [what, most] =
      range.entries > allowed.entries
        ? ['weights', allowed.entries]
        : ['a carried constant', allowed.unit];
    refuse(`layer ${layer + 1} has ${what} beyond ${most}, the largest of the class`);
  });
  inputSigns.forEach((sign, input) => {
    const allowed = networkClass.inputSigns[input];
    if (allowed !== 'signed' && allowed !== sign) {
      refuse(`its input ${input} is ${sign}, that of the class ${allowed}`);
    }
  });
  return widened(aligned, dimensions);
}

/** The network filled up to these dimensions. Throws a `UsageError` where it has more than one of them. */
function widened(network: IntegerNetwork, dimensions: readonly number[]): IntegerNetwork {
  const { matrices, constant } = network;
  matrices.forEach(({ rows, columns }, layer) => {
    const carried = constant ? 1 : 0;
    const carriedRow = layer === matrices.length - 1 ? 0 : carried;
    if (columns - carried > dimensions[layer] || rows - carriedRow > dimensions[layer + 1]) {
      throw new UsageError(`the network is not that narrow in layer ${layer + 1}`);
    }
  });
  return {
    ...network,
    matrices: matrices.map((matrix, layer) =>
      padMatrix(
        matrix,
        constant,
        dimensions[layer],
        dimensions[layer + 1],
        layer === matrices.length - 1,
      ),
    ),
  };
}

/** The network itself, if it is of the class. */
function memberOfMaps(
  network: IntegerNetwork,
  inputSigns: readonly InputSign[],
  networkClass: NetworkClass,
): IntegerNetwork {
  const refuse = (problem: string): never => {
    throw new UsageError(`the network is not in the class of this source: ${problem}`);
  };
  if (String(inputSigns) !== String(networkClass.inputSigns)) {
    refuse('its inputs have other signs');
  }
  const own = networkClassOf(network, inputSigns);
  if (!haveSameMaps(own, networkClass)) {
    refuse(`it has other ${SHARED}`);
  }
  own.bits.forEach((_, block) => {
    const [range, allowed] = [layerRange(own, block), layerRange(networkClass, block)];
    if (withinRange(range, allowed)) return;
    const [what, most] =
      range.entries > allowed.entries
        ? ['weights', allowed.entries]
        : ['a carried constant', allowed.unit];
    refuse(`block ${block + 1} has ${what} beyond ${most}, the largest of the class`);
  });
  return network;
}

/** What networks of feature maps have to have in common. */
const SHARED =
  'layers, kernels, strides or pads, or other fractional bits before maps that are added up';

/** Whether all is the same but the integers that are free. */
function haveSameMaps(first: NetworkClass, second: NetworkClass): boolean {
  return (
    first.constant === second.constant &&
    String(first.dimensions) === String(second.dimensions) &&
    String(first.inputSigns) === String(second.inputSigns) &&
    mapsText(first.maps) === mapsText(second.maps)
  );
}

/**
 * The network that was padded, given the model it is of: the inverse of `padToClass`. Undefined if
 * padding no network of the model's shape gives this one.
 */
export function unpadNetwork(
  padded: IntegerNetwork,
  model: Network,
  signs: readonly InputSign[],
): IntegerNetwork | undefined {
  const constant = padded.constant && needsConstant(model);
  const own = model.layers.length;
  const depth = padded.matrices.length;
  if (own > depth || signs.length !== model.layers[0].inputs) return undefined;
  const indices = model.layers.map((_, layer) => (layer < own - 1 ? layer : depth - 1));
  const carried = padded.constant ? 1 : 0;
  const fits = model.layers.every(({ inputs, outputs }, layer) => {
    const { rows, columns } = padded.matrices[indices[layer]];
    return outputs <= rows - (layer < own - 1 ? carried : 0) && inputs <= columns - carried;
  });
  if (!fits) return undefined;
  // Before anything is built: a ticket of many thin layers is no padding of a wide model.
  const last = model.layers[own - 1];
  const wideEnough = padded.matrices
    .slice(own - 1, depth - 1)
    .every(({ rows, columns }) => rows >= last.inputs && columns >= last.inputs);
  if (!wideEnough) return undefined;
  const matrices = model.layers.map(({ inputs, outputs }, layer) => {
    const matrix = padded.matrices[indices[layer]];
    const constantRow = constant && layer < own - 1 ? 1 : 0;
    const columns = inputs + (constant ? 1 : 0);
    if (matrix.rows === outputs + constantRow && matrix.columns === columns) return matrix;
    // The constant's row and column are the last ones of the padded matrix.
    return rearranged(matrix, outputs + constantRow, columns, (row, column) => {
      const from = row < outputs ? row : matrix.rows - 1;
      const at = column < inputs ? column : matrix.columns - 1;
      return from * matrix.columns + at;
    });
  });
  const unpadded = {
    ...padded,
    constant,
    matrices,
    fractionalPlaces: indices.map((layer) => padded.fractionalPlaces[layer]),
  };
  if (matrices.every((matrix, layer) => matrix === padded.matrices[layer]) && own === depth) {
    return padded;
  }
  try {
    // Where it fits, it is in the class of what it is compared with if it equals that.
    const dimensions = padded.matrices.map(({ columns }) => columns - carried);
    const again = widened(align(unpadded, depth, padded.constant, signs), [
      ...dimensions,
      padded.matrices[depth - 1].rows,
    ]);
    return firstDifference(again, padded) === null ? unpadded : undefined;
  } catch (error) {
    if (error instanceof UsageError || error instanceof MisfitError) return undefined;
    throw error;
  }
}

/**
 * The model's own integers in those of a ticket, which are padded where its source is for several
 * networks; the network as it is if it is no padding of one of the model's shape.
 */
export function withoutPadding(
  network: IntegerNetwork,
  model: Network,
  domain: Domain,
): IntegerNetwork {
  if (network.maps !== undefined) return network;
  const signs = inputSigns(domain, inputsOf(model.layers));
  return unpadNetwork(network, model, signs) ?? network;
}

/** Adds the constant and identity layers; widths stay the network's own. */
function align(
  network: IntegerNetwork,
  depth: number,
  constant: boolean,
  inputSigns: readonly InputSign[],
): IntegerNetwork {
  const { scale } = network;
  const own = network.matrices.length;
  const missing = depth - own;
  if (missing > 0 && own === 1 && inputSigns.some((sign) => sign !== 'nonnegative')) {
    throw new UsageError(
      'a network of one layer can share a source with deeper ones only if its inputs are non-negative',
    );
  }
  const carried = constant && !network.constant;
  const matrices = network.matrices.map((matrix, layer) =>
    carried
      ? withConstant(
          matrix,
          layer === own - 1 ? null : BigInt(scale.base) ** BigInt(network.fractionalPlaces[layer]),
        )
      : matrix,
  );
  const last = matrices[own - 1];
  const identity = missing > 0 ? identityMatrix(last.columns) : last;
  const identities = new Array<IntegerMatrix>(missing).fill(identity);
  return {
    ...network,
    constant,
    matrices: [...matrices.slice(0, -1), ...identities, last],
    fractionalPlaces: [
      ...network.fractionalPlaces.slice(0, -1),
      ...identities.map(() => 0),
      network.fractionalPlaces[own - 1],
    ],
  };
}

function identityMatrix(width: number): IntegerMatrix {
  const values = new Float64Array(width * width);
  for (let index = 0; index < width; index++) values[index * width + index] = 1;
  return { rows: width, columns: width, values };
}

/** A matrix whose entry (row, column) is that of `from` at the index given, or 0 where it is -1. */
function rearranged(
  from: IntegerMatrix,
  rows: number,
  columns: number,
  index: (row: number, column: number) => number,
): IntegerMatrix {
  const { values } = from;
  if (isBig(values)) {
    return buildMatrix(rows, columns, (row, column) => {
      const at = index(row, column);
      return at < 0 ? 0n : values[at];
    });
  }
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = index(row, column);
      if (at >= 0) result[row * columns + column] = values[at];
    }
  }
  return { rows, columns, values: result };
}

/** Builds a matrix entry by entry. */
function buildMatrix(
  rows: number,
  columns: number,
  entry: (row: number, column: number) => bigint,
): IntegerMatrix {
  const entries: bigint[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) entries.push(entry(row, column));
  }
  return integerMatrix(rows, columns, entries);
}

/** A column of zeros for the constant and, unless in the last layer, its row `(0, .., 0, unit)`. */
function withConstant(matrix: IntegerMatrix, unit: bigint | null): IntegerMatrix {
  const { rows, columns } = matrix;
  const wider = (from: IntegerMatrix) =>
    rearranged(from, rows + (unit === null ? 0 : 1), columns + 1, (row, column) =>
      row === rows || column === columns ? -1 : row * columns + column,
    );
  const result = wider(matrix);
  if (unit === null) return result;
  if (isBig(result.values) || unit > 2n ** 53n) {
    const values = Array.from(result.values, BigInt);
    values[values.length - 1] = unit;
    return integerMatrix(result.rows, result.columns, values);
  }
  result.values[result.values.length - 1] = Number(unit);
  return result;
}

/** Zero rows and columns up to the class's width, in front of the constant's. */
function padMatrix(
  matrix: IntegerMatrix,
  constant: boolean,
  inputs: number,
  outputs: number,
  last: boolean,
): IntegerMatrix {
  const carried = constant ? 1 : 0;
  const carriedRow = last ? 0 : carried;
  const ownInputs = matrix.columns - carried;
  const ownOutputs = matrix.rows - carriedRow;
  if (ownInputs === inputs && ownOutputs === outputs) return matrix;
  /** Index in the own matrix, or -1 for padding. */
  const from = (index: number, own: number, padded: number): number =>
    index < own ? index : index >= padded ? own + index - padded : -1;
  return rearranged(matrix, outputs + carriedRow, inputs + carried, (row, column) => {
    const ownRow = from(row, ownOutputs, outputs);
    const ownColumn = from(column, ownInputs, inputs);
    return ownRow < 0 || ownColumn < 0 ? -1 : ownRow * matrix.columns + ownColumn;
  });
}
