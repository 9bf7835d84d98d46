/** `unearth inspect FILE`: what a model or a ticket contains. */
import type { Command } from 'commander';
import { matrixBits } from '../../precision/network-class.js';
import { losslessPlaces } from '../../precision/quantize.js';
import { sourceWeights } from '../../source/source.js';
import type { WeightDistribution } from '../../source/weights.js';
import { dimensions, parameterCount } from '../../target/network.js';
import { isTicket, TICKET_HEAD_BYTES } from '../../ticket/file-head.js';
import { ticketEntropyBits } from '../../ticket/mask-entropy.js';
import type { StoredTicket } from '../../ticket/read.js';
import * as format from '../format.js';
import { readHead } from '../open-file.js';
import { memoryOption } from '../options.js';
import { printJson, printLines } from '../print.js';
import { describeDomain } from '../read-domain.js';
import { readModel } from '../read-model.js';
import { readTicketFile } from '../read-ticket.js';

interface InspectFlags {
  readonly memory: number;
  readonly json?: true;
}

function inspectModel(file: string, memory: number) {
  const { network, notices, sha256, format: kind } = readModel(file, { memory });
  return {
    kind: 'model',
    format: kind,
    path: file,
    sha256,
    dimensions: dimensions(network),
    parameters: parameterCount(network),
    outputActivation: network.layers[network.layers.length - 1].activation,
    domain: describeDomain(network.domain),
    normalization: network.normalization !== undefined,
    losslessFractionalBits: losslessPlaces(network),
    notices,
  };
}

function inspectTrained(file: string, ticket: Extract<StoredTicket, { kind: 'trained' }>) {
  const { widths, kept, storedMasks, standardization, training, accuracy } = ticket;
  const edges = kept.map((_, index) => widths[index] * widths[index + 1]);
  return {
    kind: ticket.kind,
    path: file,
    method: training.method,
    seed: ticket.seed.toString(),
    widths: widths.join('-'),
    weights: ticket.weights,
    activation: ticket.activation,
    scales: ticket.scales,
    standardization: {
      mean: format.runs(Array.from(standardization.mean, String)),
      deviation: format.runs(Array.from(standardization.deviation, String)),
    },
    sourceWeights: edges.reduce((sum, count) => sum + count, 0).toString(),
    kept: kept.reduce((sum, count) => sum + count, 0).toString(),
    keptOfLayers: kept.map((count, index) => count / edges[index]),
    maskBytes: storedMasks.reduce((sum, { bytes }) => sum + bytes, 0),
    maskEntropyBytes: Math.ceil(ticketEntropyBits(widths, kept) / 8),
    training,
    accuracy: accuracy ?? null,
    probes: ticket.probeOutputs.length / widths[widths.length - 1],
  };
}

/** Tickets of a network that was given: found by a construction or by another system. */
type FoundTicket = Exclude<StoredTicket, { kind: 'trained' }>;

/** What these say in the same words. */
function common(file: string, ticket: FoundTicket) {
  return {
    kind: ticket.kind,
    path: file,
    ...(ticket.kind === 'baseline'
      ? { system: ticket.system }
      : { construction: ticket.construction }),
    seed: ticket.seed.toString(),
    delta: ticket.delta,
    model: ticket.model ?? null,
    domain: describeDomain(ticket.domain),
    precision: ticket.precision,
  };
}

/** Its source and masks. */
function source({ shape, kept, storedMasks }: FoundTicket) {
  return {
    layers: shape.widths.length - 1,
    widths: format.runs(shape.widths),
    blockEnds: shape.blockEnds,
    sourceWeights: sourceWeights(shape).toString(),
    kept: kept.reduce((sum, count) => sum + BigInt(count), 0n).toString(),
    maskBytes: storedMasks.reduce((sum, { bytes }) => sum + bytes, 0),
    maskEncodings: format.runs(storedMasks.map(({ encoding }) => encoding)),
  };
}

function inspectBaseline(file: string, ticket: Extract<StoredTicket, { kind: 'baseline' }>) {
  const { distributions, effective } = ticket;
  return {
    ...common(file, ticket),
    weights: format.runs(distributions.map((each) => describeDistribution(each))),
    scaleExponents: effective.scaleExponents,
    outputActivation: effective.activation,
    ...source(ticket),
  };
}

function describeDistribution(distribution: WeightDistribution): string {
  switch (distribution.kind) {
    case 'uniform':
      return `uniform on [-1, 1], ${distribution.bits} bits`;
    case 'hyperbolic':
      return `density 1/|w| on 2^${distribution.least} to 2^${distribution.most}`;
    case 'scaled-sign':
      return `+-2^${distribution.exponent}`;
  }
}

function inspectTicket(file: string, memory: number) {
  const ticket = readTicketFile(file, { memory });
  if (ticket.kind === 'trained') return inspectTrained(file, ticket);
  if (ticket.kind === 'baseline') return inspectBaseline(file, ticket);
  const { target } = ticket;
  return {
    ...common(file, ticket),
    fractionalPlaces: target.fractionalPlaces,
    bits: target.matrices.map(matrixBits),
    scale: `${target.scale.base}^-${target.scale.exponent}`,
    outputActivation: target.activation,
    ...source(ticket),
  };
}

function inspect(file: string, flags: InspectFlags): void {
  const head = readHead(file, TICKET_HEAD_BYTES);
  const report: Record<string, unknown> = isTicket(head)
    ? inspectTicket(file, flags.memory)
    : inspectModel(file, flags.memory);
  if (flags.json) {
    printJson(report);
    return;
  }
  const rows = Object.entries(report).map(([name, value]) => [name, plain(value)]);
  printLines(format.table(rows));
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, part]) => `${name} ${part}`)
      .join(', ');
  }
  return String(value);
}

export function configureInspect(command: Command): void {
  command
    .argument('<file>', 'a model or a ticket')
    .addOption(memoryOption())
    .option('--json', 'print one JSON object')
    .action(inspect);
}
