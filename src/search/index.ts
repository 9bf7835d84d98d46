/**
 * The public API of searches, `unearth/search`: apart from the main entry, which pays nothing for it.
 */
export type { LabelledData } from '../data/labelled.js';
export { type Checkpoint, decodeCheckpoint } from './checkpoint.js';
export type { Accuracy, MaskChoice } from './choose-mask.js';
export { type ImportedTicket, type ImportRequest, importTicket } from './import.js';
export { BACKENDS, type Backend } from './network.js';
export { METHOD_NAMES, type MethodName, type SearchOptions, searchOptions } from './options.js';
export { optionsFromJson, optionsJson } from './options-record.js';
export {
  type MakeCheckpoint,
  type SearchHooks,
  type SearchOutcome,
  type SearchTask,
  searchTicket,
} from './search.js';
export { shapeFromJson } from './shape-json.js';
export { type NetworkShape, parseShape, shapeText } from './shape-text.js';
export { parseSweep, type SweepAxes, type SweepRun, sweepRuns } from './sweep.js';
export type { EpochRecord } from './train.js';
