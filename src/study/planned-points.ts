/**
 * Whether a point is one of its study's own plan, with the seeds that it names: a queue hands out nothing
 * else, so what a stranger asks for costs no more than a study does.
 */
import { z } from '../core/zod.js';
import { DEFAULT_EXPRESSIVITY, expressivityStudy } from './expressivity.js';
import { sizeStudy } from './size.js';
import { type JsonRecord, pointKey, type StudyName } from './study.js';
import { successStudy } from './success.js';
import { universalityStudy } from './universality.js';

/** As the command line allows. */
const seedSchema = z.number().check(z.int(), z.gte(0), z.lte(2 ** 31));
const countSchema = z.number().check(z.int(), z.gte(1), z.lte(1e6));
const targetSchema = z.number().check(z.int(), z.gte(0), z.lt(1e6));

/** Numbers of a point that a plan takes from its options, and what stands for them in the plan of one. */
const FREE: Readonly<Record<StudyName, Readonly<Record<string, typeof seedSchema>>>> = {
  success: { firstSeed: seedSchema, seeds: countSchema },
  size: {},
  expressivity: {},
  universality: { seed: seedSchema, target: targetSchema },
};

function planOfOne(study: StudyName): readonly JsonRecord[] {
  switch (study) {
    case 'success':
      return successStudy.plan({ seeds: 1, firstSeed: 0 });
    case 'size':
      return sizeStudy.plan({});
    case 'expressivity':
      return expressivityStudy.plan(DEFAULT_EXPRESSIVITY);
    case 'universality':
      return universalityStudy.plan({ targets: 1, seed: 0 });
  }
}

/** Points without the numbers that are free in them; some are planned with work. */
const keys = new Map<StudyName, ReadonlySet<string>>();

function keyOf(study: StudyName, point: JsonRecord): string {
  const fixed = Object.entries(point).map(([name, value]) => [
    name,
    Object.hasOwn(FREE[study], name) ? 0 : value,
  ]);
  return pointKey(Object.fromEntries(fixed));
}

export function isPlanned(task: {
  readonly study: StudyName;
  readonly point: JsonRecord;
}): boolean {
  const { study, point } = task;
  for (const [name, schema] of Object.entries(FREE[study])) {
    if (!schema.safeParse(point[name]).success) return false;
  }
  const known = keys.get(study) ?? new Set(planOfOne(study).map((own) => keyOf(study, own)));
  keys.set(study, known);
  return known.has(keyOf(study, point));
}
