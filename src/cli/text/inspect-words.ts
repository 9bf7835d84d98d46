/** `inspect` for people: every line can be read by who never saw a ticket. */

import { listed } from '../../core/listed.js';
import { matrixBits } from '../../integer/network-class.js';
import { recordPlaces } from '../../precision/precision.js';
import { shapeText } from '../../search/shape-text.js';
import type { WeightDistribution } from '../../source/distributions.js';
import {
  blockEndsOf,
  depthOf,
  maskSizes,
  readsBeyondLayered,
  type SourceShape,
  sourceWeights,
  widthsOf,
} from '../../source/shape.js';
import { dimensions, hasMaps, parameterCount } from '../../target/network.js';
import { shapeOf } from '../../ticket/kinds.js';
import type { StoredMask, StoredTicket } from '../../ticket/read.js';
import { inputCount } from '../../ticket/trained-maps.js';
import { describeBalls, describeDomain } from '../files/read-domain.js';
import type { ModelFile } from '../files/read-model.js';
import { bytes, count, counted, grouped, listedRuns, percent } from './format.js';
import { describeMapInputs, describeMapLayers } from './map-words.js';
import { readingRows } from './reading-rows.js';

type Row = readonly [heading: string, text: string];
type TicketOfKind<Kind extends StoredTicket['kind']> = Extract<StoredTicket, { kind: Kind }>;

/** Widths from the inputs to the outputs. */
function describeWidths(widths: readonly number[]): string {
  return listedRuns(widths, 'widths', ' - ');
}

function describeNetwork(widths: readonly number[], activation: string): string {
  const hidden = widths.length - 2;
  const middle = hidden > 0 ? `, ${counted(hidden, 'hidden layer')} with ${activation}` : '';
  const [inputs, outputs] = [widths[0] ?? 0, widths.at(-1) ?? 0];
  return `${counted(inputs, 'input')}${middle}, ${counted(outputs, 'output')}`;
}

function describeOutputs(activation: string): string {
  return activation === 'relu'
    ? 'what the last layer gives after ReLU: never negative'
    : 'what the last layer gives, as it is';
}

/** How the weights of one layer are drawn. */
export function describeDistribution(distribution: WeightDistribution): string {
  switch (distribution.kind) {
    case 'uniform':
      return `uniform on [-1, 1], ${distribution.bits} bits`;
    case 'hyperbolic':
      return `density 1/|w| on 2^${distribution.least} to 2^${distribution.most}`;
    case 'scaled-sign':
      return `+-2^${distribution.exponent}`;
  }
}

export function modelRows(file: string, model: ModelFile): Row[] {
  const { network, notices, sha256, format } = model;
  const widths = dimensions(network);
  const places = recordPlaces(network, { mode: 'lossless' });
  const last = network.layers[network.layers.length - 1];
  return [
    ['model', `${file}: ${format === 'onnx' ? 'an ONNX file' : 'a text in the format .nnet'}`],
    ...(hasMaps(network)
      ? ([
          ['network', `${network.layers.length} layers of feature maps, ReLU`],
          ['inputs', describeMapInputs(network)],
          ['layers', describeMapLayers(network)],
        ] as const)
      : ([
          ['network', describeNetwork(widths, 'ReLU')],
          ['widths', describeWidths(widths)],
        ] as const)),
    ['weights', `${grouped(parameterCount(network))} weights and biases`],
    ['outputs', describeOutputs(last.activation)],
    [
      'domain',
      network.domain.kind === 'all'
        ? 'all inputs: the file states no bounds; --domain gives some'
        : `${describeDomain(network.domain)}, which the file states`,
    ],
    [
      'exact with',
      `${listedRuns(places, 'layers')} binary places after the point in the weights of ${places.length === 1 ? 'its layer' : 'its layers'}`,
    ],
    ...(network.normalization === undefined
      ? []
      : [
          [
            'scaling',
            'the file states how to scale inputs and outputs: that is recorded, and not part of the network',
          ] as const,
        ]),
    ...readingRows(network.reading),
    ...notices.map((notice): Row => ['note', notice]),
    ['SHA-256', sha256],
  ];
}

export function ticketRows(file: string, ticket: StoredTicket): Row[] {
  const rows = ticket.kind === 'trained' ? trainedRows(file, ticket) : foundRows(file, ticket);
  return [
    ...rows,
    [
      'checked',
      `not here: this is what the ticket says of itself; unearth verify ${file} checks it`,
    ],
  ];
}

/** Masks in the file. */
function describeMask(
  edges: bigint,
  kept: readonly number[],
  stored: readonly StoredMask[],
): string {
  const total = kept.reduce((sum, each) => sum + BigInt(each), 0n);
  const size = stored.reduce((sum, each) => sum + each.bytes, 0);
  return `keeps ${count(total)} of ${count(edges)} edges (${percent(Number(total) / Number(edges))}), stored in ${bytes(size)}`;
}

function foundRows(file: string, ticket: TicketOfKind<'constructed' | 'baseline'>): Row[] {
  const { shape, model, domain, seed, delta, kept, storedMasks, reading } = ticket;
  const widths = widthsOf(shape);
  const ofMaps = ticket.kind === 'constructed' && ticket.target.maps !== undefined;
  const blockEnds = blockEndsOf(shape);
  const edges = sourceWeights(shape);
  const by = ticket.kind === 'baseline' ? ticket.system : ticket.construction;
  const drawn =
    ticket.kind === 'baseline'
      ? listedRuns(
          ticket.distributions.map((each) => describeDistribution(each)),
          'layers',
        )
      : '+1 or -1';
  return [
    ['ticket', `${file}: a network found inside a random one, by pruning alone`],
    [
      'found',
      model === undefined
        ? 'a network whose file is not recorded'
        : `the network of ${model.name}, whose SHA-256 is ${model.sha256}`,
    ],
    ...readingRows(reading),
    ['domain', `${describeDomain(domain)}: all that is stated is stated for these inputs`],
    ...precisionRows(ticket),
    [
      'source',
      `${count(edges)} random weights, drawn from seed ${grouped(seed)} (${drawn}), in ${counted(depthOf(shape), 'layer')}; planned by ${by} so that a seed fails with a probability of at most ${delta}`,
    ],
    ['widths', describeWidths(widths)],
    [
      'blocks',
      `${counted(blockEnds.length, 'block')}, ${ofMaps ? 'one after another' : 'one for each layer of the network'}; they end with the layers ${listed(blockEnds.map(grouped), 'layers')} of the source`,
    ],
    ...readsRows(shape),
    ['mask', describeMask(edges, kept, storedMasks)],
    [
      'outputs',
      describeOutputs(
        ticket.kind === 'baseline' ? ticket.effective.activation : ticket.target.activation,
      ),
    ],
  ];
}

/** Of a skip source, how its layers read. */
function readsRows(shape: SourceShape): Row[] {
  const reads = readsBeyondLayered(shape);
  if (reads === null) return [];
  const most = reads.reduce((largest, { length }) => Math.max(largest, length), 0);
  const several = reads.filter(({ length }) => length > 1).length;
  return [
    [
      'reads',
      `a skip source: ${counted(several, 'layer')} of ${grouped(reads.length)} read several layers of their block or its input, up to ${grouped(most)} each (with --json, which)`,
    ],
  ];
}

function precisionRows(ticket: TicketOfKind<'constructed' | 'baseline'>): Row[] {
  const { precision } = ticket;
  const error = ((): string => {
    switch (precision.mode) {
      case 'lossless':
        return 'none: the integers are the weights of the network, exactly';
      case 'bits':
        return 'not bounded: the weights were rounded to a number of bits that was asked for';
      case 'paper':
        return `at most ${precision.epsilon}, by the paper's Lemma 2 with ${counted(precision.digits, 'decimal digit')}`;
      case 'certified':
        return `at most ${precision.certified} for every output, certified${precision.around ? ` for inputs ${describeBalls(precision.around)}` : ''}; ${precision.requested} was asked for`;
    }
  })();
  if (ticket.kind === 'baseline') return [['error', error]];
  const { fractionalPlaces, matrices, scale } = ticket.target;
  const places = scale.base === 2 ? 'binary places' : 'decimal places';
  return [
    ['error', error],
    [
      'integers',
      `of ${listedRuns(matrices.map(matrixBits), 'layers')} bits in its layers, ${listedRuns(fractionalPlaces, 'layers')} ${places} of them after the point; outputs are counted in units of ${scale.base}^-${scale.exponent}`,
    ],
  ];
}

function trainedRows(file: string, ticket: TicketOfKind<'trained'>): Row[] {
  const { widths, maps, kept, storedMasks, training, accuracy, seed, weights } = ticket;
  const { activation } = ticket;
  const shape = shapeOf(ticket);
  const edges = sourceWeights(shape);
  const shares = maskSizes(shape).map(({ inputs, outputs }, index) =>
    percent((kept[index] ?? 0) / (inputs * outputs)),
  );
  return [
    ['ticket', `${file}: a mask that was learned over a random network`],
    [
      'network',
      describeNetwork(
        [inputCount(widths, maps), ...widths.slice(1)],
        activation === 'relu' ? 'ReLU' : activation,
      ),
    ],
    ['widths', describeWidths(widths)],
    ...(maps === undefined ? [] : [['maps', shapeText({ widths, maps })] as Row]),
    ...normalizationRows(ticket),
    [
      'source',
      ticket.signs === undefined
        ? `${count(edges)} random weights, drawn from seed ${grouped(seed)} (${weights === 'sign' ? '+1 or -1' : weights})`
        : `${count(edges)} signs, stored in the ticket, a bit each: they are drawn from no seed`,
    ],
    ['mask', describeMask(edges, kept, storedMasks)],
    ['by layer', `${listedRuns(shares, 'layers')} of the edges kept`],
    [
      'learned',
      training.backend === 'imported'
        ? `by ${training.method} elsewhere: imported from a file whose SHA-256 is ${training.data}`
        : `by ${training.method} in ${counted(training.epochs, 'epoch')} of batches of ${grouped(training.batch)}, learning rate ${training.learningRate}`,
    ],
    [
      'accuracy',
      accuracy === undefined
        ? 'not recorded'
        : `${percent(accuracy.correct / accuracy.samples)} (${grouped(accuracy.correct)} of ${grouped(accuracy.samples)} samples of data whose SHA-256 is ${accuracy.data})`,
    ],
    [
      'inputs',
      'raw: each is standardised by a mean and a deviation, which are in the ticket, before the first layer',
    ],
    [
      'probes',
      `the outputs on ${counted(ticket.probeOutputs.length / (widths.at(-1) ?? 1), 'input')} are recorded, for verify to compare`,
    ],
  ];
}

function normalizationRows({ normalizations }: TicketOfKind<'trained'>): Row[] {
  const normalized = (normalizations ?? []).filter((each) => each !== null);
  if (normalized.length === 0) return [];
  const stored = normalized.reduce((sum, { codes }) => sum + codes.length, 0);
  const layers = counted(normalized.length, 'layer');
  const channels = counted(stored / 2, 'channel');
  return [
    [
      'normalised',
      `the sums of ${layers}: each of ${channels} has a factor and a shift, of a byte each, from the running statistics of training`,
    ],
  ];
}
