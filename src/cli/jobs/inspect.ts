/** What a model or a ticket contains, in the worker: for programs and in words. */

import { fileKind, KIND_HEAD_BYTES } from '../../core/file-kinds.js';
import { matrixBits } from '../../integer/network-class.js';
import { recordPlaces } from '../../precision/precision.js';
import { shapeText } from '../../search/shape-text.js';
import {
  blockEndsOf,
  depthOf,
  maskSizes,
  readsBeyondLayered,
  sourceWeights,
  widthsOf,
} from '../../source/shape.js';
import { dimensions, hasMaps, inputShapeOf, parameterCount } from '../../target/network.js';
import { shapeOf } from '../../ticket/kinds.js';
import { ticketEntropyBits } from '../../ticket/mask-entropy.js';
import type { StoredTicket } from '../../ticket/read.js';
import { type ChannelMaps, channelMaps } from '../../ticket/trained-normalization.js';
import { readHead } from '../files/open-file.js';
import { describeDomain } from '../files/read-domain.js';
import { type ModelFile, readModel } from '../files/read-model.js';
import { readTicketFile } from '../files/read-ticket.js';
import * as format from '../text/format.js';
import { describeDistribution, modelRows, ticketRows } from '../text/inspect-words.js';
import { describeMapLayers } from '../text/map-words.js';

export interface InspectJobOptions {
  readonly file: string;
  readonly memory: number;
}

export interface InspectJobResult {
  /** `inspect --json`. */
  readonly report: Readonly<Record<string, unknown>>;
  /** The same for people: a heading and what belongs to it. */
  readonly rows: readonly (readonly string[])[];
}

export function inspectJob({ file, memory }: InspectJobOptions): InspectJobResult {
  const kind = fileKind(readHead(file, KIND_HEAD_BYTES))?.name;
  if (kind === 'ticket' || kind === 'safetensors') {
    const ticket = readTicketFile(file, { memory });
    return { report: reportTicket(file, ticket), rows: ticketRows(file, ticket) };
  }
  const model = readModel(file, { memory });
  return { report: reportModel(file, model), rows: modelRows(file, model) };
}

function reportModel(file: string, { network, notices, sha256, format: kind }: ModelFile) {
  return {
    kind: 'model',
    format: kind,
    path: file,
    sha256,
    dimensions: dimensions(network),
    ...(hasMaps(network) && {
      maps: {
        input: inputShapeOf(network),
        channelsLast: network.channelsLast !== undefined,
        layers: describeMapLayers(network),
      },
    }),
    parameters: parameterCount(network),
    outputActivation: network.layers[network.layers.length - 1].activation,
    domain: describeDomain(network.domain),
    normalization: network.normalization !== undefined,
    losslessFractionalBits: recordPlaces(network, { mode: 'lossless' }),
    reading: network.reading ?? null,
    notices,
  };
}

function reportTrained(file: string, ticket: Extract<StoredTicket, { kind: 'trained' }>) {
  const { widths, maps, kept, storedMasks, standardization, training, accuracy } = ticket;
  const shape = shapeOf(ticket);
  const sizes = maskSizes(shape);
  return {
    kind: ticket.kind,
    path: file,
    method: training.method,
    seed: ticket.seed.toString(),
    widths: widths.join('-'),
    ...(maps && { maps: shapeText({ widths, maps }) }),
    weights: ticket.weights,
    ...(ticket.signs && { signs: 'stored' }),
    activation: ticket.activation,
    scales: ticket.scales,
    ...(ticket.normalizations && {
      normalizations: ticket.normalizations.map((each) => each && rangesOf(channelMaps(each))),
    }),
    standardization: {
      mean: format.runs(Array.from(standardization.mean, String)),
      deviation: format.runs(Array.from(standardization.deviation, String)),
    },
    sourceWeights: sourceWeights(shape).toString(),
    kept: kept.reduce((sum, count) => sum + count, 0).toString(),
    keptOfLayers: kept.map((count, index) => count / (sizes[index].inputs * sizes[index].outputs)),
    maskBytes: storedMasks.reduce((sum, { bytes }) => sum + bytes, 0),
    maskEntropyBytes: Math.ceil(ticketEntropyBits(sizes, kept) / 8),
    training,
    accuracy: accuracy ?? null,
    probes: ticket.probeOutputs.length / widths[widths.length - 1],
  };
}

/** The least and largest factor and shift of a layer's channels. */
function rangesOf({ factors, shifts }: ChannelMaps) {
  const range = (values: Float64Array): [number, number] => [
    values.reduce((first, second) => Math.min(first, second), Number.POSITIVE_INFINITY),
    values.reduce((first, second) => Math.max(first, second), Number.NEGATIVE_INFINITY),
  ];
  return { channels: factors.length, factors: range(factors), shifts: range(shifts) };
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
    reading: ticket.reading ?? null,
    domain: describeDomain(ticket.domain),
    precision: ticket.precision,
  };
}

/** Its source and masks. */
function source({ shape, kept, storedMasks }: FoundTicket) {
  const reads = readsBeyondLayered(shape);
  return {
    layers: depthOf(shape),
    widths: format.runs(widthsOf(shape)),
    blockEnds: blockEndsOf(shape),
    ...(reads && { reads }),
    sourceWeights: sourceWeights(shape).toString(),
    kept: kept.reduce((sum, count) => sum + BigInt(count), 0n).toString(),
    maskBytes: storedMasks.reduce((sum, { bytes }) => sum + bytes, 0),
    maskEncodings: format.runs(storedMasks.map(({ encoding }) => encoding)),
  };
}

function reportBaseline(file: string, ticket: Extract<StoredTicket, { kind: 'baseline' }>) {
  const { distributions, effective } = ticket;
  return {
    ...common(file, ticket),
    weights: format.runs(distributions.map((each) => describeDistribution(each))),
    scaleExponents: effective.scaleExponents,
    outputActivation: effective.activation,
    ...source(ticket),
  };
}

function reportTicket(file: string, ticket: StoredTicket) {
  if (ticket.kind === 'trained') return reportTrained(file, ticket);
  if (ticket.kind === 'baseline') return reportBaseline(file, ticket);
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
