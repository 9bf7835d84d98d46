/** Claims that nobody constructed: small random sources pruned at random, and what they do on unit inputs. */
import type { LayerMask } from '../../src/source/mask.js';
import {
  layeredShape,
  maskSizes,
  type SourceLayer,
  widthOf,
  withReads,
} from '../../src/source/shape.js';
import { createSource, type Source } from '../../src/source/source.js';
import type { InputSign } from '../../src/target/network.js';
import { randomStream } from '../networks.js';
import {
  allEdges,
  type Claim,
  chosenSource,
  denseMask,
  integersOf,
  referencePruned,
  sparseMask,
} from '../pruned-sources.js';

/** Layers `first .. last` of a source as a source of their own. */
function part(source: Source, first: number, last: number): Source {
  const before = first - 1;
  const layers = source.shape.layers.slice(before, last).map(
    ({ channels, reads }): SourceLayer => ({
      channels,
      ...(reads && { reads: reads.map((layer) => layer - before) }),
    }),
  );
  const shape = { inputs: widthOf(source.shape, before), layers };
  return { ...source, shape, layer: (t) => source.layer(t + first - 1) };
}

function shuffled(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, index) => ({ index, key: random() }));
  return order.sort((a, b) => a.key - b.key).map(({ index }) => index);
}

/** The pre-activation rows of some neurons, read off at unit inputs of the inputs' signs. */
function observedRows(
  source: Source,
  masks: readonly LayerMask[],
  inputs: readonly { readonly neuron: number; readonly sign: 1n | -1n }[],
  neurons: readonly number[],
): bigint[][] {
  const evaluate = referencePruned(source, masks, 'identity');
  const columns = inputs.map(({ neuron, sign }) => {
    const unit = new Array<bigint>(widthOf(source.shape, 0)).fill(0n);
    unit[neuron] = sign;
    return evaluate(unit).map((value) => value * sign);
  });
  return neurons.map((neuron) => columns.map((column) => column[neuron]));
}

/** Of each layer, some of those that it may read. */
function randomReads(blockEnds: readonly number[], random: () => number): number[][] {
  const reads: number[][] = [];
  let input = 0;
  for (let t = 1; t <= (blockEnds.at(-1) ?? 0); t++) {
    const readable = Array.from({ length: t - input }, (_, index) => input + index);
    const some = readable.filter(() => random() < 0.6);
    reads.push(some.length === 0 ? [t - 1] : some);
    if (blockEnds.includes(t)) input = t;
  }
  return reads;
}

export function randomClaim(seed: number, skips: boolean): Claim {
  const random = randomStream(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const blocks = 1 + below(2);
  const widths = [1 + below(3)];
  const blockEnds: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const layers = 1 + below(skips ? 4 : 3);
    for (let layer = 0; layer < layers; layer++) widths.push(1 + below(4));
    blockEnds.push(widths.length - 1);
  }
  const layered = layeredShape(widths, blockEnds);
  const shape = skips ? withReads(layered, randomReads(blockEnds, random)) : layered;
  const drawn = createSource(BigInt(seed), shape);
  const mostlyPlus = random() < 0.7;
  // Fewer minus signs, or nearly everything ends in a coefficient of both signs.
  const source = mostlyPlus
    ? chosenSource(shape, (t, c, v) =>
        drawn.layer(t).sign(c, v) + drawn.layer(t).sign(c + 9, v) < 0 ? -1 : 1,
      )
    : drawn;
  const density = (0.2 + 0.6 * random()) * (skips ? 0.7 : 1);
  const masks = maskSizes(shape).map(({ inputs, outputs }) => {
    const edges = allEdges(inputs, outputs).filter(() => random() < density);
    return (random() < 0.5 ? denseMask : sparseMask)(inputs, outputs, edges);
  });
  const kinds: InputSign[] = ['signed', 'nonnegative', 'nonpositive'];
  const inputSigns = Array.from({ length: widths[0] }, () => kinds[below(3)]);

  const matrices: bigint[][][] = [];
  const assignments: Uint32Array[] = [];
  let inputs = inputSigns.map((sign, neuron) => ({
    neuron,
    sign: sign === 'nonpositive' ? (-1n as const) : (1n as const),
  }));
  for (const [block, last] of blockEnds.entries()) {
    const first = block === 0 ? 1 : blockEnds[block - 1] + 1;
    const isLast = block === blocks - 1;
    const order = shuffled(widths[last], random);
    const neurons = isLast ? order.sort((a, b) => a - b) : order.slice(0, 1 + below(order.length));
    matrices.push(
      observedRows(part(source, first, last), masks.slice(first - 1, last), inputs, neurons),
    );
    if (!isLast) assignments.push(Uint32Array.from(neurons));
    inputs = neurons.map((neuron) => ({ neuron, sign: 1n }));
  }
  if (random() < 0.2) {
    const rows = matrices[below(blocks)];
    const row = rows[below(rows.length)];
    row[below(row.length)] += random() < 0.5 ? 1n : -1n;
  }
  const activation = random() < 0.5 ? 'relu' : 'identity';
  return { source, masks, target: integersOf(matrices, activation), inputSigns, assignments };
}
