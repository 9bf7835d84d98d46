/** The error bounds of this library, for those who need them at once; pages load this module on demand. */
import { chooseBitsSteps } from './allot-bits.js';
import { recertifySteps } from './certificate.js';
import type { Certifier } from './certifier.js';
import { paperPlaces, quantizePaperSteps } from './paper.js';

export const ownCertifier: Certifier = {
  chooseBitsSteps,
  recertifySteps,
  paperPlaces,
  quantizePaperSteps,
};
