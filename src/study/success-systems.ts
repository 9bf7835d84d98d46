/** The constructions whose success is measured, in the order of the results. */
import { BASELINE_NAMES } from '../constructions/baselines/index.js';
import { baselineSuccess } from './success-baselines.js';
import { diamondSuccess } from './success-diamond.js';
import { hornerDepthSuccess, hornerWidthSuccess } from './success-horner.js';
import { skipSuccess } from './success-skip.js';
import type { SuccessSystem } from './success-system.js';

export const successSystems: readonly SuccessSystem[] = [
  diamondSuccess,
  hornerWidthSuccess,
  hornerDepthSuccess,
  ...BASELINE_NAMES.map(baselineSuccess),
  ...skipSuccess,
];
