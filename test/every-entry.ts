/** All that users can import but from `unearth` itself and `unearth/search`, whose verbs are asynchronous. */
export { InputError, MisfitError, UsageError } from '../src/core/errors.js';
export * from '../src/entries/constructions.js';
export * from '../src/entries/figures.js';
export * from '../src/entries/inference.js';
export * from '../src/entries/precision.js';
export * from '../src/entries/study.js';
