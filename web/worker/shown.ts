/** The network that the page shows: held with its ticket, followed on inputs, taken apart and tampered with. */
import type { LayerMask } from '../../src/entries/constructions.js';
import { changeEdges, createSource, firstDifference } from '../../src/entries/constructions.js';
import { exactToNumber, type Tracer } from '../../src/entries/inference.js';
import {
  type ConstructedTicket,
  type Domain,
  evaluateExactly,
  exactDecimal,
  type LayerRoles,
  type Network,
  roleAt,
  verify,
  type WrittenTicket,
} from '../../src/index.js';
import {
  complete,
  inputsOf,
  type LadderSource,
  litBy,
  liveLayersSteps,
  neuronMap,
  parameterCount,
  sourceWeights,
  toDense,
  tracerOn,
  weightLadder,
} from '../library.js';
import { largestDifference, largestIndex } from './decimals.js';
import type {
  Found,
  LayerEdges,
  Proof,
  Regions,
  Traced,
  TrainedMatrix,
  Verdict,
  WeightPlace,
} from './protocol.js';
import type { Watched } from './serve.js';

/** Bytes that the masks and the values of a trace may take. */
const MEMORY = 2 ** 28;

/** What was asked for when the network was found. */
export interface Asked {
  readonly network: Network;
  readonly domain: Domain;
  /** Error allowed; without it none. */
  readonly epsilon?: number;
}

interface Shown extends Asked {
  readonly ticket: ConstructedTicket;
  readonly ladders: LadderSource;
  readonly map: ReturnType<typeof neuronMap>;
  readonly follow: Tracer;
}

let current: Shown | undefined;

export function shownNow(): Shown {
  if (current === undefined) throw new Error('no network is found yet');
  return current;
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

/** A box of inputs to choose from: the domain, or of one without bounds for each input a part of it. */
function boxOf(domain: Domain, inputs: number): Pick<Found, 'lower' | 'upper'> {
  if (domain.kind === 'box') return { lower: domain.lower.slice(), upper: domain.upper.slice() };
  const most = domain.kind === 'ball' ? domain.radius / Math.sqrt(inputs) : 1;
  return {
    lower: new Float64Array(inputs).fill(-most),
    upper: new Float64Array(inputs).fill(most),
  };
}

/** The domain as a sentence goes on with it. */
function inWords(domain: Domain): string {
  if (domain.kind === 'all') return 'all inputs there are';
  if (domain.kind === 'ball') return `all inputs of length ${domain.radius} at most`;
  const { lower, upper } = domain;
  const isUniform =
    lower.every((low) => low === lower[0]) && upper.every((high) => high === upper[0]);
  return isUniform
    ? `all values from ${lower[0]} to ${upper[0]}`
    : 'all values in ranges of their own, one for each input';
}

/**
 * The live neurons with the roles of the layout that `find` hands out: what `rolesOf` reads off the masks, in
 * a fraction of the time.
 */
export function laidOut({
  ticket,
  layout,
}: Pick<WrittenTicket, 'ticket' | 'layout'>): LadderSource {
  const live = complete(liveLayersSteps(ticket));
  const layers = live.map(({ neurons }, index): LayerRoles => {
    const placed = layout.layer(index + 1);
    const roles = Array.from(
      neurons,
      (neuron) => roleAt(placed, neuron) ?? { kind: 'unknown' as const },
    );
    return { ...placed, neurons, roles };
  });
  return { ticket, live, roles: { layers: [layout.layer(0), ...layers] } };
}

/** What `find` made of a network: held from now on as the one that is shown, and described. */
export function hold(
  asked: Asked,
  written: WrittenTicket,
  verdict: Verdict | null,
  { signal }: Pick<Watched, 'signal'>,
): Found {
  const ticket = held(written.ticket);
  const ladders = laidOut({ ...written, ticket });
  const map = neuronMap(ticket, ladders.roles);
  const next: Shown = {
    ...asked,
    ticket,
    map,
    ladders,
    follow: tracerOn(ticket, ladders.live, { memory: MEMORY }),
  };
  signal.throwIfAborted();
  current = next;
  const { shape, target } = ticket;
  return {
    found: true,
    seed: ticket.seed,
    weights: sourceWeights(shape),
    kept: ticket.kept.reduce((sum, count) => sum + count, 0),
    parameters: parameterCount(asked.network),
    ticketBytes: written.bytes.length,
    verdict,
    constant: target.constant,
    isOfMaps: target.maps !== undefined,
    domain: inWords(asked.domain),
    ...boxOf(asked.domain, inputsOf(asked.network.layers)),
    map,
    matrices: matricesOf(ticket),
  };
}

/** One input through the pruned source, neuron by neuron, and through the trained network by itself. */
export function trace({ input }: { readonly input: Float64Array }): Traced {
  const { follow, network, map } = shownNow();
  const traced = follow(input);
  const pruned = traced.outputs.map(exactDecimal);
  const trained = evaluateExactly(network, input).map(exactDecimal);
  return {
    lit: litBy(map, traced),
    pruned,
    trained,
    difference: largestDifference(pruned, trained),
    answer: largestIndex(pruned),
    values: traced.outputs.map(exactToNumber),
  };
}

export function ladder({ block, row, column }: WeightPlace): ReturnType<typeof weightLadder> {
  return weightLadder(shownNow().ladders, block, row, column);
}

export function layer({ layer: t }: { readonly layer: number }): LayerEdges {
  const { ticket } = shownNow();
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
  const { ticket } = shownNow();
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

/** Both networks of two inputs at the middle of every cell of a grid, in exact arithmetic, each by itself. */
export async function regions(
  { side }: { readonly side: number },
  { signal, onStep }: Watched,
): Promise<Regions> {
  const { follow, network, domain } = shownNow();
  const { lower, upper } = boxOf(domain, 2);
  const at = (axis: number, share: number): number =>
    lower[axis] + (upper[axis] - lower[axis]) * share;
  const trained = new Uint8Array(side * side);
  const pruned = new Uint8Array(side * side);
  let different = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const point = Float64Array.of(at(0, (column + 0.5) / side), at(1, 1 - (row + 0.5) / side));
      const own = follow(point).outputs.map(exactDecimal);
      const theirs = evaluateExactly(network, point).map(exactDecimal);
      if (own.join() !== theirs.join()) different++;
      pruned[row * side + column] = largestIndex(own);
      trained[row * side + column] = largestIndex(theirs);
    }
    onStep({ words: 'drawing the regions', done: (row + 1) / side });
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
  }
  return { side, trained, pruned, different };
}
