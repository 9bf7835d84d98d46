/** Networks of feature maps, and sources for them, in words. */
import { type MapsBlock, type MapsPlan, mapsLayers } from '../../constructions/maps/plan.js';
import type { FeatureShape, PlaneSize, Window } from '../../target/linear-map.js';
import { inputShapeOf, type Layer, type Network } from '../../target/network.js';

const by = ({ height, width }: PlaneSize): string => `${height}x${width}`;

export function shapeWords({ channels, height, width }: FeatureShape): string {
  return height * width === 1 ? String(channels) : `${channels}x${height}x${width}`;
}

function windowWords({ kernel, stride }: Window): string {
  const steps = stride.height * stride.width > 1 ? `/${by(stride)}` : '';
  return `${by(kernel)}${steps}`;
}

function layerWords(layer: Layer): string {
  switch (layer.kind) {
    case 'dense':
      return `dense ${layer.outputs}`;
    case 'convolution': {
      const groups = layer.groups > 1 ? ` in ${layer.groups} groups` : '';
      return `conv ${windowWords(layer)}${groups} to ${shapeWords(layer.output)}`;
    }
    case 'max-pooling':
      return `max ${windowWords(layer)} to ${shapeWords(layer.output)}`;
    case 'sum':
      return `sum of ${layer.parts.map(windowWords).join(' and ')} to ${shapeWords(layer.parts[0].output)}`;
  }
}

/** The layers, one after another, each with what it makes. */
export function describeMapLayers({ layers }: Network): string {
  return layers.map(layerWords).join(', ');
}

/** The inputs, and the order in which their numbers come. */
export function describeMapInputs(network: Network): string {
  const order =
    network.channelsLast === undefined
      ? 'channel by channel (NCHW)'
      : 'position by position (NHWC)';
  return `${shapeWords(inputShapeOf(network))}, ${order}`;
}

function blockWords(block: MapsBlock, widths: readonly number[], kernel: string): string {
  const layers = widths.length === 1 ? '1 layer' : `${widths.length} layers`;
  const widest = Math.max(...widths);
  const size = `${layers} of at most ${widest} channels${kernel}`;
  switch (block.kind) {
    case 'direct': {
      const entries = block.segments.map((segment) => segment.entries);
      return `direct, rows of ${entries.join(', ')} signs: ${size}`;
    }
    case 'scale':
      return `scale by ${block.copies.reduce((factor, copies) => factor * BigInt(copies), 1n)}: ${size}`;
    case 'free':
      return `${block.horner.quads === undefined ? 'chains' : 'chains in fours'}: ${size}`;
    case 'grouped':
      return `chains in ${block.parts.length} parts of ${block.perPart} groups: ${size}`;
    case 'skip': {
      const copied = block.copied ? ', from a copy of its columns' : '';
      return `${block.skip.scheme}${copied}: ${size}`;
    }
  }
}

/** Each block of a plan, and the kernel that its layers read the maps before it with. */
export function describeMapsBlocks({ mapsBlocks, networkClass }: MapsPlan): string[] {
  const { maps } = networkClass;
  if (maps === undefined) return [];
  return mapsBlocks.map((block, index) => {
    const window = maps.blocks[index]?.window;
    const layers = mapsLayers({ ...networkClass, maps }, index, block);
    const readers = layers.filter(({ reads }) => reads[0] === 0).length;
    const who = readers === 1 ? 'the first reads' : `${readers} of them read`;
    const kernel =
      window === undefined ? '' : `, ${who} ${by(window.kernel)} at stride ${by(window.stride)}`;
    const widths = layers.map(({ width }) => width);
    const groups = block.kind === 'grouped' ? undefined : maps.blocks[index]?.groups;
    const dense =
      groups && `; its ${groups.count} groups are taken densely, with zeros between them`;
    return `block ${index + 1}: ${blockWords(block, widths, kernel)}${dense ?? ''}`;
  });
}
