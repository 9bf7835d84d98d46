/** Integer networks compared: where two differ, and one over fewer places. */
import type { MapBlock } from './block-maps.js';
import {
  type IntegerMatrix,
  type IntegerNetwork,
  integerMatrix,
  isBig,
} from './integer-network.js';

/**
 * The same values over fewer places: each layer that has more than `places[i]`, and whose integers are
 * all multiples of the power of two that is too much, divided by it. Others stay as they are.
 */
export function withFewerPlaces(
  network: IntegerNetwork,
  places: readonly number[],
): IntegerNetwork {
  const { matrices, fractionalPlaces, scale } = network;
  if (scale.base !== 2 || places.length !== matrices.length) return network;
  const divided = matrices.map((matrix, index) => {
    const drop = fractionalPlaces[index] - places[index];
    const values = drop > 0 ? dividedExactly(matrix.values, drop) : undefined;
    return values === undefined
      ? { matrix, places: fractionalPlaces[index] }
      : { matrix: { ...matrix, values }, places: places[index] };
  });
  if (divided.every(({ matrix }, index) => matrix === matrices[index])) return network;
  return {
    ...network,
    matrices: divided.map(({ matrix }) => matrix),
    fractionalPlaces: divided.map((layer) => layer.places),
    scale: { ...scale, exponent: divided.reduce((sum, layer) => sum + layer.places, 0) },
  };
}

/** All values over `2^drop`; undefined unless they are multiples of it. */
function dividedExactly(
  values: IntegerMatrix['values'],
  drop: number,
): IntegerMatrix['values'] | undefined {
  if (isBig(values)) {
    const low = (1n << BigInt(drop)) - 1n;
    if (!values.every((value) => (value & low) === 0n)) return undefined;
    return integerMatrix(
      1,
      values.length,
      values.map((value) => value >> BigInt(drop)),
    ).values;
  }
  // Of integers up to 2^53 only 0 is a multiple of a larger power.
  const unit = drop > 53 ? Number.POSITIVE_INFINITY : 2 ** drop;
  const divided = values.map((value) => value / unit);
  const exact =
    unit === Number.POSITIVE_INFINITY
      ? values.every((value) => value === 0)
      : divided.every(Number.isInteger);
  return exact ? divided : undefined;
}

/** Where two integer networks differ first (layer from 1, row from 0), or null if they are equal. */
export function firstDifference(
  a: IntegerNetwork,
  b: IntegerNetwork,
): { layer: number; row: number; what: string } | null {
  if (a.matrices.length !== b.matrices.length) {
    return { layer: 0, row: 0, what: `${a.matrices.length} layers against ${b.matrices.length}` };
  }
  if (a.constant !== b.constant) return { layer: 1, row: 0, what: 'a constant input in only one' };
  if (mapsText(a) !== mapsText(b)) return { layer: 1, row: 0, what: 'other windows or maps' };
  if (a.activation !== b.activation) {
    return { layer: a.matrices.length, row: 0, what: `${a.activation} against ${b.activation}` };
  }
  for (const [index, left] of a.matrices.entries()) {
    const layer = index + 1;
    const right = b.matrices[index];
    if (left.rows !== right.rows || left.columns !== right.columns) {
      return {
        layer,
        row: 0,
        what: `${left.rows}x${left.columns} against ${right.rows}x${right.columns}`,
      };
    }
    const [leftPlaces, rightPlaces] = [a.fractionalPlaces[index], b.fractionalPlaces[index]];
    if (leftPlaces !== rightPlaces) {
      return { layer, row: 0, what: `${leftPlaces} fractional places against ${rightPlaces}` };
    }
    const mixed = isBig(left.values) !== isBig(right.values);
    for (let entry = 0; entry < left.rows * left.columns; entry++) {
      const [x, y] = [left.values[entry], right.values[entry]];
      if (mixed ? BigInt(x) !== BigInt(y) : x !== y) {
        return { layer, row: Math.floor(entry / left.columns), what: `${x} against ${y}` };
      }
    }
  }
  if (a.scale.base !== b.scale.base || a.scale.exponent !== b.scale.exponent) {
    return { layer: a.matrices.length, row: 0, what: 'the scale of the output differs' };
  }
  return null;
}

function mapsText({ maps }: IntegerNetwork): string {
  return maps === undefined ? '' : JSON.stringify([maps.input, maps.blocks.map(blockText)]);
}

/** A block's maps in one order of parts. */
function blockText({ window, form }: MapBlock): unknown {
  const parts = (values: object): unknown => Object.entries(values).sort();
  return [
    parts(form),
    window && [
      ...[window.input, window.kernel, window.stride, window.pads, window.dilation].map(parts),
      window.columns.map(({ channels, taps }) => [channels, taps]),
    ],
  ];
}
