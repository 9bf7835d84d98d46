/** Normalisations as a ticket states them: of a layer two numbers in the metadata, and a tensor of codes. */
import type { JsonValue } from './json.js';
import type { TicketParts } from './kind.js';
import { requireTrue } from './metadata.js';
import { listOf, MAXIMUM_LAYERS } from './schemas.js';
import type { TrainedMaps } from './trained-maps.js';
import {
  codesProblem,
  LARGEST_STEP,
  type LayerNormalization,
  MOST_EXPONENT,
  normalizationName,
  SMALLEST_STEP,
} from './trained-normalization.js';

const PLACE = 'metadata "trained"';

/** Of a layer's normalisation what is not in its tensor; null where there is none. */
type NormalizationRecord = readonly [exponent: number, step: number] | null;

function isNormalization(value: unknown): value is NormalizationRecord {
  if (value === null) return true;
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [exponent, step] = value as readonly unknown[];
  const isExponent = Number.isInteger(exponent) && Math.abs(exponent as number) <= MOST_EXPONENT;
  const isStep = Number.isFinite(step) && (step as number) >= SMALLEST_STEP;
  return isExponent && isStep && (step as number) <= LARGEST_STEP;
}

export const normalizationsSchema = listOf('normalisations', MAXIMUM_LAYERS, isNormalization);

export function normalizationsJson(
  normalizations: readonly (LayerNormalization | null)[],
): JsonValue {
  return normalizations.map((each) => each && [each.exponent, each.step]);
}

/** One for each layer that is normalised, and for no other; undefined where none is. */
export function readNormalizations(
  records: readonly NormalizationRecord[] | undefined,
  maps: TrainedMaps | undefined,
  widths: readonly number[],
  tensor: TicketParts['tensor'],
): (LayerNormalization | null)[] | undefined {
  const wanted = (maps?.layers ?? []).map(({ normalized }) => normalized === true);
  const isAny = wanted.includes(true);
  requireTrue(isAny === (records !== undefined), PLACE, 'maps and normalizations disagree');
  if (records === undefined) return undefined;
  const { length } = records;
  requireTrue(length === wanted.length, PLACE, `${length} normalizations`);
  return records.map((record, index) => {
    const place = `${PLACE}, normalizations`;
    const fits = (record !== null) === wanted[index];
    requireTrue(fits, place, `layer ${index + 1} is normalised in one of both only`);
    if (record === null) return null;
    const stored = tensor(normalizationName(index + 1));
    const problem = codesProblem(stored, widths[index + 1] as number);
    requireTrue(problem === null, `tensor "${stored.name}"`, problem ?? '');
    return { exponent: record[0], step: record[1], codes: stored.data };
  });
}
