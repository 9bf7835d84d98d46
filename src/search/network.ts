/**
 * The network under training as an automatic-differentiation graph of jax-js. It sees effective
 * weights and scales only: what a method does to get them, and what it makes of their gradient, is
 * plain arithmetic outside. jax-js is loaded when a trainer is made, so nothing else pays for it.
 */
import type * as Jax from '@jax-js/jax';
import { InputError } from '../core/errors.js';
import type { Batch } from './data.js';
import type { TrainedLayer } from './layer.js';
import type { HiddenActivation } from './options.js';
import type { Moments } from './running-moments.js';

type JaxArray = Jax.Array;

/** `wasm` runs everywhere; `webgpu` in browsers that have it. */
export const BACKENDS = ['wasm', 'webgpu'] as const;
export type Backend = (typeof BACKENDS)[number];

export interface StepResult {
  /** Mean cross-entropy of the batch, in nats. */
  readonly loss: number;
  /** `size` by `classes`. */
  readonly outputs: Float32Array;
  /** By each layer's effective weights before scaling; until the next step. */
  readonly gradients: readonly Float32Array[];
  /** Of each layer that is normalised what it was so by; null for others, absent where there is none. */
  readonly moments?: readonly (Moments | null)[];
}

export interface TrainableNetwork {
  /** Loss, outputs and gradients on a batch, with the layers' effective weights and scales. */
  step(layers: readonly TrainedLayer[], batch: Batch): Promise<StepResult>;
  /** Outputs alone, `size` by `classes`. */
  outputs(layers: readonly TrainedLayer[], batch: Batch): Promise<Float32Array>;
}

/**
 * Sign with the gradient of biprop's binary activations, `2 (1 - |x|)` inside [-1, 1], 0 outside. The
 * surrogate is taken off again without rounding: values are exactly +1 and -1, 0 counts as positive.
 */
function signActivation({ numpy: np, lax }: typeof Jax, x: JaxArray): JaxArray {
  const clipped = np.clip(x.ref, -1, 1);
  const surrogate = clipped.ref.mul(2).sub(clipped.ref.mul(np.abs(clipped)));
  const sign = np.where(np.greaterEqual(x, 0), 1, -1);
  return lax.stopGradient(sign).add(surrogate.ref.sub(lax.stopGradient(surrogate)));
}

function forward(
  jax: typeof Jax,
  weights: readonly JaxArray[],
  scales: readonly JaxArray[],
  inputs: JaxArray,
  activation: HiddenActivation,
): JaxArray {
  const { numpy: np, nn } = jax;
  return weights.reduce((current, matrix, index) => {
    const sums = np.matmul(current, matrix).mul(scales[index] as JaxArray);
    if (index === weights.length - 1) return sums;
    return activation === 'relu' ? nn.relu(sums) : signActivation(jax, sums);
  }, inputs);
}

async function loadJax(backend: Backend): Promise<typeof Jax> {
  const jax = await import('@jax-js/jax');
  const available = await jax.init(backend);
  if (!available.includes(backend)) {
    throw new InputError({
      place: `backend ${backend}`,
      problem: 'it is not available here',
      remedy: 'take the wasm backend, which runs wherever WebAssembly does',
    });
  }
  jax.defaultDevice(backend);
  return jax;
}

/** A trainable network; compiled by jax-js at the first step of each batch size. */
export async function createNetwork(
  activation: HiddenActivation,
  backend: Backend = 'wasm',
): Promise<TrainableNetwork> {
  const jax = await loadJax(backend);
  const { numpy: np, nn, jit, valueAndGrad } = jax;
  const loss = (
    weights: JaxArray[],
    scales: JaxArray[],
    inputs: JaxArray,
    targets: JaxArray,
  ): [JaxArray, JaxArray] => {
    const size = inputs.shape[0] as number;
    const outputs = forward(jax, weights, scales, inputs, activation);
    const likelihood = np.sum(nn.logSoftmax(outputs.ref).mul(targets));
    return [likelihood.mul(-1 / size), outputs];
  };
  const differentiate = jit(valueAndGrad(loss, { argnums: 0, hasAux: true }));
  const evaluate = jit((weights: JaxArray[], scales: JaxArray[], inputs: JaxArray) =>
    forward(jax, weights, scales, inputs, activation),
  );
  const upload = (values: Float32Array, shape: number[]): JaxArray =>
    np.array(values as Float32Array<ArrayBuffer>, { shape, dtype: np.float32 });
  const parameters = (layers: readonly TrainedLayer[]): [JaxArray[], JaxArray[]] => [
    layers.map(({ effective, inputs, outputs }) => upload(effective, [inputs, outputs])),
    layers.map(({ scale }) => upload(Float32Array.of(scale), [])),
  ];
  const read = async (array: JaxArray): Promise<Float32Array> =>
    (await array.data()) as Float32Array;
  return {
    async step(layers, { size, inputs, targets }) {
      const [weights, scales] = parameters(layers);
      const x = upload(inputs, [size, inputs.length / size]);
      const y = upload(targets, [size, targets.length / size]);
      const [[value, outputs], gradients] = differentiate(weights, scales, x, y);
      return {
        loss: (await read(value))[0] as number,
        outputs: await read(outputs),
        gradients: await Promise.all(gradients.map(read)),
      };
    },
    async outputs(layers, { size, inputs }) {
      const [weights, scales] = parameters(layers);
      return read(evaluate(weights, scales, upload(inputs, [size, inputs.length / size])));
    },
  };
}
