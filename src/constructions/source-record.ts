/** The plans of sources that are written to files, whichever construction they are of. */
import { checkObject, checkOneOf, hasPart } from '../core/arguments.js';
import { recordJson, refuseRecord } from './class-record.js';
import type { HornerPlan } from './horner/plan.js';
import { formatHornerPlan, hornerPlanOfRecord } from './horner/record.js';
import type { MapsPlan } from './maps/plan.js';
import { formatMapsPlan, mapsPlanOfRecord } from './maps/record.js';
import { RECORDED_NAMES } from './names.js';
import type { SkipPlan } from './skip/plan.js';
import { formatSkipPlan, skipPlanOfRecord } from './skip/record.js';

export type RecordedPlan = HornerPlan | SkipPlan | MapsPlan;

/** The text of a source file. */
export function formatPlan(plan: RecordedPlan): string {
  checkObject('plan', plan);
  checkOneOf('plan.construction', plan.construction, RECORDED_NAMES);
  if ('mapsBlocks' in plan) return formatMapsPlan(plan);
  return plan.construction === 'horner' ? formatHornerPlan(plan) : formatSkipPlan(plan);
}

/** Reads what `formatPlan` wrote. Throws an `InputError` that names the place. */
export function parsePlan(text: string): RecordedPlan {
  const json = recordJson(text);
  const construction = hasPart(json, 'construction')
    ? (json as { construction: unknown }).construction
    : '';
  if (hasPart(json, 'maps')) return mapsPlanOfRecord(json);
  if (construction === 'skip') return skipPlanOfRecord(json);
  if (construction === 'horner') return hornerPlanOfRecord(json);
  return refuseRecord('construction', `none of ${RECORDED_NAMES.join(', ')}`);
}
