/** What a page loads that finds, verifies and runs. */
export { find, open, readTicket, verify } from '../../src/index.js';
