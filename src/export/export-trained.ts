/**
 * A trained ticket's network for other programs: one dense matrix a layer, standardisation folded into
 * the first. With weights of +-1 and one deviation for all inputs the matrices are ternary, int8;
 * elsewhere they are in the type that is computed with.
 */
import { InputError } from '../core/errors.js';
import { listed } from '../core/listed.js';
import { compileTrained } from '../inference/trained-layers.js';
import type { TrainedProgram } from '../inference/trained-program.js';
import { TensorProto_DataType as Type } from '../target/onnx/onnx_pb.js';
import type { TrainedTicket } from '../ticket/trained.js';
import type { MapStage } from '../ticket/trained-maps.js';
import { FORMAT, MOST_BYTES, type TicketExport } from './export-ticket.js';
import { trainedMapsOnnx, trainedMapsSafetensors } from './export-trained-maps.js';
import type { Compute } from './exported-file.js';
import { type MatrixLayer, matricesSafetensors } from './matrices-safetensors.js';
import type { MatrixOrder } from './matrix-order.js';
import { onnxChain } from './onnx-chain.js';
import { COMPUTE_TYPES, computeBytes } from './onnx-graph.js';

export interface TrainedExportRequest {
  readonly format: 'onnx' | 'safetensors';
  readonly compute: Compute;
}

/** A layer `activation(factor (W x + b))` of raw numbers. */
interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** All weights are -1, 0 or 1. */
  readonly ternary: boolean;
  readonly weights: (order: MatrixOrder) => Float64Array;
  readonly bias: readonly number[] | null;
  readonly factor: number;
}

/**
 * Layer t of a program. The first layer's inputs are raw: `(x - m) / d` becomes part of weights and
 * bias, or of the factor where all deviations are equal.
 */
function denseLayer(program: TrainedProgram, t: number): DenseLayer {
  const { offsets, edges, magnitudes, scale, outputs } = program.layers[t - 1];
  const inputs = t === 1 ? program.inputs : program.layers[t - 2].outputs;
  const { mean, deviation } = program.standardization;
  const uniform = deviation.every((value) => value === deviation[0]);
  const divided = t === 1 && !uniform;
  const each = (visit: (row: number, column: number, weight: number) => void): void => {
    for (let row = 0; row < outputs; row++) {
      for (let at = offsets[row]; at < offsets[row + 1]; at++) {
        const column = edges[at] >>> 1;
        const size = (magnitudes === null ? 1 : magnitudes[at]) / (divided ? deviation[column] : 1);
        visit(row, column, (edges[at] & 1) === 0 ? size : -size);
      }
    }
  };
  let bias: number[] | null = null;
  if (t === 1 && mean.some((value) => value !== 0)) {
    const sums = new Array<number>(outputs).fill(0);
    each((row, column, weight) => {
      sums[row] -= weight * mean[column];
    });
    bias = sums;
  }
  return {
    inputs,
    outputs,
    ternary: magnitudes === null && !divided,
    weights(order) {
      const matrix = new Float64Array(inputs * outputs);
      const [rowStep, columnStep] = order === 'outputs-first' ? [inputs, 1] : [1, outputs];
      each((row, column, weight) => {
        matrix[row * rowStep + column * columnStep] = weight;
      });
      return matrix;
    },
    bias,
    factor: t === 1 && uniform ? scale / deviation[0] : scale,
  };
}

/** The matrix in the bytes it is stored in. */
function matrixBytes({ ternary, weights }: DenseLayer, order: MatrixOrder, compute: Compute) {
  return ternary
    ? new Uint8Array(Int8Array.from(weights(order)).buffer)
    : computeBytes(weights(order), compute);
}

/**
 * Exports a ticket whose outputs were verified. Throws an `InputError` if the file would be too large.
 * A file computes what the ticket's engine computes, but for rounding: it sums in another order and, as
 * `float`, in float32.
 */
export function exportTrained(
  ticket: TrainedTicket,
  { format, compute }: TrainedExportRequest,
  memory?: number,
): Omit<TicketExport, 'exactness'> {
  const program = compileTrained(ticket, memory === undefined ? {} : { memory });
  if (program.stages !== undefined)
    return exportMaps(ticket, program, program.stages, { format, compute });
  const layers = program.layers.map((_, index) => denseLayer(program, index + 1));
  const width = compute === 'float' ? 4 : 8;
  const sizeOf = ({ inputs, outputs, ternary }: DenseLayer): number =>
    inputs * outputs * (ternary ? 1 : width);
  const size = layers.reduce((sum, layer) => sum + sizeOf(layer), 0);
  if (size > MOST_BYTES) {
    throw new InputError({
      place: `layers ${listed(ticket.widths, 'widths', '-')}`,
      problem: `their dense matrices take ${size} bytes, more than ${MOST_BYTES}`,
      remedy: 'run the ticket itself, which does not need them',
    });
  }
  const description = describe(ticket, 'standardisation is part of the first layer');
  const metadata = metadataOf(ticket, compute);
  const file =
    format === 'onnx'
      ? onnxChain(
          layers.map((layer, index) => {
            const { inputs, outputs, ternary, bias, factor } = layer;
            const hidden = index < layers.length - 1;
            const { activation } = ticket;
            const type = ternary ? Type.INT8 : COMPUTE_TYPES[compute];
            const biasBytes = bias === null ? null : computeBytes(bias, compute);
            return {
              inputs,
              outputs,
              weights: {
                type,
                bytes: sizeOf(layer),
                data: () => matrixBytes(layer, 'inputs-first', compute),
              },
              bias: biasBytes && {
                type: COMPUTE_TYPES[compute],
                bytes: biasBytes.length,
                data: () => biasBytes,
              },
              relu: hidden && activation === 'relu',
              sign: hidden && activation === 'sign',
              factor,
            };
          }),
          compute,
          { name: 'trained ticket', description, metadata },
        )
      : matricesSafetensors(
          layers.map((layer): MatrixLayer => {
            const { inputs, outputs, ternary, bias } = layer;
            const float = compute === 'float' ? 'F32' : 'F64';
            const biasBytes = bias === null ? null : computeBytes(bias, compute);
            return {
              inputs,
              outputs,
              dtype: ternary ? 'I8' : float,
              width: ternary ? 1 : width,
              weights: (order) => matrixBytes(layer, order, compute),
              bias: biasBytes && (() => biasBytes),
              biasStored: { dtype: float, width },
            };
          }),
          {
            format: FORMAT,
            description,
            ...metadata,
            factors: JSON.stringify(layers.map(({ factor }) => factor)),
          },
        );
  return {
    ...file,
    inputShape: [layers[0]?.inputs ?? 0],
    widths: ticket.widths,
    edges: ticket.kept.reduce((sum, kept) => sum + kept, 0),
  };
}

function describe({ activation, training }: TrainedTicket, standardisation: string): string {
  return `A pruned random network whose mask was learned (${training.method}); written by unearth. Raw inputs: ${standardisation}. ${activation === 'relu' ? 'ReLU' : 'Sign (1 for 0)'} after every layer but the last.`;
}

function metadataOf(
  { seed, training, scales, activation, signs }: TrainedTicket,
  compute: Compute,
) {
  return {
    'unearth.form': 'trained',
    ...(signs ? { 'unearth.signs': 'stored' } : { 'unearth.seed': seed.toString() }),
    'unearth.method': training.method,
    'unearth.layers': String(scales.length),
    'unearth.activation': activation,
    'unearth.compute': compute,
  };
}

/** Of feature maps: samples are [height, width, channels]. */
function exportMaps(
  ticket: TrainedTicket,
  program: TrainedProgram,
  stages: readonly MapStage[],
  { format, compute }: TrainedExportRequest,
): Omit<TicketExport, 'exactness'> {
  const description = describe(
    ticket,
    'position by position, standardised by channel before the first layer',
  );
  const metadata = metadataOf(ticket, compute);
  const maps = { ...program, stages };
  const file =
    format === 'onnx'
      ? trainedMapsOnnx(maps, compute, { name: 'trained ticket', description, metadata })
      : trainedMapsSafetensors(maps, compute, { format: FORMAT, description, ...metadata });
  const { input, inputChannels } = stages[0] as MapStage;
  return {
    ...file,
    inputShape: [input.height, input.width, inputChannels],
    widths: ticket.widths,
    edges: ticket.kept.reduce((sum, kept) => sum + kept, 0),
  };
}
