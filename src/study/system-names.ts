/**
 * The systems that studies measure, by name, without loading one. The failures of skip are counted by a
 * benchmark of their own (`bench/skip-failures.mjs`).
 */
import { BASELINE_NAMES } from '../constructions/baselines/index.js';

export const STUDY_SYSTEM_NAMES: readonly string[] = ['horner', 'diamond', ...BASELINE_NAMES];
