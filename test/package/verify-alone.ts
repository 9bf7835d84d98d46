/** What a page loads that only checks constructed tickets. */
export { verifyTicket } from '../../src/proof/verify.js';
export { readTicket } from '../../src/ticket/read.js';
