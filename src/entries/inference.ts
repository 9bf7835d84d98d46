/** `unearth/inference`, unstable: engines, one by one, and the writers of exported files. */
export type { LabelledData } from '../data/labelled.js';
export { asLabels, asSamples } from '../data/samples.js';
export { type ExportRequest, exportTicket, type TicketExport } from '../export/export-ticket.js';
export { type ExportedFile, fileBytes } from '../export/exported-file.js';
export { foldedOnnx } from '../export/folded-onnx.js';
export { prunedOnnx } from '../export/pruned-onnx.js';
export type { OutsideReport } from '../inference/domain-monitor.js';
export { ENGINES, type EngineName } from '../inference/engine-names.js';
export type { ErrorReport } from '../inference/error-report.js';
export { exactToNumber, runExact } from '../inference/exact.js';
export {
  type Exactness,
  type FastEngine,
  type FastOptions,
  fastEngine,
} from '../inference/fast/fast-engine.js';
export { threadedFastEngine } from '../inference/fast/thread-task.js';
export { floatEngine } from '../inference/float.js';
export { foldedEngine, runFolded, runFoldedExact } from '../inference/folded.js';
export type {
  EngineReport,
  OpenEngineOptions,
  OpenedEngine,
} from '../inference/open-engine.js';
export { openEngine } from '../inference/open-engine-now.js';
export { compileTicket } from '../inference/pruned-program.js';
export {
  type Trace,
  type TracedLayer,
  type TraceOptions,
  type Tracer,
  trace,
  tracer,
} from '../inference/trace.js';
export { trainedEngine } from '../inference/trained.js';
export { compileTrained } from '../inference/trained-layers.js';
export { type TrainedVerdict, verifyTrained } from '../inference/verify-trained.js';
export { compileBaseline, runWeightedExact, weightedEngine } from '../inference/weighted.js';
