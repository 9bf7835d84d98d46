/** What `find` and `plan` are asked for, in the words of their options. */
import { CONSTRUCTION_NAMES } from '../constructions/names.js';
import { hasPart, type Kind, oneOf, POSITIVE, PROBABILITY, whole } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { checkOptions, type OptionKinds } from '../core/options.js';
import type { PrecisionRequest } from '../precision/precision.js';
import { MAXIMUM_WIDTH } from '../source/shape.js';
import { checkDomain } from '../target/check-network.js';
import { parseDomain } from '../target/domain.js';
import type { Domain, Network } from '../target/network.js';
import type { ModelRecord } from '../ticket/ticket.js';
import { checkModel, type Model } from './model.js';

export interface Request {
  /** Certifies `|f - f^| <= epsilon` on the domain, with the fewest bits that provably suffice. */
  readonly epsilon?: number;
  /**
   * With `epsilon`: about how many seconds of two cores the choice of bits may take, counted in steps and not by a
   * clock; more never leads to more bits.
   */
  readonly effort?: number;
  /** Rounds every layer to so many fractional bits, and promises nothing. Default: nothing is rounded. */
  readonly bits?: number;
  /** A domain, or `box:lo,hi`, `ball:r` or `all`; default the model's own, of ONNX files `all`. */
  readonly domain?: Domain | string;
  /**
   * `horner` (the default), in a layered source as the paper has it; `skip`, whose layers also read their
   * block's input; or `diamond`, the paper's own.
   */
  readonly construction?: 'horner' | 'skip' | 'diamond';
  /** Probability, over the seed, with which the source may lack the network; default 1e-6. */
  readonly delta?: number;
}

/** A request complete with its defaults. */
export interface CheckedRequest {
  readonly network: Network;
  readonly record: ModelRecord | undefined;
  readonly domain: Domain;
  readonly construction: (typeof CONSTRUCTION_NAMES)[number];
  readonly precision: PrecisionRequest;
  readonly delta: number;
}

const DOMAIN: Kind = {
  is: (value) => typeof value === 'string' || hasPart(value, 'kind'),
  not: 'no domain',
  remedy: () => 'give { kind: "box", lower, upper } or a text such as "box:0,1"',
};

/** What the options of a request may hold. */
export const REQUEST: OptionKinds<Request> = {
  epsilon: POSITIVE,
  effort: POSITIVE,
  bits: whole(0, 1074),
  domain: DOMAIN,
  construction: oneOf(CONSTRUCTION_NAMES),
  delta: PROBABILITY,
};

/**
 * Throws a `UsageError` that names the argument or the option. `verb` is who is asked, and `kinds` its
 * options; what is wrong with the network is found where the work begins.
 */
export function checkRequest<Options extends Request>(
  verb: string,
  model: Model,
  options: Options,
  kinds: OptionKinds<Options>,
): CheckedRequest {
  checkModel('model', model);
  checkOptions(verb, options, kinds);
  const { network, name = 'model', sha256 } = model;
  const { construction = 'horner', delta = 1e-6 } = options;
  return {
    network,
    record: sha256 === undefined ? undefined : { name, sha256 },
    domain: domainOf(network, options.domain),
    construction,
    precision: precisionOf(options),
    delta,
  };
}

/** The domain that is asked for, of as many coordinates as the network has inputs. */
function domainOf(network: Network, asked: Request['domain']): Domain {
  if (asked === undefined) return network.domain;
  const [first] = Array.isArray(network.layers) ? network.layers : [];
  const inputs: unknown = (first?.kind === 'sum' ? first.parts?.[0] : first)?.inputs;
  // A network without inputs is refused as that, not for its domain.
  if (!whole(1, MAXIMUM_WIDTH).is(inputs)) return network.domain;
  if (typeof asked === 'string') return parseDomain(asked, inputs as number);
  checkDomain(asked, inputs as number, 'option "domain"');
  return asked;
}

function precisionOf({ epsilon, effort, bits }: Request): PrecisionRequest {
  if (epsilon !== undefined && bits !== undefined) {
    throw new UsageError('options "epsilon" and "bits" exclude each other; give one of them');
  }
  if (epsilon !== undefined) {
    return { mode: 'certified', epsilon, ...(effort !== undefined && { effort }) };
  }
  if (effort !== undefined) {
    throw new UsageError('option "effort" is for an error that is certified: give "epsilon" too');
  }
  return bits === undefined ? { mode: 'lossless' } : { mode: 'bits', bits };
}
