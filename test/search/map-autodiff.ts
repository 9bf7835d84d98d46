/**
 * Networks of feature maps as graphs of jax-js, whose automatic differentiation the backward pass by hand is
 * held against. In float32, channels first; normalised by the samples given.
 */
import * as jax from '@jax-js/jax';
import type { Batch } from '../../src/search/data.js';
import type { TrainedActivation } from '../../src/ticket/trained.js';
import { isConnected, type MapStage } from '../../src/ticket/trained-maps.js';

const { numpy: np, nn, lax, valueAndGrad } = jax;
type JaxArray = jax.Array;

let begun: Promise<unknown> | null = null;

async function begin(): Promise<void> {
  begun ??= jax.init('wasm');
  await begun;
  jax.defaultDevice('wasm');
}

function upload(values: Float32Array, shape: readonly number[]): JaxArray {
  return np.array(values as Float32Array<ArrayBuffer>, {
    shape: [...shape],
    dtype: np.float32,
  });
}

/** Without scale and shift, by mean and variance over samples and positions. */
function normalized(x: JaxArray): JaxArray {
  const mean = np.mean(x.ref, [0, 2, 3], { keepdims: true });
  const off = x.sub(mean);
  const variance = np.mean(np.square(off.ref), [0, 2, 3], { keepdims: true });
  return off.div(np.sqrt(variance.add(1e-5)));
}

/** biprop's sign: in front a sign, behind the derivative of `2 x - x |x|` inside of [-1, 1]. */
function sign(x: JaxArray): JaxArray {
  const clipped = np.clip(x.ref, -1, 1);
  const surrogate = clipped.ref.mul(2).sub(clipped.ref.mul(np.abs(clipped)));
  const value = np.where(np.greaterEqual(x, 0), 1, -1);
  return lax.stopGradient(value).add(surrogate.ref.sub(lax.stopGradient(surrogate)));
}

function pooled(x: JaxArray, { pool, average }: MapStage): JaxArray {
  if (pool === 1) return x;
  const of = average ? np.mean : np.max;
  return lax.reduceWindow(x, (window) => of(window), [pool, pool], [pool, pool]);
}

function forward(
  stages: readonly MapStage[],
  activation: TrainedActivation,
  weights: readonly JaxArray[],
  scales: readonly number[],
  inputs: JaxArray,
): JaxArray {
  const values = [np.transpose(inputs, [0, 3, 1, 2])];
  stages.forEach((stage, index) => {
    const { pad, stride, reads, adds } = stage;
    const kernels = np.transpose(weights[index] as JaxArray, [3, 2, 0, 1]);
    const read = (values[reads] as JaxArray).ref;
    const pads: [number, number] = isConnected(stage) ? [0, 0] : [pad, pad];
    let x = lax.conv(read, kernels, [stride, stride], [pads, pads]).mul(scales[index] as number);
    if (stage.poolsFirst) x = pooled(x, stage);
    if (stage.normalized) x = normalized(x);
    if (adds > 0) x = x.add((values[adds] as JaxArray).ref);
    if (index < stages.length - 1 && !stage.linear)
      x = activation === 'sign' ? sign(x) : nn.relu(x);
    values.push(stage.poolsFirst ? x : pooled(x, stage));
  });
  const outputs = (values.pop() as JaxArray).reshape([-1, (stages.at(-1) as MapStage).channels]);
  for (const value of values) value.dispose();
  return outputs;
}

/** The loss of these samples over `size` in place of their number, and its gradients by the weights. */
export async function autodiff(
  stages: readonly MapStage[],
  activation: TrainedActivation,
  effective: readonly Float32Array[],
  scales: readonly number[],
  { inputs, targets, size }: Batch,
  samples: number,
): Promise<{ loss: number; gradients: Float32Array[] }> {
  await begin();
  const { input, inputChannels } = stages[0] as MapStage;
  const classes = (stages.at(-1) as MapStage).channels;
  const loss = (weights: JaxArray[], x: JaxArray, y: JaxArray): JaxArray => {
    const outputs = forward(stages, activation, weights, scales, x);
    return np.sum(nn.logSoftmax(outputs).mul(y)).mul(-1 / size);
  };
  const shapes = stages.map(({ kernel, inputChannels: read, channels }) => [
    ...[kernel.height, kernel.width, read, channels],
  ]);
  const [value, gradients] = valueAndGrad(loss)(
    effective.map((each, index) => upload(each, shapes[index] as number[])),
    upload(inputs, [samples, input.height, input.width, inputChannels]),
    upload(targets, [samples, classes]),
  ) as [JaxArray, JaxArray[]];
  return {
    loss: (await value.data())[0] as number,
    gradients: await Promise.all(
      gradients.map(async (gradient) => (await gradient.data()) as Float32Array),
    ),
  };
}
