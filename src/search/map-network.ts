/**
 * A network under training on kernels of our own: of feature maps, or of widths, which are maps of one position. A
 * batch is cut into shards of 32 samples, each with gradients of its own, which are added up in order: the same
 * bits for any number of threads.
 */
import { UsageError } from '../core/errors.js';
import { complete, type Steps } from '../core/steps.js';
import type { Threads, ThreadTask } from '../core/threads.js';
import { jsMachines } from '../inference/fast/js-kernels.js';
import type { MachineFactory } from '../inference/fast/kernels.js';
import { hasWasmSimd, wasmMachines } from '../inference/fast/wasm-kernels.js';
import { MOST_MEMORY_BYTES } from '../inference/fast/web-assembly.js';
import type { TrainedActivation } from '../ticket/trained.js';
import type { MapStage } from '../ticket/trained-maps.js';
import { channelMaps } from '../ticket/trained-normalization.js';
import type { Batch } from './data.js';
import type { TrainedLayer } from './layer.js';
import { joinMoments } from './map-normalize.js';
import {
  createShardRunner,
  mapTrainingBytes,
  SHARD,
  type ShardBatch,
  type ShardRunner,
  type ShardStep,
  type ShardWeights,
} from './map-shard.js';
import type { TrainableNetwork } from './network.js';
import { foldRunning, type Moments } from './running-moments.js';

/** What a thread is given: shared arrays, and what tells it whether it has the weights already. */
interface ShardInput extends ShardBatch, ShardWeights {
  readonly stages: readonly MapStage[];
  readonly activation: TrainedActivation;
  readonly plain: boolean;
  /** One for each time that weights were set; of this process. */
  readonly version: number;
  /** Whether outputs alone are wanted, or gradients too: of this shard alone, or added to the last one's. */
  readonly wanted: 'outputs' | 'gradients' | 'added gradients';
  /** Where gradients go; null where they are kept for the next shard, or none are wanted. */
  readonly gradients: Float32Array | null;
}

/** A thread's own: the network that it had last, and which weights are in it. */
let own: { readonly key: string; readonly runner: ShardRunner; version: number } | null = null;
let versions = 0;

function* runShard(input: ShardInput): Steps<ShardStep> {
  const { stages, activation, plain, version, wanted, gradients } = input;
  const key = JSON.stringify([plain, activation, stages]);
  if (own === null || own.key !== key) {
    const machines = plain ? jsMachines : wasmMachines;
    own = { key, runner: createShardRunner(stages, activation, machines), version: 0 };
  }
  if (own.version !== version) own.runner.load(input, wanted !== 'outputs');
  own.version = version;
  const { runner } = own;
  const result =
    wanted === 'outputs'
      ? { loss: 0, outputs: runner.outputs(input), moments: [] }
      : runner.step(input, wanted === 'added gradients');
  if (gradients !== null) runner.readGradients(gradients);
  yield;
  return result;
}

export const shardTask: ThreadTask<ShardInput, ShardStep> = {
  name: 'search shard',
  run: runShard,
};

/** One after the other, in this thread. */
const here: Pick<Threads, 'count' | 'allocate' | 'run'> = {
  count: 1,
  allocate: (words) => new Uint32Array(words),
  *run<Input, Result>(task: ThreadTask<Input, Result>, inputs: readonly Input[]) {
    const results: Result[] = [];
    for (const input of inputs) results.push(yield* task.run(input));
    return results;
  },
};

/** Samples of a shard where they are normalised together: not 32 and a few, but about as many in each. */
function evenShard(size: number): number {
  return Math.ceil(size / Math.ceil(size / SHARD));
}

/** What a ticket would normalise with. */
function normalizationOfLayer({ running }: TrainedLayer) {
  return running ? channelMaps(foldRunning(running)) : null;
}

/** Throws a `UsageError` for a network whose weights, gradients and maps of a shard are more than 4 GiB. */
export function requireTrainable(
  stages: readonly MapStage[],
  activation: TrainedActivation = 'relu',
): void {
  const bytes = mapTrainingBytes(stages, activation);
  if (bytes <= MOST_MEMORY_BYTES) return;
  throw new UsageError(
    `shape: training holds ${(bytes / 2 ** 30).toFixed(1)} GiB of weights, gradients and sums at once, and at most 4 GiB`,
  );
}

/**
 * A trainable network. Neither `threads` nor `machines` changes a bit of what it gives. Throws what
 * `requireTrainable` throws.
 */
export function createMapNetwork(
  stages: readonly MapStage[],
  {
    activation = 'relu',
    threads: given = here,
    machines = hasWasmSimd() ? wasmMachines : jsMachines,
  }: {
    readonly activation?: TrainedActivation;
    readonly threads?: Pick<Threads, 'count' | 'allocate' | 'run'>;
    readonly machines?: MachineFactory;
  } = {},
): TrainableNetwork {
  requireTrainable(stages, activation);
  const isAlone = given.count === 1;
  const threads = isAlone ? here : given;
  const sizes = stages.map(
    ({ kernel, inputChannels, channels }) =>
      kernel.height * kernel.width * inputChannels * channels,
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const numbers = (count: number): Float32Array => {
    const words = threads.allocate(count);
    return new Float32Array(words.buffer as ArrayBuffer, words.byteOffset, count);
  };
  const shared = isAlone ? [] : sizes.map(numbers);
  /** Of each shard; of the whole batch where one thread adds them up as it goes. */
  const shards: Float32Array[] = [];
  const plain = machines === jsMachines;
  const isNormalized = stages.some(({ normalized }) => normalized);

  function run(layers: readonly TrainedLayer[], batch: Batch, withGradients: boolean): ShardStep[] {
    if (!isAlone) {
      layers.forEach(({ effective }, index) => {
        (shared[index] as Float32Array).set(effective);
      });
    }
    const weights = isAlone ? layers.map(({ effective }) => effective) : shared;
    const common = {
      ...{ stages, activation, plain, weights, version: ++versions, size: batch.size },
      scales: layers.map(({ scale }) => scale),
      normalizations: withGradients ? [] : layers.map(normalizationOfLayer),
    };
    const [perSample, classes] = [batch.inputs, batch.targets].map(
      (values) => values.length / batch.size,
    ) as [number, number];
    const inputs: ShardInput[] = [];
    const together = isNormalized ? evenShard(batch.size) : SHARD;
    for (let from = 0; from < batch.size; from += together) {
      const end = Math.min(batch.size, from + together);
      const isLast = end === batch.size;
      const index = isAlone ? 0 : from / together;
      const isRead = withGradients && (isLast || !isAlone);
      if (isRead) shards[index] ??= numbers(total);
      const added = isAlone && from > 0 ? 'added gradients' : 'gradients';
      inputs.push({
        ...common,
        wanted: withGradients ? added : 'outputs',
        samples: end - from,
        inputs: batch.inputs.slice(from * perSample, end * perSample),
        targets: batch.targets.slice(from * classes, end * classes),
        gradients: isRead ? (shards[index] as Float32Array) : null,
      });
    }
    return complete(threads.run(shardTask, inputs), {});
  }

  function joined(results: readonly ShardStep[], size: number): Float32Array {
    const classes = (stages.at(-1) as MapStage).channels;
    const outputs = new Float32Array(size * classes);
    let at = 0;
    for (const result of results) {
      outputs.set(result.outputs, at);
      at += result.outputs.length;
    }
    return outputs;
  }

  return {
    async step(layers, batch) {
      const results = run(layers, batch, true);
      const loss = results.reduce((sum, result) => sum + result.loss, 0) / batch.size;
      const sums = shards[0] as Float32Array;
      for (let index = 1; index < results.length && !isAlone; index++) {
        const shard = shards[index] as Float32Array;
        for (let at = 0; at < total; at++) sums[at] += shard[at] as number;
      }
      let from = 0;
      const gradients = sizes.map((size) => {
        from += size;
        return sums.subarray(from - size, from);
      });
      const moments = stages.map(({ normalized, channels }, index): Moments | null =>
        normalized
          ? joinMoments(
              results.map((result) => result.moments[index] as Moments),
              channels,
            )
          : null,
      );
      return { loss, outputs: joined(results, batch.size), gradients, moments };
    },
    async outputs(layers, batch) {
      return joined(run(layers, batch, false), batch.size);
    },
  };
}
