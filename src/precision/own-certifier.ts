/** The error bounds of this library, for those who need them at once; pages load this module on demand. */
import { MisfitError } from '../core/errors.js';
import { rescaledNetwork } from '../integer/neuron-scales.js';
import { hasMaps } from '../target/network.js';
import { chooseBitsSteps } from './allot-bits.js';
import { sameBalls } from './balls.js';
import { recertifySteps } from './certificate.js';
import type { Certifier } from './certifier.js';
import { chooseMapBitsSteps } from './map-bits.js';
import { recertifyAroundSteps, recertifyMapsSteps } from './map-claim.js';
import { paperPlaces, quantizePaperSteps } from './paper.js';
import { fewestSampledBitsSteps, sampledFailureSteps } from './sampled.js';

export const ownCertifier: Certifier = {
  chooseBitsSteps: (network, domain, epsilon, options = {}) =>
    hasMaps(network) || options.around !== undefined
      ? chooseMapBitsSteps(network, domain, epsilon, options)
      : chooseBitsSteps(network, domain, epsilon, options),
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
  fewestSampledBitsSteps,
  sampledFailureSteps,
};
