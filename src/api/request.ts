/** What `find` and `plan` are asked for, in the words of their options. */
import type { Construction } from '../constructions/construction.js';
import { constructionNamed } from '../constructions/index.js';
import { CONSTRUCTION_NAMES } from '../constructions/names.js';
import { checkObject, checkOneOf, checkPositive, checkWhole } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import type { PrecisionRequest } from '../precision/precision.js';
import { parseDomain } from '../target/domain.js';
import type { Domain, Network } from '../target/network.js';
import type { ModelRecord } from '../ticket/ticket.js';
import type { Model } from './read-model.js';

export interface Request {
  /** Certifies `|f - f^| <= epsilon` on the domain, with the fewest bits that provably suffice. */
  readonly epsilon?: number;
  /** Rounds every layer to so many fractional bits, and promises nothing. Default: nothing is rounded. */
  readonly bits?: number;
  /** A domain, or `box:lo,hi`, `ball:r` or `all`; default the model's own, of ONNX files `all`. */
  readonly domain?: Domain | string;
  /** `horner` (the default) or `diamond`, the paper's. */
  readonly construction?: 'horner' | 'diamond';
  /** Probability, over the seed, with which the source may lack the network; default 1e-6. */
  readonly delta?: number;
}

/** A request complete with its defaults. */
export interface CheckedRequest {
  readonly network: Network;
  readonly record: ModelRecord | undefined;
  readonly domain: Domain;
  readonly construction: Construction;
  readonly precision: PrecisionRequest;
  readonly delta: number;
}

/** Throws a `UsageError` that names the option. What the network and the domain are is checked later. */
export function checkRequest(model: Model, request: Request): CheckedRequest {
  checkObject('model', model);
  checkObject('model.network', model.network);
  checkObject('options', request);
  const { network, name, sha256 } = model;
  const { construction = 'horner', delta = 1e-6, domain = network.domain } = request;
  checkOneOf('construction', construction, CONSTRUCTION_NAMES);
  const inputs = network.layers?.[0]?.inputs;
  return {
    network,
    record: sha256 === undefined ? undefined : { name: name ?? 'model', sha256 },
    domain: typeof domain === 'string' ? parseDomain(domain, inputs ?? 0) : domain,
    construction: constructionNamed(construction) as Construction,
    precision: precisionOf(request),
    delta,
  };
}

function precisionOf({ epsilon, bits }: Request): PrecisionRequest {
  if (epsilon !== undefined && bits !== undefined) {
    throw new UsageError('options "epsilon" and "bits" exclude each other');
  }
  if (epsilon !== undefined) {
    checkPositive('epsilon', epsilon);
    return { mode: 'certified', epsilon };
  }
  if (bits === undefined) return { mode: 'lossless' };
  checkWhole('bits', bits, 0, 1074);
  return { mode: 'bits', bits };
}
