/** The main job, done at once. */
import { provideMapFinding } from '../constructions/maps/maps.js';
import type { Watch } from '../core/progress.js';
import { complete } from '../core/steps.js';
import { ownCertifier } from '../precision/own-certifier.js';
import type { Network } from '../target/network.js';
import { type FindOptions, type Found, findTicketSteps, type NotFound } from './find-steps.js';

export type { Found };

/**
 * Finds a network in a random source. Throws as `choosePrecision` and the construction's `plan` do,
 * a `UsageError` where the network does not belong to the class of a plan that was given, and an
 * `InputError` where it would take more steps than it may.
 */
export function findTicket(network: Network, options: FindOptions & Watch): Found | NotFound {
  provideMapFinding();
  return complete(findTicketSteps(network, options, ownCertifier), options);
}
