/** A network that the visitor brings: read, planned, found and proved; loaded when a file is dropped. */

import {
  type FoundTicket,
  find,
  InputError,
  type Model,
  parseDomain,
  plan,
  readModel,
} from '../../src/index.js';
import { inputsOf, parameterCount, widthsOf } from '../library.js';
import { asStep, inWords } from './example.js';
import type { Found, OwnFound, OwnPlan, OwnRequest } from './protocol.js';
import type { Watched } from './serve.js';
import { type Asked, hold } from './shown.js';

/** Beyond that a page's memory does not do. */
export const MOST_WEIGHTS = 500_000_000n;
const MEMORY = 2 ** 30;

/** From the digits (1.4 million source weights) to MNIST's (107 million) the time grows by that power. */
const GROWTH = 0.6;

function expectedSeconds(weights: number, example: OwnRequest['example']): number {
  return example.seconds * (weights / example.weights) ** GROWTH;
}

async function unpack(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream('gzip'));
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size > MEMORY / 4) {
      await reader.cancel();
      throw new InputError({
        place: 'gzip',
        problem: `it unpacks to more than ${MEMORY / 4} bytes`,
        remedy: 'use the command line for networks of that size',
      });
    }
    chunks.push(part.value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

async function modelOf({ name, bytes }: OwnRequest): Promise<Model> {
  const plain = await unpack(bytes);
  return readModel(plain, { name: name.replace(/\.gz$/i, '').slice(-255), memory: MEMORY });
}

function precision({ epsilon, domain }: OwnRequest) {
  return {
    ...(domain.trim() !== '' && { domain: domain.trim() }),
    ...(epsilon !== undefined && { epsilon }),
  };
}

/** Throws an `InputError` for a file that is no such network, or one whose source is beyond the page. */
export async function planOwn(request: OwnRequest, watched: Watched): Promise<OwnPlan> {
  return planned(await modelOf(request), request, watched);
}

async function planned(
  model: Model,
  request: OwnRequest,
  { signal, onStep }: Watched,
): Promise<OwnPlan> {
  const { weights, depth, widths, failureBound } = await plan(model, {
    ...precision(request),
    signal,
    onProgress: (progress) => onStep(asStep(progress)),
  });
  if (weights > MOST_WEIGHTS) {
    throw new InputError({
      file: request.name,
      place: 'plan',
      problem: `its random network would have ${weights.toLocaleString('en')} weights, and this page takes ${MOST_WEIGHTS.toLocaleString('en')} at most`,
      remedy: 'allow an error, so that fewer bits do, or use the command line',
    });
  }
  return {
    widths: [...widths],
    parameters: parameterCount(model.network),
    weights,
    depth,
    failureBound,
    seconds: expectedSeconds(Number(weights), request.example),
  };
}

/** The newest ticket that was found, to be shown. */
let latest: {
  readonly asked: Asked;
  readonly found: FoundTicket;
  readonly seconds: number;
} | null = null;

export async function findOwn(request: OwnRequest, watched: Watched): Promise<OwnFound> {
  const { signal, onStep } = watched;
  latest = null;
  const model = await modelOf(request);
  // Refuses what is too large before anything is drawn.
  await planned(model, request, watched);
  const start = performance.now();
  const { seed, delta } = request;
  const found = await find(model, {
    ...precision(request),
    ...(seed !== undefined && { seed }),
    ...(delta !== undefined && { delta }),
    signal,
    onProgress: (progress) => onStep(asStep(progress)),
  });
  const seconds = (performance.now() - start) / 1000;
  if (!found.found) return { found: false, reason: found.failedSeeds.map(inWords).join('; ') };
  const { bytes, ticket, verdict } = found;
  const { network } = model;
  const asked = {
    network,
    domain:
      request.domain.trim() === ''
        ? network.domain
        : parseDomain(request.domain, inputsOf(network.layers)),
    ...(request.epsilon !== undefined && { epsilon: request.epsilon }),
  };
  latest = { asked, found, seconds };
  return {
    found: true,
    bytes,
    kept: ticket.kept.reduce((sum, count) => sum + count, 0),
    seed: ticket.seed,
    proved: verdict.proved,
    epsilon: verdict.epsilon,
    seconds,
  };
}

/** More cells than a picture of them tells anything. */
const MOST_NEURONS = 400_000;

/** The network that was found last becomes the one that sections 2 to 4 ask about. */
export async function showOwn(_: Record<string, never>, watched: Watched): Promise<Found> {
  if (latest === null) throw new Error('no network is found yet');
  const { asked, found, seconds } = latest;
  const { proved, epsilon } = found.verdict;
  const neurons = widthsOf(found.ticket.shape).reduce((sum, width) => sum + width, 0);
  if (neurons > MOST_NEURONS) {
    throw new InputError({
      place: 'map',
      problem: `its random network has ${neurons.toLocaleString('en')} neurons, and this page draws ${MOST_NEURONS.toLocaleString('en')} at most`,
      remedy: 'unearth figures draws its masks',
    });
  }
  return hold(asked, found, { proved, epsilon, seconds }, watched);
}
