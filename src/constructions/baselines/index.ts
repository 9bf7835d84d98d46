/** The other systems of Table 1 by name, in the order of their years. */
import { checkOneOf } from '../../core/arguments.js';
import type { Baseline, BaselineName } from './baseline.js';
import { diffenderfer } from './diffenderfer.js';
import { malach } from './malach.js';
import { orseau } from './orseau.js';
import { pensia } from './pensia.js';

const baselines: Readonly<Record<BaselineName, Baseline>> = {
  malach,
  orseau,
  pensia,
  diffenderfer,
};

export const BASELINE_NAMES: readonly BaselineName[] = [
  'malach',
  'orseau',
  'pensia',
  'diffenderfer',
];

/** The system of that name. Throws a `UsageError` if there is none. */
export function baselineNamed(name: BaselineName): Baseline {
  checkOneOf('system', name, BASELINE_NAMES);
  return baselines[name];
}
