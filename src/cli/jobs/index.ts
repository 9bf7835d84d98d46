/** The jobs that run in a worker, by name. Each module is loaded only when its job is asked for. */

import type { ComparedSystem } from '../../pipeline/compare.js';
import type { StoppableContext } from '../workers/job.js';
import type { AttackJobOptions, AttackJobResult } from './attack.js';
import type { CertifyJobOptions, CertifyJobResult } from './certify.js';
import type { ClassesJobOptions, ClassesJobResult } from './classes.js';
import type {
  ComparePrecisionResult,
  CompareStartOptions,
  CompareSystemOptions,
} from './compare.js';
import type { ExportJobOptions, ExportJobResult } from './export.js';
import type { FiguresJobOptions, FiguresJobResult } from './figures.js';
import type { FindJobOptions, FindJobResult } from './find.js';
import type { ImportJobOptions, ImportJobResult } from './import.js';
import type { InspectJobOptions, InspectJobResult } from './inspect.js';
import type { PlanJobOptions, PlanJobResult } from './plan.js';
import type { RunJobOptions, RunJobResult } from './run.js';
import type { SearchJobOptions, SearchNews } from './search.js';
import type { StudyJobOptions, StudyNews } from './study.js';
import type { VerifyJobOptions, VerifyJobResult } from './verify.js';

export interface Jobs {
  find: { options: FindJobOptions; result: FindJobResult };
  verify: { options: VerifyJobOptions; result: VerifyJobResult };
  run: { options: RunJobOptions; result: RunJobResult };
  plan: { options: PlanJobOptions; result: PlanJobResult };
  inspect: { options: InspectJobOptions; result: InspectJobResult };
  attack: { options: AttackJobOptions; result: AttackJobResult };
  study: { options: StudyJobOptions; result: null; news: StudyNews };
  search: { options: SearchJobOptions; result: null; news: SearchNews };
  comparePrecision: { options: CompareStartOptions; result: ComparePrecisionResult };
  compareSystem: { options: CompareSystemOptions; result: ComparedSystem };
  classes: { options: ClassesJobOptions; result: ClassesJobResult };
  certify: { options: CertifyJobOptions; result: CertifyJobResult };
  export: { options: ExportJobOptions; result: ExportJobResult };
  import: { options: ImportJobOptions; result: ImportJobResult };
  figures: { options: FiguresJobOptions; result: FiguresJobResult };
}

/** What a job tells on its way. */
export type NewsOf<Name extends keyof Jobs> = Jobs[Name] extends { news: infer News }
  ? News
  : never;

type Job<Name extends keyof Jobs> = (
  options: Jobs[Name]['options'],
  context: StoppableContext<NewsOf<Name>>,
) => Jobs[Name]['result'] | Promise<Jobs[Name]['result']>;

export const loadJob: { [Name in keyof Jobs]: () => Promise<Job<Name>> } = {
  find: async () => (await import('./find.js')).findJob,
  verify: async () => (await import('./verify.js')).verifyJob,
  run: async () => (await import('./run.js')).runJob,
  plan: async () => (await import('./plan.js')).planJob,
  inspect: async () => (await import('./inspect.js')).inspectJob,
  attack: async () => (await import('./attack.js')).attackJob,
  study: async () => (await import('./study.js')).studyJob,
  search: async () => (await import('./search.js')).searchJob,
  comparePrecision: async () => (await import('./compare.js')).comparePrecisionJob,
  compareSystem: async () => (await import('./compare.js')).compareSystemJob,
  classes: async () => (await import('./classes.js')).classesJob,
  certify: async () => (await import('./certify.js')).certifyJob,
  export: async () => (await import('./export.js')).exportJob,
  import: async () => (await import('./import.js')).importJob,
  figures: async () => (await import('./figures.js')).figuresJob,
};
