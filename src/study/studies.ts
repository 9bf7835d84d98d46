/** All studies by name: what a thread that only gets a name and a point needs. */
import type { ThreadTask } from '../core/threads.js';
import { type ExpressivityPoint, expressivityStudy } from './expressivity.js';
import { type SizePoint, sizeStudy } from './size.js';
import type { JsonRecord } from './study.js';
import { type SuccessPoint, successStudy } from './success.js';
import { type UniversalityPoint, universalityStudy } from './universality.js';

export const STUDY_NAMES = ['success', 'size', 'expressivity', 'universality'] as const;
export type StudyName = (typeof STUDY_NAMES)[number];

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

/** A point of a study as threads are given it. */
export interface StudyTask {
  readonly study: StudyName;
  readonly point: JsonRecord;
}

/** `runPoint` for threads. */
export const pointTask: ThreadTask<StudyTask, JsonRecord> = {
  name: 'study point',
  // biome-ignore lint/correctness/useYield: a point is one unit.
  *run({ study, point }) {
    return runPoint(study, point);
  },
};
