/** Import in the worker: a checkpoint of PyTorch's in, a ticket out. */
import { withFileName } from '../../core/errors.js';
import { type ImportRequest, importTicket } from '../../search/import.js';
import { shapeText } from '../../search/shape-text.js';
import { sourceWeights } from '../../source/shape.js';
import { trainedShape } from '../../ticket/trained.js';
import { readRegularFile } from '../files/open-file.js';
import { type Output, writeParts } from '../files/output-file.js';
import type { JobContext } from '../workers/job.js';

export interface ImportJobOptions {
  readonly checkpoint: string;
  readonly output: Output;
  readonly request: Omit<ImportRequest, 'bytes'>;
}

export interface ImportReport {
  readonly network: string;
  readonly layers: readonly string[];
  readonly weights: number;
  readonly kept: readonly number[];
  readonly scales: readonly number[];
  readonly maskBytes: number;
  /** Of the signs, which no seed of ours makes. */
  readonly signBytes: number;
  readonly bytes: number;
  readonly notices: readonly string[];
}

export type ImportJobResult = ImportReport;

const EXPECTED = 'scores and weights as safetensors';
/** Its numbers are in memory as float64, which takes up to four times as much beside it. */
const MOST_BYTES = 2 ** 28;

export async function importJob(
  { checkpoint, output, request }: ImportJobOptions,
  { onProgress }: JobContext,
): Promise<ImportJobResult> {
  const bytes = withFileName(checkpoint, () =>
    readRegularFile(checkpoint, {
      expected: EXPECTED,
      limit: MOST_BYTES,
      tooLarge: `give ${EXPECTED}, of at most 256 MiB`,
    }),
  );
  const imported = await importTicket({ ...request, bytes }, { onProgress }).catch((error) =>
    withFileName(checkpoint, () => {
      throw error;
    }),
  );
  const { ticket, masks, layers, notices } = imported;
  return {
    network: shapeText(request.shape),
    layers,
    weights: Number(sourceWeights(trainedShape(request.shape))),
    kept: masks.kept,
    scales: ticket.scales,
    maskBytes: masks.bytes,
    signBytes: (ticket.signs ?? []).reduce((sum, { length }) => sum + length, 0),
    bytes: writeParts(output, imported.bytes),
    notices,
  };
}
