/** What a page loads that only checks tickets. */
export { readTicket, verify } from '../../src/index.js';
