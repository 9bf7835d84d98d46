/** What the test page imports: the public API, and what makes a network without a file. */
export { denseLayer, evaluateNetwork } from '../../src/entries/precision.js';
export * from '../../src/index.js';
