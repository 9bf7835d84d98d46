/** The systems that studies measure, by name, without loading one. */
import { BASELINE_NAMES } from '../constructions/baselines/index.js';

export const STUDY_SYSTEM_NAMES: readonly string[] = [
  'horner',
  'diamond',
  ...BASELINE_NAMES,
  'skip',
];
