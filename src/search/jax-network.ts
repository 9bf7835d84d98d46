/**
 * A network of widths as an automatic-differentiation graph of jax-js: for WebGPU in a page, and for tests, to which it
 * is an independent word on the gradients by hand of `map-network.ts`. On the processor those kernels take half of
 * its time (`bench/search-dense.mjs`). jax-js is loaded when a network is made, so nothing else pays for it.
 */
import type * as Jax from '@jax-js/jax';
import { InputError } from '../core/errors.js';
import type { TrainedActivation } from '../ticket/trained.js';
import type { TrainedLayer } from './layer.js';
import type { Backend, TrainableNetwork } from './network.js';

type JaxArray = Jax.Array;

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

/** ReLU with the gradient 0 at 0, as PyTorch and the kernels have it; jax-js's own has 1 there. */
function relu({ numpy: np }: typeof Jax, x: JaxArray): JaxArray {
  return np.where(np.greater(x.ref, 0), x, 0);
}

function forward(
  jax: typeof Jax,
  weights: readonly JaxArray[],
  scales: readonly JaxArray[],
  inputs: JaxArray,
  activation: TrainedActivation,
): JaxArray {
  const { numpy: np } = jax;
  return weights.reduce((current, matrix, index) => {
    const sums = np.matmul(current, matrix).mul(scales[index] as JaxArray);
    if (index === weights.length - 1) return sums;
    return activation === 'relu' ? relu(jax, sums) : signActivation(jax, sums);
  }, inputs);
}

async function loadJax(backend: Backend): Promise<typeof Jax> {
  const jax = await import('@jax-js/jax');
  // Where there is no `navigator` to ask, jax-js fails.
  const available = await jax.init(backend).catch((): Backend[] => []);
  if (!available.includes(backend)) {
    throw new InputError({
      place: `backend ${backend}`,
      problem: 'it is not available here',
      remedy: 'take the wasm backend, which runs everywhere',
    });
  }
  jax.defaultDevice(backend);
  return jax;
}

/**
 * A trainable network on jax-js's own backend of that name; compiled at the first step of each batch size. Throws an
 * `InputError` where the backend is not available.
 */
export async function createJaxNetwork(
  activation: TrainedActivation,
  backend: Backend,
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
