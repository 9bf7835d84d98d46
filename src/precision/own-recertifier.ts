/** What a proof needs of the error bounds, and no search for bits; pages load this module on demand. */
import { MisfitError } from '../core/errors.js';
import { rescaledNetwork } from '../integer/neuron-scales.js';
import { hasMaps } from '../target/network.js';
import { sameBalls } from './balls.js';
import { recertifySteps } from './certificate.js';
import type { Recertifier } from './certifier.js';
import { recertifyAroundSteps, recertifyMapsSteps } from './map-claim.js';
import { paperPlaces, quantizePaperSteps } from './paper.js';
import { sampledFailureSteps } from './sampled.js';

export const ownRecertifier: Recertifier = {
  recertifySteps(network, integers, domain, claim, options = {}) {
    const { around, ...rest } = options;
    if (!sameBalls(around, claim.around)) {
      throw new MisfitError('the inputs around which the error was certified are not those given');
    }
    if (hasMaps(network)) return recertifyMapsSteps(network, integers, domain, claim, options);
    const { scales } = claim;
    const own = scales === undefined ? network : rescaledNetwork(network, scales);
    if (around === undefined) return recertifySteps(own, integers, domain, claim, rest);
    return recertifyAroundSteps(own, integers, domain, claim, { ...rest, around });
  },
  paperPlaces,
  quantizePaperSteps,
  sampledFailureSteps,
};
