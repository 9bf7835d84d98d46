/** Plans of every construction in the worker, for one source that holds all the models. */
import type { Construction, Plan } from '../../constructions/construction.js';
import { constructionNamed } from '../../constructions/index.js';
import { hornerMaps, skipMaps } from '../../constructions/maps/maps.js';
import { isMapsPlan } from '../../constructions/maps/plan.js';
import { CONSTRUCTION_NAMES } from '../../constructions/names.js';
import type { RecordedPlan } from '../../constructions/source-record.js';
import { withFileName } from '../../core/errors.js';
import { CERTIFYING, mostCertificateSteps, mostFindSteps, spendUpTo } from '../../core/limits.js';
import { joinNetworks } from '../../integer/join-networks.js';
import { type NetworkClass, networkClassOf } from '../../integer/network-class.js';
import { provideLowering } from '../../integer/own-lowering.js';
import { signsOf } from '../../integer/source-signs.js';
import { admitCertificate, countingBound, sizeAtPlaces } from '../../pipeline/find-steps.js';
import { choosePrecision } from '../../precision/choose-precision.js';
import { stepsOfEffort } from '../../precision/effort.js';
import type { PrecisionRequest } from '../../precision/precision.js';
import { depthOf, sourceWeights, widthsOf } from '../../source/shape.js';
import { spanningNetwork } from '../../target/architecture/network.js';
import { hasMaps, inputsOf, type Reading } from '../../target/network.js';
import type { Output } from '../files/output-file.js';
import { readArchitectureFile } from '../files/read-architecture.js';
import { readDomain } from '../files/read-domain.js';
import { type ModelFile, readModel } from '../files/read-model.js';
import { writeSourceFile } from '../files/source-file.js';
import { type ExpectedWork, expectedWork } from '../text/expected-work.js';
import { describeMapsBlocks } from '../text/map-words.js';
import type { JobContext } from '../workers/job.js';

export interface PlanJobOptions {
  /** Most bytes of memory that reading the model may take. */
  readonly memory: number;
  readonly models: readonly string[];
  /** In place of models, the file of an architecture; `precision` says of how many bits its weights are. */
  readonly shape?: string;
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
  /** Of feature maps: what each block is, in words. */
  readonly blocks?: readonly string[];
}

export interface PlanJobResult {
  readonly networkClass: NetworkClass;
  /** What reading left out or rounded of each model; null where nothing. */
  readonly readings: readonly (Reading | null)[];
  /** In source weights. */
  readonly countingBound: number;
  readonly plans: readonly PlannedSource[];
  /** Of feature maps. */
  readonly expected?: ExpectedWork;
}

/** What is planned for: a model, or a network whose integers span an architecture's class. */
function readMember(
  file: string,
  { shape, precision, memory }: PlanJobOptions,
): Pick<ModelFile, 'network' | 'notices' | 'fileBytes'> {
  if (file !== shape) return readModel(file, { memory });
  const { bits } = precision as Extract<PrecisionRequest, { mode: 'bits' }>;
  const record = readArchitectureFile(file);
  provideLowering();
  const network = withFileName(file, () => spanningNetwork(record, bits, memory));
  return { network, notices: [], fileBytes: 0 };
}

/** The class that holds every model at the precision asked for. */
function classOf(
  options: PlanJobOptions,
  context: JobContext,
): Pick<PlanJobResult, 'networkClass' | 'readings'> {
  const { models, shape, precision } = options;
  const [first] = CONSTRUCTION_NAMES.map((name) => constructionNamed(name));
  const files = shape === undefined ? models : [shape];
  const members = files.map((file) => {
    const { network, notices, fileBytes } = readMember(file, options);
    for (const remark of notices) context.notice(`${file}: ${remark}`);
    const domain =
      options.domain === undefined
        ? network.domain
        : readDomain(options.domain, inputsOf(network.layers), context.notice);
    const ofMaps = hasMaps(network);
    const signs = signsOf(network, domain);
    const { memory } = options;
    const { target } = withFileName(file, () => {
      if (precision.mode === 'certified') {
        admitCertificate(network, signs, { most: mostFindSteps(fileBytes, memory), memory });
      }
      return choosePrecision(network, precision, domain, {
        onProgress: context.onProgress,
        spend: spendUpTo(
          {
            most:
              mostCertificateSteps(fileBytes, memory) +
              (precision.mode === 'certified' ? stepsOfEffort(precision.effort) : 0),
            memory,
          },
          CERTIFYING,
        ),
        ...(first && !ofMaps && { cost: sizeAtPlaces(first, network, signs) }),
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
    ...(isMapsPlan(plan) && { blocks: describeMapsBlocks(plan) }),
  };
}

/** The construction of this name for the class; none where it does not take feature maps. */
function plannerOf(
  name: (typeof CONSTRUCTION_NAMES)[number],
  { maps }: NetworkClass,
): Construction | undefined {
  if (maps === undefined) return constructionNamed(name) as Construction | undefined;
  return [hornerMaps, skipMaps].find((construction) => construction.name === name);
}

export function planJob(options: PlanJobOptions, context: JobContext): PlanJobResult {
  const { networkClass, readings } = classOf(options, context);
  const bound = countingBound(networkClass);
  const plans: PlannedSource[] = [];
  const total = CONSTRUCTION_NAMES.length;
  context.onProgress({ stage: 'plan', done: 0, total });
  for (const [index, name] of CONSTRUCTION_NAMES.entries()) {
    const plan = plannerOf(name, networkClass)?.plan(networkClass, options.delta);
    if (plan === undefined) continue;
    plans.push(describe(plan, bound));
    if (name === options.sourceOf && options.source !== undefined) {
      writeSourceFile(options.source, plan as RecordedPlan);
    }
    context.onProgress({ stage: 'plan', done: index + 1, total });
  }
  const [ofMaps] = networkClass.maps === undefined ? [] : plans;
  return {
    ...{ networkClass, readings, countingBound: Math.ceil(bound), plans },
    ...(ofMaps && { expected: expectedWork(Number(ofMaps.weights)) }),
  };
}
