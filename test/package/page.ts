/** A user's page: strict TypeScript that knows `unearth` from its packed file alone. */
import {
  type FoundTicket,
  find,
  InputError,
  open,
  type Progress,
  readModel,
  readTicket,
  STAGES,
  type Stage,
  verify,
} from 'unearth';

export interface PageResult {
  readonly proved: boolean;
  readonly again: boolean;
  readonly outputs: readonly number[];
  readonly stages: readonly string[];
  readonly cancelled: boolean;
  readonly afterAbort: number;
  readonly refused: string;
}

export async function visit(bytes: Uint8Array): Promise<PageResult> {
  const model = readModel(bytes, { name: 'digits.onnx' });
  const stages = new Set<Stage>();
  const onProgress = ({ stage }: Progress): void => {
    stages.add(stage);
  };
  const found = await find(model, { domain: 'box:0,1', onProgress });
  if (!found.found) throw new Error('not found');
  const again = await verify(readTicket(found.bytes), { model });
  const outputs = await outputsOf(found);

  const controller = new AbortController();
  let afterAbort = 0;
  setTimeout(() => controller.abort(), 10);
  const ended: unknown = await find(model, {
    signal: controller.signal,
    onProgress: () => {
      if (controller.signal.aborted) afterAbort++;
    },
  }).catch((error: unknown) => error);

  return {
    proved: found.verdict.proved,
    again: again.proved,
    outputs: [...outputs],
    stages: [...stages].map((stage) => STAGES[stage].words),
    cancelled: ended === controller.signal.reason,
    afterAbort,
    refused: refusalOf(() => readModel(Uint8Array.of(1, 2, 3))),
  };
}

async function outputsOf({ ticket }: FoundTicket): Promise<Float64Array> {
  const network = open(ticket, { engine: 'auto' });
  return network.run(new Float64Array(network.inputs).fill(0.5));
}

function refusalOf(read: () => unknown): string {
  try {
    read();
    return '';
  } catch (error) {
    return error instanceof InputError ? error.remedy : 'another error';
  }
}
