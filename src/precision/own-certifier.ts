/** The error bounds of this library, for those who need them at once; pages load this module on demand. */
import { hasMaps } from '../target/network.js';
import { chooseBitsSteps } from './allot-bits.js';
import { recertifySteps } from './certificate.js';
import type { Certifier } from './certifier.js';
import { chooseMapBitsSteps, recertifyMapsSteps } from './map-bits.js';
import { paperPlaces, quantizePaperSteps } from './paper.js';

export const ownCertifier: Certifier = {
  chooseBitsSteps: (network, ...rest) =>
    hasMaps(network) ? chooseMapBitsSteps(network, ...rest) : chooseBitsSteps(network, ...rest),
  recertifySteps: (network, ...rest) =>
    hasMaps(network) ? recertifyMapsSteps(network, ...rest) : recertifySteps(network, ...rest),
  paperPlaces,
  quantizePaperSteps,
};
