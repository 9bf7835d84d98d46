/** How much engines do between two turns of the event loop, counted in operations. */
import { describe, expect, it } from 'vitest';
import { horner } from '../../src/constructions/horner/horner.js';
import type { Steps } from '../../src/core/steps.js';
import { runExactSteps } from '../../src/inference/exact.js';
import { provideFastEngines } from '../../src/inference/fast-cores.js';
import { ADDITIONS_AT_ONCE, floatEngineSteps } from '../../src/inference/float.js';
import { foldedEngineSteps, runFoldedExactSteps } from '../../src/inference/folded.js';
import { openEngineSteps } from '../../src/inference/open-engine.js';
import { compileTicket } from '../../src/inference/pruned-program.js';
import { trainedEngineSteps } from '../../src/inference/trained.js';
import { findTicket } from '../../src/pipeline/find.js';
import { randomNetwork } from '../networks.js';
import { cloningThreads } from '../threads.js';

const found = findTicket(
  randomNetwork({ dimensions: [128, 96, 10], seed: 5, bits: 24, places: 22 }),
  { construction: horner, seed: 1n },
);
if (!found.found) throw new Error('not found');
const { ticket } = found;
const program = compileTicket(ticket);
const samples = 128;
const batch = Float64Array.from({ length: 128 * samples }, (_, index) => (index % 64) / 64);

/** In how many steps work is done. */
function stepsOf(work: Steps<unknown>): number {
  let count = 1;
  while (work.next().done !== true) count++;
  return count;
}

describe('engines work in steps', () => {
  it('of so many additions at the most, for many samples and for one', () => {
    const additions = program.liveEdges * samples;
    expect(additions).toBeGreaterThan(8 * ADDITIONS_AT_ONCE);
    const steps = stepsOf(floatEngineSteps(program)(batch, samples));
    expect(steps).toBeGreaterThan(additions / ADDITIONS_AT_ONCE);
    const one = batch.subarray(0, 128);
    expect(stepsOf(floatEngineSteps(program)(one, 1))).toBeGreaterThan(program.layers.length);
    expect(stepsOf(runExactSteps(program, one, 1))).toBeGreaterThan(program.liveEdges / 2 ** 17);
  });

  it('of so many multiplications', () => {
    const weights = ticket.target.matrices.reduce(
      (sum, { rows, columns }) => sum + rows * columns,
      0,
    );
    const many = 1600;
    const values = new Float64Array(128 * many).fill(0.5);
    const steps = stepsOf(foldedEngineSteps(ticket.target)(values, many));
    expect(weights * many).toBeGreaterThan(4 * 2 ** 22);
    expect(steps).toBeGreaterThan((weights * many) / 2 ** 23);
    const exact = stepsOf(runFoldedExactSteps(ticket.target, batch, samples));
    expect(exact).toBeGreaterThan(samples);
  });

  it('of some layers of a trained network', () => {
    const outputs = 1024;
    const layers = Array.from({ length: 3 }, () => ({
      outputs,
      offsets: Uint32Array.from({ length: outputs + 1 }, (_, neuron) => neuron * outputs),
      edges: Uint32Array.from({ length: outputs * outputs }, (_, at) => 2 * (at % outputs)),
      magnitudes: null,
      scale: 1,
    }));
    const standardization = {
      mean: new Float64Array(outputs),
      deviation: new Float64Array(outputs).fill(1),
    };
    const engine = trainedEngineSteps({
      ...{ inputs: outputs, outputs, activation: 'relu' as const, layers, standardization },
    });
    const steps = stepsOf(engine(new Float64Array(8 * outputs).fill(1), 8));
    expect(steps).toBeGreaterThan((3 * 8 * outputs ** 2) / ADDITIONS_AT_ONCE);
  });

  it('of a layer at the most while they are made ready', () => {
    provideFastEngines();
    for (const engine of ['float', 'exact', 'fast'] as const) {
      expect(stepsOf(openEngineSteps(ticket, { engine }))).toBeGreaterThan(
        2 * program.layers.length,
      );
    }
  });
});

describe('the fast engine', () => {
  it('starts threads only for more than takes as long as their start', () => {
    let starts = 0;
    const threads = { ...cloningThreads(2), start: () => starts++ };
    const open = (samples?: number) =>
      stepsOf(
        openEngineSteps(ticket, {
          engine: 'fast',
          threads,
          ...(samples !== undefined && { samples }),
        }),
      );
    open(100);
    expect(starts).toBe(0);
    open();
    expect(starts).toBe(1);
    open(2 ** 40);
    expect(starts).toBe(2);
  });
});
