/** What is wrong with the maps of an integer network, in words: for callers, tickets and the checker alike. */

import { featureCount } from '../target/planes.js';
import {
  anchorOf,
  type BlockWindow,
  type IntegerMaps,
  outputPlane,
  tapCount,
  windowChannels,
  windowColumns,
} from './block-maps.js';
import type { IntegerMatrix } from './integer-network.js';

/** Positions of a plane times taps of a kernel are no more: where each reads is held, 4 bytes each. */
export const MOST_POSITIONS = 2 ** 26;

/** Numbers of the maps between two blocks, as readers of models take them. */
const MOST_NUMBERS = 2 ** 24;

export interface MapsProblem {
  /** From 0; that of the first block where the input is wrong. */
  readonly block: number;
  readonly problem: string;
}

function isCount(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) < 2 ** 31;
}

function arePlanes(planes: readonly (object | undefined)[], least: number): boolean {
  return planes.every(
    (plane) => plane !== undefined && Object.values(plane).every((value) => isCount(value, least)),
  );
}

/** What stands against a window over a plane, or null. */
function windowProblem(window: BlockWindow, constant: boolean): string | null {
  const { input, kernel, stride, pads, dilation, columns } = window;
  if (!arePlanes([input, kernel, stride, dilation], 1) || !arePlanes([pads], 0)) {
    return 'a window of no whole numbers';
  }
  const taps = tapCount(window);
  const { height, width } = outputPlane(window);
  if (!(height >= 1 && width >= 1)) return 'a kernel that is larger than the padded plane';
  if (!(height * width * taps <= MOST_POSITIONS)) return 'a window of too many taps and positions';
  for (const run of columns) {
    const ascend = run.taps.every((tap, at) => at === 0 || tap > (run.taps[at - 1] as number));
    if (!isCount(run.channels, 1) || !ascend) return 'columns or taps that are out of order';
    if (!run.taps.every((tap) => isCount(tap, 0) && tap < taps))
      return 'columns or taps that are out of order';
  }
  if (constant && anchorOf(window) < 0) {
    return 'no tap inside of the plane at every position, for the constant';
  }
  return null;
}

/** The first block that does not go with the matrices, or null. */
export function mapsProblem(
  { input, blocks }: IntegerMaps,
  matrices: readonly IntegerMatrix[],
  constant: boolean,
): MapsProblem | null {
  if (!arePlanes([input], 1) || !(featureCount(input) <= MOST_NUMBERS)) {
    return { block: 0, problem: 'inputs that are no feature maps' };
  }
  if (blocks.length !== matrices.length) {
    return { block: 0, problem: 'maps of another number of blocks' };
  }
  const carried = constant ? 1 : 0;
  let channels = input.channels;
  let plane = { height: input.height, width: input.width };
  for (const [block, { window, form }] of blocks.entries()) {
    const matrix = matrices[block] as IntegerMatrix;
    const last = block === blocks.length - 1;
    if (window !== undefined) {
      const problem = windowProblem(window, constant);
      if (problem !== null) return { block, problem };
      const { height, width } = window.input;
      if (height !== plane.height || width !== plane.width) {
        return { block, problem: 'a window over another plane' };
      }
      plane = outputPlane(window);
    }
    const read = window === undefined ? channels : windowChannels(window);
    const columns = window === undefined ? channels : windowColumns(window);
    if (read !== channels || matrix.columns !== columns + carried) {
      return { block, problem: `${matrix.columns} columns, not those of its window` };
    }
    const rows = matrix.rows - (last ? 0 : carried);
    if (form.kind === 'free' && !(isCount(form.passed, 0) && form.passed < rows + (last ? 1 : 0))) {
      return { block, problem: `${form.passed} rows handed on of ${rows}` };
    }
    if (!(rows * plane.height * plane.width <= MOST_NUMBERS))
      return { block, problem: 'maps too large' };
    channels = rows;
  }
  return null;
}
