/** The error bounds of this library, for those who need them at once; pages load this module on demand. */
import { hasMaps } from '../target/network.js';
import { chooseBitsSteps } from './allot-bits.js';
import type { Certifier } from './certifier.js';
import { chooseMapBitsSteps } from './map-bits.js';
import { ownRecertifier } from './own-recertifier.js';
import { fewestSampledBitsSteps } from './sampled.js';

export const ownCertifier: Certifier = {
  ...ownRecertifier,
  chooseBitsSteps: (network, domain, epsilon, options = {}) =>
    hasMaps(network) || options.around !== undefined
      ? chooseMapBitsSteps(network, domain, epsilon, options)
      : chooseBitsSteps(network, domain, epsilon, options),
  fewestSampledBitsSteps,
};
