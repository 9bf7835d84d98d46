/** The example that the page is about: found, proved, followed on inputs, and tampered with. */

import type { LayerMask } from '../../src/entries/constructions.js';
import { changeEdges, createSource, firstDifference } from '../../src/entries/constructions.js';
import { exactToNumber, tracer } from '../../src/entries/inference.js';
import {
  type ConstructedTicket,
  denseLayer,
  evaluateExactly,
  exactDecimal,
  find,
  type Network,
  type Progress,
  rolesOf,
  STAGES,
  verify,
} from '../../src/index.js';
import { ladderSource, litBy, neuronMap, toDense, weightLadder } from '../library.js';
import type {
  ExampleName,
  LayerEdges,
  Opened,
  OpenRequest,
  Proof,
  Regions,
  SeedFailure,
  Step,
  Traced,
  TrainedMatrix,
} from './protocol.js';
import type { Watched } from './serve.js';

interface StoredLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: 'relu' | 'identity';
  readonly weights: string;
  readonly bias: string;
}

function unpacked(text: string): Float64Array {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(4 * at, true));
}

/** The trained network of an example, from the numbers of its ONNX file. */
async function networkOf(name: ExampleName): Promise<Network> {
  const { layers } = (
    name === 'digits' ? await import('../data/digits.json') : await import('../data/toy.json')
  ).default as { readonly layers: readonly StoredLayer[] };
  const [first, ...others] = layers.map(({ weights, bias, ...layer }) =>
    denseLayer({ ...layer, weights: unpacked(weights), bias: unpacked(bias) }),
  );
  const lower = new Float64Array(layers[0].inputs);
  return {
    layers: [first, ...others],
    domain: { kind: 'box', lower, upper: lower.map(() => 1) },
  };
}

/** Progress in the words of the page. */
export function asStep({ stage, done, total }: Progress): Step {
  return { words: STAGES[stage].words, done: total > 0 ? done / total : 0 };
}

export function inWords({
  seed,
  unmet,
}: {
  readonly seed: bigint;
  readonly unmet: {
    readonly block: number;
    readonly layer: number;
    readonly demand: string;
    readonly probability: number;
  };
}): string {
  const { block, layer, demand, probability } = unmet;
  return `seed ${seed} lacks ${demand} (block ${block}, layer ${layer}; the plan allows that with probability ${probability.toExponential(1)} at most)`;
}

/** A ticket whose masks are unpacked once. */
function held(ticket: ConstructedTicket): ConstructedTicket {
  const masks = new Map<number, LayerMask>();
  return {
    ...ticket,
    mask(t) {
      const mask = masks.get(t) ?? ticket.mask(t);
      masks.set(t, mask);
      return mask;
    },
  };
}

function matricesOf({ target }: ConstructedTicket): TrainedMatrix[] {
  return target.matrices.map(({ rows, columns, values }, index) => {
    const unit = target.scale.base ** -target.fractionalPlaces[index];
    const weights = Array.from<number | bigint, number>(values, (value) => Number(value) * unit);
    return { rows, columns, values: Float64Array.from(weights) };
  });
}

interface Held {
  readonly network: Network;
  readonly ticket: ConstructedTicket;
  readonly ladders: ReturnType<typeof ladderSource>;
  readonly map: ReturnType<typeof neuronMap>;
  readonly follow: ReturnType<typeof tracer>;
}

let current: Held | undefined;

function opened(): Held {
  if (current === undefined) throw new Error('no network is found yet');
  return current;
}

export async function open(
  { example, seed, delta }: OpenRequest,
  { signal, onStep }: Watched,
): Promise<Opened> {
  const network = await networkOf(example);
  const start = performance.now();
  const found = await find(
    { network },
    { seed, delta, signal, onProgress: (progress) => onStep(asStep(progress)) },
  );
  if (!found.found) {
    return { found: false, seed, reason: inWords(found.failedSeeds[0]) };
  }
  const seconds = (performance.now() - start) / 1000;
  const ticket = held(found.ticket);
  const roles = await rolesOf(ticket, { signal });
  const map = neuronMap(ticket, roles);
  current = { network, ticket, map, ladders: ladderSource(ticket, roles), follow: tracer(ticket) };
  const { shape } = ticket;
  const widths = [shape.inputs, ...shape.layers.map(({ channels }) => channels)];
  return {
    found: true,
    seed,
    weights: widths
      .slice(1)
      .reduce((sum, width, at) => sum + BigInt(width) * BigInt(widths[at]), 0n),
    kept: ticket.kept.reduce((sum, count) => sum + count, 0),
    ticketBytes: found.bytes.length,
    seconds,
    proved: found.verdict.proved,
    constant: ticket.target.constant,
    map,
    matrices: matricesOf(ticket),
  };
}

/** One input through the pruned source, neuron by neuron, and through the trained network by itself. */
export function trace({ input }: { readonly input: Float64Array }): Traced {
  const { follow, network, map } = opened();
  const traced = follow(input);
  return {
    lit: litBy(map, traced),
    pruned: traced.outputs.map(exactDecimal),
    trained: evaluateExactly(network, input).map(exactDecimal),
    values: traced.outputs.map(exactToNumber),
  };
}

export function ladder(request: {
  readonly block: number;
  readonly row: number;
  readonly column: number;
}): ReturnType<typeof weightLadder> {
  return weightLadder(opened().ladders, request.block, request.row, request.column);
}

export function layer({ layer: t }: { readonly layer: number }): LayerEdges {
  const { ticket } = opened();
  const { inputs, outputs, words: kept } = toDense(ticket.mask(t));
  const words = Math.ceil(outputs / 32);
  const signs = new Uint32Array(words * inputs);
  const drawn = createSource(ticket.seed, ticket.shape).layer(t);
  for (let column = 0; column < inputs; column++) {
    drawn.column(column, outputs, signs.subarray(column * words, (column + 1) * words));
  }
  return { layer: t, columns: inputs, rows: outputs, words, signs, kept };
}

export async function prove(
  { changed }: { readonly changed: Parameters<typeof changeEdges>[1] },
  { signal }: Watched,
): Promise<Proof> {
  const { ticket } = opened();
  const start = performance.now();
  const tampered = changeEdges(ticket, changed);
  const { proved, failure } = await verify(tampered, { signal });
  const first = proved ? null : firstDifference(tampered, ticket);
  const milliseconds = performance.now() - start;
  return {
    proved,
    milliseconds,
    ...(failure && { failure }),
    ...(first && { tampered: { layer: first.layer, neuron: first.neuron } }),
  };
}

function classOf(values: readonly string[]): number {
  // Exact decimals: the numbers decide unless they are too near to each other for that.
  const numbers = values.map(Number);
  return numbers.indexOf(Math.max(...numbers));
}

/** Both networks at every point of a grid, in exact arithmetic, each by itself. */
export async function regions(
  { side }: { readonly side: number },
  { signal, onStep }: Watched,
): Promise<Regions> {
  const { follow, network } = opened();
  const trained = new Uint8Array(side * side);
  const pruned = new Uint8Array(side * side);
  let different = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const point = Float64Array.of((column + 0.5) / side, 1 - (row + 0.5) / side);
      const own = follow(point).outputs.map(exactDecimal);
      const theirs = evaluateExactly(network, point).map(exactDecimal);
      if (own.join() !== theirs.join()) different++;
      pruned[row * side + column] = classOf(own);
      trained[row * side + column] = classOf(theirs);
    }
    onStep({ words: 'drawing the regions', done: (row + 1) / side });
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
  }
  return { side, trained, pruned, different };
}

/** The first seed from `from` on whose source lacks the digits, with a plan that allows that. */
export async function failing(
  { delta, from }: { readonly delta: number; readonly from: bigint },
  { signal, onStep }: Watched,
): Promise<SeedFailure> {
  const network = await networkOf('digits');
  const most = 60;
  for (let tried = 1; tried <= most; tried++) {
    const seed = from + BigInt(tried - 1);
    onStep({ words: `trying seed ${seed}`, done: tried / most });
    const found = await find({ network }, { seed, delta, signal });
    if (found.found) continue;
    return { seed, tried, reason: inWords(found.failedSeeds[0]), bound: found.failureBound };
  }
  return { seed: from, tried: most, reason: null, bound: delta };
}
