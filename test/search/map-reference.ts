/** A network of feature maps written out plainly in float64, to hold the kernels against. */
import type { MapStage } from '../../src/ticket/trained-maps.js';
import type { ChannelMaps } from '../../src/ticket/trained-normalization.js';

/** What a network has beside weights and scales. */
export interface PlainExtras {
  readonly activation?: 'relu' | 'sign';
  /** Factors and shifts of the channels of each layer that is normalised. */
  readonly channelMaps?: readonly (ChannelMaps | null)[];
}

/** Outputs on one input, position by position; weights as training has them. */
export function plainOutputs(
  stages: readonly MapStage[],
  weights: readonly ArrayLike<number>[],
  scales: readonly number[],
  input: ArrayLike<number>,
  { activation = 'relu', channelMaps = [] }: PlainExtras = {},
): number[] {
  const values: ArrayLike<number>[] = [input];
  stages.forEach((stage, index) => {
    const { channels, reads, adds } = stage;
    const own = weights[index] as ArrayLike<number>;
    const scale = scales[index] as number;
    const read = values[reads] as ArrayLike<number>;
    const isLast = index === stages.length - 1;
    let made = plainSums(stage, own, read).map((sum) => sum * scale);
    if (stage.poolsFirst) made = plainPooled(stage, made);
    const maps = channelMaps[index];
    const added = adds === 0 ? null : (values[adds] as ArrayLike<number>);
    made = made.map((number, at) => {
      const channel = at % channels;
      let value = number;
      if (maps)
        value = value * (maps.factors[channel] as number) + (maps.shifts[channel] as number);
      if (added !== null) value += added[at] as number;
      if (isLast || stage.linear) return value;
      return activation === 'relu' ? Math.max(0, value) : value < 0 ? -1 : 1;
    });
    if (!stage.poolsFirst) made = plainPooled(stage, made);
    values.push(made);
  });
  return Array.from(values.at(-1) as ArrayLike<number>);
}

function plainSums(stage: MapStage, own: ArrayLike<number>, maps: ArrayLike<number>): number[] {
  const { kernel, pad, stride, inputChannels, channels, input: plane, sums } = stage;
  const made: number[] = [];
  for (let y = 0; y < sums.height; y++) {
    for (let x = 0; x < sums.width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let ky = 0; ky < kernel.height; ky++) {
          for (let kx = 0; kx < kernel.width; kx++) {
            const [row, column] = [y * stride + ky - pad, x * stride + kx - pad];
            if (row < 0 || column < 0 || row >= plane.height || column >= plane.width) continue;
            for (let read = 0; read < inputChannels; read++) {
              const value = maps[(row * plane.width + column) * inputChannels + read] as number;
              const at = (ky * kernel.width + kx) * inputChannels + read;
              sum += value * (own[at * channels + channel] as number);
            }
          }
        }
        made.push(sum);
      }
    }
  }
  return made;
}

function plainPooled(
  { pool, average, sums, output, channels }: MapStage,
  made: number[],
): number[] {
  if (pool === 1) return made;
  const next: number[] = [];
  for (let y = 0; y < output.height; y++) {
    for (let x = 0; x < output.width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        const window = Array.from({ length: pool * pool }, (_, at) => {
          const row = y * pool + Math.floor(at / pool);
          const column = x * pool + (at % pool);
          return made[(row * sums.width + column) * channels + channel] as number;
        });
        const sum = window.reduce((total, value) => total + value, 0);
        next.push(average ? sum / window.length : Math.max(...window));
      }
    }
  }
  return next;
}

/** The mean cross-entropy of a batch. */
export function plainLoss(
  stages: readonly MapStage[],
  weights: readonly ArrayLike<number>[],
  scales: readonly number[],
  { inputs, targets, size }: { inputs: Float32Array; targets: Float32Array; size: number },
): number {
  const width = inputs.length / size;
  const classes = targets.length / size;
  let loss = 0;
  for (let row = 0; row < size; row++) {
    const input = inputs.subarray(row * width, (row + 1) * width);
    const outputs = plainOutputs(stages, weights, scales, input);
    const label = targets.subarray(row * classes, (row + 1) * classes).indexOf(1);
    const largest = Math.max(...outputs);
    const total = outputs.reduce((sum, output) => sum + Math.exp(output - largest), 0);
    loss += (largest + Math.log(total) - (outputs[label] as number)) / size;
  }
  return loss;
}
