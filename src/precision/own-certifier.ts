/** The certificates of this library, for those who need them at once; pages load this module on demand. */
import { chooseBitsSteps } from './allot-bits.js';
import { recertifySteps } from './certificate.js';
import type { Certifier } from './certifier.js';

export const ownCertifier: Certifier = { chooseBitsSteps, recertifySteps };
