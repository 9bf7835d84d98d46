/** The public API: re-exports, nothing else. Browser-safe throughout. */

export { attack } from './attack/attack.js';
export type {
  Baseline,
  BaselineName,
  BaselinePlan,
} from './constructions/baselines/baseline.js';
export { findBaseline } from './constructions/baselines/find-masks.js';
export { BASELINE_NAMES, baselineNamed } from './constructions/baselines/index.js';
export { pensiaExperiment } from './constructions/baselines/pensia-experiment.js';
export { baselineClass, planBaseline } from './constructions/baselines/plan-baseline.js';
export type {
  Construction,
  Finding,
  Plan,
  UnmetDemand,
} from './constructions/construction.js';
export { diamond } from './constructions/diamond/diamond.js';
export { horner } from './constructions/horner/horner.js';
export { formatHornerPlan, parseHornerPlan } from './constructions/horner/record.js';
export {
  type LayerRoles,
  type NeuronLayout,
  type Role,
  type RoleKind,
  roleAt,
} from './constructions/roles.js';
export { concatenate } from './core/concatenate.js';
export type { Dyadic } from './core/dyadic.js';
export { InputError, MisfitError, UsageError } from './core/errors.js';
export { type FileKind, type FileKindName, fileKind } from './core/file-kinds.js';
export { type Progress, STAGES, type Stage } from './core/progress.js';
export type { LabelledData } from './data/labelled.js';
export { asLabels, asSamples } from './data/samples.js';
export { type ExportRequest, exportTicket, type TicketExport } from './export/export-ticket.js';
export { type ExportedFile, fileBytes } from './export/exported-file.js';
export { foldedOnnx } from './export/folded-onnx.js';
export { prunedOnnx } from './export/pruned-onnx.js';
export { maskHeatMapFigure, ticketHeatMap } from './figures/mask-heat-map.js';
export { paperFigures } from './figures/paper-figures.js';
export { plotFigure } from './figures/plot.js';
export type { OutsideReport } from './inference/domain-monitor.js';
export { ENGINES, type EngineName } from './inference/engine-names.js';
export type { ErrorReport } from './inference/error-report.js';
export { exactToNumber, runExact } from './inference/exact.js';
export {
  type Exactness,
  type FastEngine,
  type FastOptions,
  fastEngine,
} from './inference/fast/fast-engine.js';
export { threadedFastEngine } from './inference/fast/thread-task.js';
export { floatEngine } from './inference/float.js';
export { foldedEngine, runFolded, runFoldedExact } from './inference/folded.js';
export {
  type EngineReport,
  type OpenEngineOptions,
  type OpenedEngine,
  openEngine,
} from './inference/open-engine.js';
export { compileTicket } from './inference/pruned-program.js';
export {
  type Trace,
  type TracedLayer,
  type TraceOptions,
  type Tracer,
  trace,
  tracer,
} from './inference/trace.js';
export { compileTrained, trainedEngine } from './inference/trained.js';
export { type TrainedVerdict, verifyTrained } from './inference/verify-trained.js';
export { compileBaseline, runWeightedExact, weightedEngine } from './inference/weighted.js';
export type { Coordinate, InputPart, Part } from './integer/input-parts.js';
export type { IntegerMatrix, IntegerNetwork } from './integer/integer-network.js';
export { joinNetworks, padToClass } from './integer/join-networks.js';
export { type NetworkClass, networkClassOf } from './integer/network-class.js';
export { quantize, quantizeLossless, quantizeToBits } from './integer/quantize.js';
export { compareSystem, SYSTEMS, sharedPrecision } from './pipeline/compare.js';
export { countingBound, findTicket } from './pipeline/find.js';
export { findBaselineTicket } from './pipeline/find-baseline.js';
export { chooseBits, quantizeAs } from './precision/allot-bits.js';
export { certify, recertify } from './precision/certificate.js';
export { certifyClassification } from './precision/classification.js';
export { applyPrecision, type PrecisionRequest } from './precision/precision.js';
export { propagate } from './proof/propagate.js';
export { type NeuronRow, rowOf } from './proof/row-of.js';
export { type Verdict, verifyTicket } from './proof/verify.js';
export { verifyBaselineTicket } from './proof/verify-baseline.js';
export { type RolesOptions, rolesOf, type TicketRoles } from './roles/roles-of.js';
export type { LayerMask } from './source/mask.js';
export {
  blockEndsOf,
  layeredShape,
  type SourceLayer,
  type SourceShape,
  sourceWeights,
  widthsOf,
} from './source/shape.js';
export { createSource, GENERATOR, type Source } from './source/source.js';
export { expressivityStudy } from './study/expressivity.js';
export { fitSizes, sizeStudy } from './study/size.js';
export { checkSuccess, successStudy } from './study/success.js';
export { universalityStudy } from './study/universality.js';
export { exactDecimal } from './target/decimal.js';
export { parseDomain, readBoxText } from './target/domain.js';
export { evaluateExactly, evaluateNetwork } from './target/evaluate.js';
export { type DenseLayerParts, denseLayer } from './target/make-layers.js';
export type { Activation, Domain, InputSign, Layer, Network } from './target/network.js';
export { readNnet } from './target/nnet.js';
export { readOnnx } from './target/onnx/read-onnx.js';
export { readVnnlibBox } from './target/vnnlib.js';
export { isTicket } from './ticket/file-head.js';
export { ticketOfKind } from './ticket/kinds.js';
export { readTicket } from './ticket/read.js';
export type { BaselineTicket, ConstructedTicket, Ticket, TrainedTicket } from './ticket/ticket.js';
export { createTicketWriter } from './ticket/write.js';
