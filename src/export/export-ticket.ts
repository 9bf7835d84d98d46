/**
 * A ticket in a form that other programs run: the live pruned source, the whole one, or the integer
 * network, as ONNX or safetensors, with what its arithmetic is worth stated in the file.
 */
import { check, checkObject, oneOf } from '../core/arguments.js';
import { InputError } from '../core/errors.js';
import type { OptionKinds } from '../core/options.js';
import type { Watch } from '../core/progress.js';
import { complete, type Steps } from '../core/steps.js';
import type { CompileOptions } from '../inference/pruned-program.js';
import type { IntegerNetwork } from '../integer/integer-network.js';
import { decimalRoundedUp } from '../precision/decimal-up.js';
import { readsBeyondLayered } from '../source/shape.js';
import { readingInWords } from '../target/reading.js';
import { checkTicket } from '../ticket/check-ticket.js';
import type { ConstructedTicket } from '../ticket/ticket.js';
import { describeExactness, type Exactness, exactnessOf, FORMATS } from './exactness.js';
import type { Compute, ExportedFile, OnnxText } from './exported-file.js';
import { foldedOnnx } from './folded-onnx.js';
import { boxOfTicket } from './input-box.js';
import { integerLayers } from './integer-layers.js';
import { layerFactors } from './layer-factors.js';
import { liveProgramSteps } from './live-program.js';
import { layoutOfTicket, type MapLayout, readingsJson, weightsShape } from './map-layout.js';
import { type MatrixLayer, matricesSafetensors } from './matrices-safetensors.js';
import { onnxHead } from './onnx-graph.js';
import { liveOnnx } from './pruned-onnx.js';
import { foldedError, prunedError } from './rounding-error.js';
import {
  checkFullReach,
  fullTernaryLayers,
  liveTernaryLayers,
  type TernaryLayer,
} from './ternary-layers.js';
import { foldedRange, prunedRange } from './value-range.js';

export type ExportFormat = 'onnx' | 'safetensors';

/** `live`: neurons on a kept path to an output; `full`: all; `folded`: the integer network. */
export type ExportForm = 'live' | 'full' | 'folded';

export interface ExportRequest {
  readonly format: ExportFormat;
  readonly form: ExportForm;
  /** What an ONNX file computes with; what a statement in a safetensors file is about. */
  readonly compute: Compute;
}

/** What may be asked for. */
export const REQUESTS: OptionKinds<ExportRequest> = {
  format: oneOf(['onnx', 'safetensors']),
  form: oneOf(['live', 'full', 'folded']),
  compute: oneOf(['float', 'double']),
};

export interface TicketExport extends ExportedFile {
  /** A sample as the file takes it: one number, or three of feature maps. */
  readonly inputShape: readonly number[];
  /** Widths of the exported layers, of feature maps their channels, without the constant. */
  readonly widths: readonly number[];
  /** Weights that are not 0; null for the integer network. */
  readonly edges: number | null;
  readonly exactness: Exactness;
}

/** Name and version of the safetensors files' metadata. */
export const FORMAT = 'unearth-export/1';

/** Enough leading bytes for `isExport`. */
export const EXPORT_HEAD_BYTES = 64;

/** Whether a file is an export that this program wrote, from its first `EXPORT_HEAD_BYTES` bytes. */
export function isExport(head: Uint8Array): boolean {
  const text = new TextEncoder().encode(`{"__metadata__":{"format":"${FORMAT}"`);
  return beginsWith(head, onnxHead()) || beginsWith(head.subarray(8), text);
}

function beginsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length >= start.length && start.every((byte, index) => byte === bytes[index]);
}

/** Above this many bytes nothing is exported: protobuf's limit, taken for both formats. */
export const MOST_BYTES = 2 ** 31 - 1;

type Prepared = Omit<TicketExport, 'bytes' | 'parts' | 'inputShape'> & {
  readonly onnx: (text: OnnxText) => ExportedFile;
  readonly layers: readonly MatrixLayer[];
  readonly factors: Float64Array;
  /** What each layer reads, where that is not the one before. */
  readonly reads?: readonly (readonly number[])[] | null;
  /** Of feature maps. */
  readonly layout: MapLayout | undefined;
};

/**
 * Exports a ticket that was proved: the statement on exactness relies on that. Throws an `InputError`
 * if the file would be too large, or if the type cannot hold the values.
 */
export function exportTicket(
  ticket: ConstructedTicket,
  request: ExportRequest,
  { memory, ...watch }: CompileOptions & Watch = {},
): TicketExport {
  return complete(exportTicketSteps(ticket, request, memory), watch);
}

/** The same in steps of stage `compile`, counted in layers. */
export function* exportTicketSteps(
  ticket: ConstructedTicket,
  request: ExportRequest,
  memory?: number,
): Steps<TicketExport> {
  checkObject('request', request);
  const { form, format, compute } = request;
  check('form', form, REQUESTS.form);
  check('format', format, REQUESTS.format);
  check('compute', compute, REQUESTS.compute);
  checkTicket(ticket, 'constructed', 'an export');
  const prepared =
    form === 'folded'
      ? yield* prepareFolded(ticket, compute)
      : yield* preparePruned(ticket, request, memory);
  const { layout, widths, edges, exactness, layers, factors } = prepared;
  const size = layers.reduce(
    (sum, { inputs, outputs, width }) => sum + inputs * outputs * width,
    0,
  );
  if (size > MOST_BYTES) {
    throw new InputError({
      place: `layers up to ${widths.reduce((most, width) => Math.max(most, width), 0)} wide`,
      problem: `their dense matrices take ${size} bytes, more than ${MOST_BYTES}`,
      remedy:
        'export the integer network with option "folded", or find the network with option "construction: horner"',
    });
  }
  const metadata = metadataOf(ticket, request, prepared);
  const description = describe(ticket, request, exactness);
  const file =
    format === 'onnx'
      ? prepared.onnx({
          name: form === 'folded' ? 'integer network' : 'pruned source',
          description,
          metadata,
        })
      : matricesSafetensors(layers, {
          format: FORMAT,
          description,
          ...metadata,
          factors: JSON.stringify([...factors]),
          ...(prepared.reads && { reads: JSON.stringify(prepared.reads) }),
          ...(layout && { maps: readingsJson(layout) }),
        });
  const inputShape = layout === undefined ? [ticket.inputSigns.length] : layout.inputShape;
  return { ...file, inputShape, widths, edges, exactness };
}

function* prepareFolded(ticket: ConstructedTicket, compute: Compute): Steps<Prepared> {
  const { target, domain } = ticket;
  const layers = integerLayers(target, compute);
  const blockEnds = layers.map((_, index) => index + 1);
  const layout = layoutOfTicket(ticket, blockEnds);
  const range = yield* foldedRange(target, boxOfTicket(ticket));
  return {
    layout,
    widths: [ticket.inputSigns.length, ...layers.map(({ outputs }) => outputs)],
    edges: null,
    exactness: yield* exactnessOf(
      range,
      compute,
      domain,
      (type) => foldedError(target, range, type),
      target.scale.base !== 2,
    ),
    onnx: (text) =>
      foldedOnnx(target, { compute, channelsLast: ticket.channelsLast !== undefined, text }),
    layers: layers.map(({ stored, ...layer }, index) => ({
      ...layer,
      ...weightsShape(layer, index, layout),
      dtype: stored.dtype,
      width: stored.bytes,
    })),
    factors: layerFactors({ ...target, blockEnds }),
  };
}

function* preparePruned(
  ticket: ConstructedTicket,
  { form, compute }: ExportRequest,
  memory?: number,
): Steps<Prepared> {
  const { target, domain, assignments } = ticket;
  const program = yield* liveProgramSteps(ticket, memory);
  const reads = readsBeyondLayered(ticket.shape);
  const layout = layoutOfTicket(ticket, program.blockEnds, reads);
  const ternary =
    form === 'full' ? fullTernaryLayers(ticket, layout) : liveTernaryLayers(program, layout);
  const box = boxOfTicket(ticket);
  if (form === 'full') yield* checkFullReach(ticket, box, FORMATS[compute]);
  const range = yield* prunedRange(program, target, assignments, box);
  return {
    layout,
    widths: [ticket.inputSigns.length, ...ternary.map(({ outputs }) => outputs)],
    edges:
      form === 'full'
        ? ticket.kept.reduce((sum, kept) => sum + kept, 0)
        : program.layers.reduce((sum, { edges }) => sum + edges.length, 0),
    exactness: yield* exactnessOf(
      range,
      compute,
      domain,
      (type) => prunedError(program, target, assignments, range, type),
      target.scale.base !== 2,
    ),
    onnx: (text) => liveOnnx(program, { compute, layers: ternary, layout, text }),
    layers: ternary.map((layer, index) => ({
      ...asMatrixLayer(layer),
      ...weightsShape(layer, index, layout),
    })),
    factors: layerFactors(program),
    reads,
  };
}

function asMatrixLayer({ inputs, outputs, weights, bias }: TernaryLayer): MatrixLayer {
  const bytes = (values: Int8Array): Uint8Array => new Uint8Array(values.buffer);
  return {
    inputs,
    outputs,
    dtype: 'I8',
    width: 1,
    weights: (order) => bytes(weights(order)),
    bias: bias === null ? null : () => bytes(bias()),
  };
}

function scaleText({ scale }: IntegerNetwork): string {
  return `${scale.base}^-${scale.exponent}`;
}

function metadataOf(
  ticket: ConstructedTicket,
  { form, compute }: ExportRequest,
  { exactness, widths }: Prepared,
): Record<string, string> {
  const { target, seed, construction, model, normalization, reading } = ticket;
  return {
    'unearth.form': form,
    'unearth.seed': seed.toString(),
    'unearth.construction': construction,
    ...(model && { 'unearth.model': model.name, 'unearth.model_sha256': model.sha256 }),
    'unearth.layers': String(widths.length - 1),
    'unearth.activation': target.activation,
    'unearth.scale': scaleText(target),
    'unearth.compute': compute,
    'unearth.exact_input_places': String(exactness.inputPlaces ?? 'none'),
    'unearth.tolerance': decimalRoundedUp(exactness.tolerance),
    'unearth.normalization': normalization === undefined ? 'none' : 'outside',
    ...(reading && { 'unearth.reading': readingInWords(reading) ?? '' }),
  };
}

function describe(
  { target, model, normalization, reading }: ConstructedTicket,
  { form, compute }: ExportRequest,
  exactness: Exactness,
): string {
  const of = model === undefined ? '' : ` of ${model.name}`;
  const what: Record<ExportForm, string> = {
    live: `The live neurons of a pruned source of +1 and -1 weights, equal to the integer network${of}`,
    full: `A pruned source of +1 and -1 weights, equal to the integer network${of}`,
    folded: `The integer network${of} that a pruned source of +1 and -1 weights is equal to`,
  };
  return [
    `${what[form]}; written by unearth.`,
    `ReLU after every layer but the last, which has ${target.activation}; outputs carry the scale ${scaleText(target)}.`,
    `Arithmetic: ${describeExactness(exactness, compute)}.`,
    ...(normalization === undefined
      ? []
      : [
          "Inputs and outputs are the network's own: the model file's normalisation is not applied.",
        ]),
    ...(reading === undefined ? [] : [`It is not all of the model: ${readingInWords(reading)}.`]),
  ].join(' ');
}
