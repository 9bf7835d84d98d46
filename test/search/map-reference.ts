/** A network of feature maps written out plainly in float64, to hold the kernels against. */
import type { MapStage } from '../../src/ticket/trained-maps.js';

/** Outputs on one input, position by position; weights as training has them. */
export function plainOutputs(
  stages: readonly MapStage[],
  weights: readonly ArrayLike<number>[],
  scales: readonly number[],
  input: ArrayLike<number>,
): number[] {
  let maps: ArrayLike<number> = input;
  stages.forEach((stage, index) => {
    const { kernel, pad, pool, inputChannels, channels, input: plane, sums, output } = stage;
    const own = weights[index] as ArrayLike<number>;
    const made: number[] = [];
    for (let y = 0; y < sums.height; y++) {
      for (let x = 0; x < sums.width; x++) {
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let ky = 0; ky < kernel.height; ky++) {
            for (let kx = 0; kx < kernel.width; kx++) {
              const [row, column] = [y + ky - pad, x + kx - pad];
              if (row < 0 || column < 0 || row >= plane.height || column >= plane.width) continue;
              for (let read = 0; read < inputChannels; read++) {
                const value = maps[(row * plane.width + column) * inputChannels + read] as number;
                const at = (ky * kernel.width + kx) * inputChannels + read;
                sum += value * (own[at * channels + channel] as number);
              }
            }
          }
          const scaled = sum * (scales[index] as number);
          made.push(index === stages.length - 1 ? scaled : Math.max(0, scaled));
        }
      }
    }
    const next: number[] = [];
    for (let y = 0; y < output.height; y++) {
      for (let x = 0; x < output.width; x++) {
        for (let channel = 0; channel < channels; channel++) {
          let most = Number.NEGATIVE_INFINITY;
          for (let at = 0; at < pool * pool; at++) {
            const row = y * pool + Math.floor(at / pool);
            const column = x * pool + (at % pool);
            most = Math.max(most, made[(row * sums.width + column) * channels + channel] as number);
          }
          next.push(most);
        }
      }
    }
    maps = next;
  });
  return Array.from(maps);
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
