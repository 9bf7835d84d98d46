/** All studies by name: what a thread that only gets a name and a point needs. */
import type { Schema } from '../core/schema.js';
import type { QueueTask } from '../core/tasks.js';
import { z } from '../core/zod.js';
import { type ExpressivityPoint, expressivityStudy } from './expressivity.js';
import { isPlanned } from './planned-points.js';
import { RESULTS_VERSION } from './results.js';
import { type SizePoint, sizeStudy } from './size.js';
import { type JsonRecord, STUDY_NAMES, type StudyName } from './study.js';

import { type SuccessPoint, successStudy } from './success.js';
import { type UniversalityPoint, universalityStudy } from './universality.js';

export { STUDY_NAMES, type StudyName };

/** The result of one point of the study's own plan. */
export function runPoint(study: StudyName, point: JsonRecord): JsonRecord {
  switch (study) {
    case 'success':
      return successStudy.run(point as SuccessPoint);
    case 'size':
      return sizeStudy.run(point as SizePoint);
    case 'expressivity':
      return expressivityStudy.run(point as ExpressivityPoint);
    case 'universality':
      return universalityStudy.run(point as UniversalityPoint);
  }
}

/** A point of a study as queues are given it. */
export interface StudyTask {
  readonly study: StudyName;
  readonly point: JsonRecord;
}

const STUDIES = {
  success: successStudy,
  size: sizeStudy,
  expressivity: expressivityStudy,
  universality: universalityStudy,
} as const;

/** What a result of the study must be. */
export function resultSchemaOf(study: StudyName): Schema<JsonRecord> {
  return STUDIES[study].resultSchema as Schema<JsonRecord>;
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** `runPoint` for queues. */
export const pointTask: QueueTask<StudyTask, JsonRecord> = {
  name: 'study point',
  version: RESULTS_VERSION,
  inputSchema: z
    .strictObject({
      study: z.enum(STUDY_NAMES),
      point: z.record(z.string(), z.union([scalar, z.array(scalar)])),
    })
    .check(z.refine(isPlanned, 'the point is none of the study')),
  resultSchema: ({ study }) => resultSchemaOf(study),
  // biome-ignore lint/correctness/useYield: a point is one unit.
  *run({ study, point }) {
    return runPoint(study, point);
  },
};
