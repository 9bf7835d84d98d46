/**
 * The public API: a dozen verbs and every type that they use. It runs in Node and in browsers. What goes
 * on inside is exported by subpaths (`unearth/constructions`, `/precision`, `/inference`, `/search`,
 * `/study`, `/figures`, and `/node` for files and threads), which may change between minor versions.
 */
export type { Around } from './api/around.js';
export { type ExportOptions, exportTicket } from './api/export.js';
export {
  type FailedSeed,
  type FindOptions,
  type FoundTicket,
  find,
  type NoTicket,
  type WrittenTicket,
} from './api/find.js';
export type { Model } from './api/model.js';
export { type OpenOptions, type OpenTicket, open, type SampleValues } from './api/open.js';
export { type PlanOptions, plan, type SourcePlan } from './api/plan.js';
export { type ReadModel, type ReadModelOptions, readModel } from './api/read-model.js';
export type { Request } from './api/request.js';
export { rolesOf } from './api/roles-of.js';
export { trace } from './api/trace.js';
export { type VerifyOptions, verify } from './api/verify.js';
export type { Plan, UnmetDemand } from './constructions/construction.js';
export type {
  HornerBlock,
  HornerPlan,
  PlainBlock,
  QuadsBlock,
} from './constructions/horner/plan.js';
export type { Segment } from './constructions/maps/direct.js';
export type { GroupedBlock } from './constructions/maps/grouped.js';
export type { MapsBlock, MapsPlan } from './constructions/maps/plan.js';
export type { ScaleLayer, ScaleSizes } from './constructions/maps/scale.js';
export {
  type LayerPlace,
  type LayerRoles,
  type NeuronLayout,
  type Role,
  type RoleKind,
  roleAt,
} from './constructions/roles.js';
export type { GatheredBlock } from './constructions/skip/gathered.js';
export type { GrownBlock } from './constructions/skip/grown-block.js';
export type { GrowthName } from './constructions/skip/growths.js';
export type { SkipBlock, SkipPlan } from './constructions/skip/plan.js';
export type { Dyadic } from './core/dyadic.js';
export { InputError, MisfitError, UsageError } from './core/errors.js';
export { type Progress, type Signal, STAGES, type Stage, type Watch } from './core/progress.js';
export type { Steps } from './core/steps.js';
export type { Inputs, NamedTask, TaskQueue } from './core/tasks.js';
export type { Threads, ThreadTask } from './core/threads.js';
export type { LabelledData } from './data/labelled.js';
export type { Samples } from './data/samples.js';
export type { TensorData } from './data/tensor.js';
export type { Exactness as ExportExactness } from './export/exactness.js';
export type { ExportForm, ExportFormat, TicketExport } from './export/export-ticket.js';
export type { Compute, ExportedFile } from './export/exported-file.js';
export type { OutsidePlace, OutsideReport } from './inference/domain-monitor.js';
export type { ActualEngine, EngineName } from './inference/engine-names.js';
export type { ErrorReport } from './inference/error-report.js';
export type { ExactValue } from './inference/exact.js';
export type { Exactness } from './inference/fast/number-types.js';
export type { EngineReport, OpenEngineOptions } from './inference/open-engine.js';
export type { SampleLayout } from './inference/sample-layout.js';
export type { Trace, TracedLayer, TraceOptions } from './inference/trace.js';
export type { MeasuredAccuracy, TrainedVerdict } from './inference/verify-trained.js';
export type {
  BlockForm,
  BlockGroups,
  BlockWindow,
  ColumnRun,
  GroupRun,
  IntegerMaps,
  MapBlock,
} from './integer/block-maps.js';
export type { EffectiveWeights } from './integer/effective-network.js';
export type { Coordinate, InputPart, Part } from './integer/input-parts.js';
export type { IntegerMatrix, IntegerNetwork, OutputScale } from './integer/integer-network.js';
export type {
  ClassBlock,
  ClassMaps,
  KnownEntry,
  LayerRange,
  NetworkClass,
} from './integer/network-class.js';
export type { NeuronScales } from './integer/neuron-scales.js';
export type { AnyVerdict, VerdictOn, VerifyAnyOptions } from './pipeline/verify-steps.js';
export type { BallsRecord } from './precision/balls.js';
export type { BoundMethod, CertifiedClaim } from './precision/certificate.js';
export type { CertifiedPrecision, PrecisionRecord } from './precision/precision.js';
export type { SampledRecord } from './precision/sampled-record.js';
export type { GivenSamples, KnownCertificate, ModelToCompare } from './proof/claims.js';
export type { BlockProof } from './proof/propagate.js';
export type { ProofFailure } from './proof/rejection.js';
export type { Relu } from './proof/relu.js';
export { type NeuronRow, rowOf } from './proof/row-of.js';
export type { Verdict } from './proof/verify-steps.js';
export type { RolesOptions, TicketRoles } from './roles/roles-of.js';
export type { UnitDistribution, WeightDistribution } from './source/distributions.js';
export type { DenseMask, LayerMask, SparseMask } from './source/mask.js';
export type { LayerGroup, SourceLayer, SourceShape } from './source/shape.js';
export { exactDecimal } from './target/decimal.js';
export { type BoxDomain, parseDomain, readBoxText } from './target/domain.js';
export { evaluateExactly } from './target/evaluate.js';
export type { ExactArray } from './target/exact-array.js';
export type {
  ConvolutionMap,
  DenseMap,
  FeatureShape,
  LinearMap,
  Pads,
  PlaneSize,
  SimpleMap,
  SumMap,
  Window,
} from './target/linear-map.js';
export { type DenseLayerParts, denseLayer } from './target/make-layers.js';
export type { MaxPooling } from './target/max-pooling.js';
export type {
  Activation,
  Domain,
  InputSign,
  Layer,
  Network,
  Normalization,
  Reading,
} from './target/network.js';
export { type ReadBox, readVnnlibBox } from './target/vnnlib.js';
export type { BaselineTicket } from './ticket/baseline.js';
export type { ConstructedTicket } from './ticket/constructed.js';
export type { TicketBase } from './ticket/kind.js';
export type { Ticket } from './ticket/kinds.js';
export type { MaskEncoding } from './ticket/mask-coding.js';
export type { ModelRecord } from './ticket/model-record.js';
export {
  type ReadTicketOptions,
  readTicket,
  type Stored,
  type StoredMask,
  type StoredTicket,
} from './ticket/read.js';
export type { TargetTicket } from './ticket/target-ticket.js';
export type {
  AccuracyRecord,
  AugmentationRecord,
  Standardization,
  TrainedActivation,
  TrainedTicket,
  TrainingRecord,
} from './ticket/trained.js';
export type { LayerExtras, TrainedMapLayer, TrainedMaps } from './ticket/trained-maps.js';
export type { LayerNormalization } from './ticket/trained-normalization.js';
