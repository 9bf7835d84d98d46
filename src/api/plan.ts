/** What a source for a model would be, before any of it is drawn. */
import type { Construction } from '../constructions/construction.js';
import { constructionOf } from '../constructions/maps-on-demand.js';
import { type OptionKinds, WATCH } from '../core/options.js';
import type { Watch } from '../core/progress.js';
import { perform, type Steps } from '../core/steps.js';
import { checkTarget } from '../integer/lowering.js';
import { signsOf } from '../integer/source-signs.js';
import { countingBound, planSource, sizeAtPlaces } from '../pipeline/find-steps.js';
import type { Certifier } from '../precision/certifier.js';
import { choosePrecisionSteps } from '../precision/precision.js';
import { depthOf, sourceWeights, widthsOf } from '../source/shape.js';
import { hasMaps } from '../target/network.js';
import { loadCertifier } from './load-certifier.js';
import { loadConstruction } from './load-construction.js';
import { isOfMaps, loadMapFinding } from './load-maps.js';
import type { Model } from './model.js';
import { type CheckedRequest, checkRequest, REQUEST, type Request } from './request.js';

export interface PlanOptions extends Request, Watch {}

/** The random network that a construction needs. */
export interface SourcePlan {
  readonly construction: string;
  /** Layers. */
  readonly depth: number;
  /** Neurons of each layer, inputs and outputs with them. */
  readonly widths: readonly number[];
  readonly weights: bigint;
  /** Its weights over the counting bound, which no source for all networks of the class can go below. */
  readonly overCountingBound: number;
  /** Upper bound of the probability, over the seed, that it lacks the network. */
  readonly failureBound: number;
}

const OPTIONS: OptionKinds<PlanOptions> = { ...REQUEST, ...WATCH };

/** Plans the source that `find` would draw for the same options. Rejects as `find` does. */
export async function plan(model: Model, options: PlanOptions = {}): Promise<SourcePlan> {
  const request = checkRequest('plan', model, options, OPTIONS);
  const certifier = await loadCertifier(request.precision.mode === 'certified');
  const construction = await loadConstruction(request.construction);
  await loadMapFinding(isOfMaps(request.network));
  return perform(planSteps({ ...request, construction }, certifier), options);
}

/** A request with its construction at hand. */
type LoadedRequest = Omit<CheckedRequest, 'construction'> & { readonly construction: Construction };

function* planSteps(
  { network, domain, construction, precision, delta }: LoadedRequest,
  certifier: Certifier | undefined,
): Steps<SourcePlan> {
  checkTarget(network);
  const ofMaps = hasMaps(network);
  const own = constructionOf(construction, ofMaps);
  const signs = signsOf(network, domain);
  const options = ofMaps ? {} : { cost: sizeAtPlaces(own, network, signs) };
  const { target } = yield* choosePrecisionSteps(network, precision, domain, options, certifier);
  const { shape, failureBound, networkClass } = yield* planSource(own, target, signs, delta);
  const weights = sourceWeights(shape);
  return {
    construction: construction.name,
    depth: depthOf(shape),
    widths: widthsOf(shape),
    weights,
    overCountingBound: Number(weights) / countingBound(networkClass),
    failureBound,
  };
}
