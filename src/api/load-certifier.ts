/** Certificates for the requests that need them: in a page, a file of their own that the bundler splits off. */
import type { Certifier, Recertifier } from '../precision/certifier.js';

export async function loadCertifier(isNeeded: boolean): Promise<Certifier | undefined> {
  return isNeeded ? (await import('../precision/own-certifier.js')).ownCertifier : undefined;
}

/** What a proof needs of them. */
export async function loadRecertifier(isNeeded: boolean): Promise<Recertifier | undefined> {
  return isNeeded ? (await import('../precision/own-recertifier.js')).ownRecertifier : undefined;
}
