/**
 * `unearth/constructions`, unstable: sources, constructions and the other systems of Table 1, tickets and
 * their proofs, and whole jobs that run at once.
 */
export type {
  Baseline,
  BaselineName,
  BaselinePlan,
} from '../constructions/baselines/baseline.js';
export { findBaseline } from '../constructions/baselines/find-masks.js';
export { BASELINE_NAMES, baselineNamed } from '../constructions/baselines/index.js';
export { pensiaExperiment } from '../constructions/baselines/pensia-experiment.js';
export { baselineClass, planBaseline } from '../constructions/baselines/plan-baseline.js';
export type {
  Construction,
  Finding,
  Plan,
  UnmetDemand,
} from '../constructions/construction.js';
export { diamond } from '../constructions/diamond/diamond.js';
export { horner } from '../constructions/horner/horner.js';
export { formatHornerPlan, parseHornerPlan } from '../constructions/horner/record.js';
export { hornerMaps, skipMaps } from '../constructions/maps/maps.js';
export {
  type LayerRoles,
  type NeuronLayout,
  type Role,
  type RoleKind,
  roleAt,
} from '../constructions/roles.js';
export { skip } from '../constructions/skip/skip.js';
export { concatenate } from '../core/concatenate.js';
export { type FileKind, type FileKindName, fileKind } from '../core/file-kinds.js';
export { compareSystem, SYSTEMS, sharedPrecision } from '../pipeline/compare.js';
export { findTicket } from '../pipeline/find.js';
export { findBaselineTicket } from '../pipeline/find-baseline.js';
export { countingBound } from '../pipeline/find-steps.js';
export { verifyAny } from '../pipeline/verify.js';
export {
  type ChangedEdge,
  firstDifference,
  type RowDifference,
} from '../proof/first-difference.js';
export { propagate } from '../proof/propagate.js';
export { type NeuronRow, rowOf } from '../proof/row-of.js';
export { type Verdict, verifyTicket } from '../proof/verify.js';
export { verifyBaselineTicket } from '../proof/verify-baseline.js';
export type { RolesOptions, TicketRoles } from '../roles/roles-of.js';
export { rolesOf } from '../roles/roles-of-now.js';
export {
  type ColumnGroup,
  type ColumnPlace,
  columnGroups,
  columnOf,
  placeOf,
} from '../source/columns.js';
export type { LayerMask } from '../source/mask.js';
export { planesOf } from '../source/planes.js';
export {
  blockEndsOf,
  type LayerGroup,
  layeredShape,
  type SourceLayer,
  type SourceShape,
  sourceWeights,
  widthsOf,
} from '../source/shape.js';
export { createSource, GENERATOR, type Source } from '../source/source.js';
export { changeEdges, type SourceEdge } from '../ticket/change-edges.js';
export { isTicket } from '../ticket/file-head.js';
export { ticketOfKind } from '../ticket/kinds.js';
export { readTicket } from '../ticket/read.js';
export type { BaselineTicket, ConstructedTicket, Ticket, TrainedTicket } from '../ticket/ticket.js';
export { createTicketWriter } from '../ticket/write.js';
