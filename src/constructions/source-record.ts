/** The plans of sources that are written to files, whichever construction they are of. */
import { checkObject, checkOneOf } from '../core/arguments.js';
import { recordJson, refuseRecord } from './class-record.js';
import type { HornerPlan } from './horner/plan.js';
import { formatHornerPlan, hornerPlanOfRecord } from './horner/record.js';
import { RECORDED_NAMES } from './names.js';
import type { SkipPlan } from './skip/plan.js';
import { formatSkipPlan, skipPlanOfRecord } from './skip/record.js';

export type RecordedPlan = HornerPlan | SkipPlan;

/** The text of a source file. */
export function formatPlan(plan: RecordedPlan): string {
  checkObject('plan', plan);
  checkOneOf('plan.construction', plan.construction, RECORDED_NAMES);
  return plan.construction === 'horner' ? formatHornerPlan(plan) : formatSkipPlan(plan);
}

/** Reads what `formatPlan` wrote. Throws an `InputError` that names the place. */
export function parsePlan(text: string): RecordedPlan {
  const json = recordJson(text);
  const construction =
    typeof json === 'object' && json !== null && 'construction' in json ? json.construction : '';
  if (construction === 'skip') return skipPlanOfRecord(json);
  if (construction === 'horner') return hornerPlanOfRecord(json);
  return refuseRecord('construction', `none of ${RECORDED_NAMES.join(', ')}`);
}
