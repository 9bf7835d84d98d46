/** Networks of feature maps on several threads: the bits of one. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { type ThreadStart, workerThreads } from '../../src/cli/workers/threads.js';
import type { TrainedLayer } from '../../src/search/layer.js';
import { createMapNetwork } from '../../src/search/map-network.js';
import { parseShape } from '../../src/search/shape-text.js';
import { mapStages, type TrainedMaps } from '../../src/ticket/trained-maps.js';
import { randomStream } from '../networks.js';

const file = path.resolve(import.meta.dirname, '../../dist/cli/workers/thread.js');
if (!existsSync(file)) console.log('dist/ is missing: threads of a search are not tested');

describe.skipIf(!existsSync(file))('a step on threads', () => {
  const workers: Worker[] = [];
  const threads = workerThreads(2, (start: ThreadStart) => {
    const options = { workerData: start, transferList: [start.port] };
    workers.push(new Worker(pathToFileURL(file), options));
  });
  afterAll(async () => {
    threads.release();
    await Promise.all(workers.map((worker) => worker.terminate()));
  });

  it('gives the bits of one thread, step after step', async () => {
    const { widths, maps } = parseShape('8x8x3-conv9-conv8-pool-16-4');
    const stages = mapStages(widths, maps as TrainedMaps);
    const random = randomStream(3);
    const numbers = (count: number) => Float32Array.from({ length: count }, () => random() - 0.5);
    const layers = stages.map(({ kernel, inputChannels, channels }) => ({
      effective: numbers(kernel.height * kernel.width * inputChannels * channels),
      scale: 0.7,
    })) as unknown as TrainedLayer[];
    const targets = new Float32Array(150 * 4);
    for (let row = 0; row < 150; row++) targets[4 * row + (row % 4)] = 1;
    const batch = { size: 150, inputs: numbers(150 * 192), targets };
    const [alone, together] = [createMapNetwork(stages), createMapNetwork(stages, { threads })];
    for (let round = 0; round < 3; round++) {
      const step = await alone.step(layers, batch);
      expect(await together.step(layers, batch)).toEqual(step);
      layers.forEach(({ effective }, index) => {
        const gradient = step.gradients[index] as Float32Array;
        for (let at = 0; at < effective.length; at++) effective[at] -= gradient[at] as number;
      });
    }
    expect(await together.outputs(layers, batch)).toEqual(await alone.outputs(layers, batch));
    expect(workers.length).toBe(1);
  });
});
