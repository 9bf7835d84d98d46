/** Plans of every construction in the worker, for one source that holds all the models. */
import type { Plan } from '../../constructions/construction.js';
import { constructionNamed } from '../../constructions/index.js';
import { CONSTRUCTION_NAMES } from '../../constructions/names.js';
import type { RecordedPlan } from '../../constructions/source-record.js';
import { withFileName } from '../../core/errors.js';
import { CERTIFYING, mostCertificateSteps, mostFindSteps, spendUpTo } from '../../core/limits.js';
import { joinNetworks } from '../../integer/join-networks.js';
import { type NetworkClass, networkClassOf } from '../../integer/network-class.js';
import { admitCertificate, countingBound, sizeAtPlaces } from '../../pipeline/find-steps.js';
import { choosePrecision } from '../../precision/choose-precision.js';
import type { PrecisionRequest } from '../../precision/precision.js';
import { depthOf, sourceWeights, widthsOf } from '../../source/shape.js';
import { inputSigns, type Reading } from '../../target/network.js';
import type { Output } from '../files/output-file.js';
import { readDomain } from '../files/read-domain.js';
import { readFullyConnected } from '../files/read-model.js';
import { writeSourceFile } from '../files/source-file.js';
import type { JobContext } from '../workers/job.js';

export interface PlanJobOptions {
  /** Most bytes of memory that reading the model may take. */
  readonly memory: number;
  readonly models: readonly string[];
  readonly precision: PrecisionRequest;
  readonly domain?: string;
  readonly delta: number;
  /** Where to write whose plan. */
  readonly source?: Output;
  readonly sourceOf: RecordedPlan['construction'];
}

export interface PlannedSource {
  readonly construction: string;
  readonly depth: number;
  readonly widths: readonly number[];
  /** Decimal. */
  readonly weights: string;
  readonly overCountingBound: number;
  readonly failureBound: number;
}

export interface PlanJobResult {
  readonly networkClass: NetworkClass;
  /** What reading left out or rounded of each model; null where nothing. */
  readonly readings: readonly (Reading | null)[];
  /** In source weights. */
  readonly countingBound: number;
  readonly plans: readonly PlannedSource[];
}

/** The class that holds every model at the precision asked for. */
function classOf(
  options: PlanJobOptions,
  context: JobContext,
): Pick<PlanJobResult, 'networkClass' | 'readings'> {
  const { models, precision } = options;
  const [first] = CONSTRUCTION_NAMES.map((name) => constructionNamed(name));
  const members = models.map((file) => {
    const { network, notices, fileBytes } = readFullyConnected(file, { memory: options.memory });
    for (const remark of notices) context.notice(`${file}: ${remark}`);
    const domain =
      options.domain === undefined
        ? network.domain
        : readDomain(options.domain, network.layers[0].inputs, context.notice);
    const signs = inputSigns(domain, network.layers[0].inputs);
    const { memory } = options;
    const { target } = withFileName(file, () => {
      if (precision.mode === 'certified') {
        admitCertificate(network, signs, { most: mostFindSteps(fileBytes, memory), memory });
      }
      return choosePrecision(network, precision, domain, {
        onProgress: context.onProgress,
        spend: spendUpTo({ most: mostCertificateSteps(fileBytes, memory), memory }, CERTIFYING),
        ...(first && { cost: sizeAtPlaces(first, network, signs) }),
      });
    });
    return { network: target, inputSigns: signs, reading: network.reading ?? null };
  });
  const networkClass =
    members.length === 1
      ? networkClassOf(members[0].network, members[0].inputSigns)
      : joinNetworks(members);
  return { networkClass, readings: members.map(({ reading }) => reading) };
}

function describe(plan: Plan, bound: number): PlannedSource {
  const weights = sourceWeights(plan.shape);
  return {
    construction: plan.construction,
    depth: depthOf(plan.shape),
    widths: widthsOf(plan.shape),
    weights: weights.toString(),
    overCountingBound: Number(weights) / bound,
    failureBound: plan.failureBound,
  };
}

export function planJob(options: PlanJobOptions, context: JobContext): PlanJobResult {
  const { networkClass, readings } = classOf(options, context);
  const bound = countingBound(networkClass);
  const plans: PlannedSource[] = [];
  const total = CONSTRUCTION_NAMES.length;
  context.onProgress({ stage: 'plan', done: 0, total });
  for (const [index, name] of CONSTRUCTION_NAMES.entries()) {
    const plan = constructionNamed(name)?.plan(networkClass, options.delta);
    if (plan === undefined) continue;
    plans.push(describe(plan, bound));
    if (name === options.sourceOf && options.source !== undefined) {
      writeSourceFile(options.source, plan as RecordedPlan);
    }
    context.onProgress({ stage: 'plan', done: index + 1, total });
  }
  return { networkClass, readings, countingBound: Math.ceil(bound), plans };
}
