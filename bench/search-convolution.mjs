/**
 * Whether convolutional networks are usable with jax-js on the processor: one forward and backward pass
 * of Conv2 (two 3x3 convolutions of 64 channels, pooling, 256-256-10) and Conv4, in seconds a sample.
 *
 *   node bench/search-convolution.mjs [SIDE] [BATCH]
 */
import * as jax from '@jax-js/jax';

const { numpy: np, nn, lax, jit, valueAndGrad } = jax;
const side = Number(process.argv[2] ?? 28);
const batch = Number(process.argv[3] ?? 8);
const CLASSES = 10;
const TRAINING_SAMPLES = 60_000;

await jax.init('wasm');
jax.defaultDevice('wasm');

/** Channels of the convolutions; after every second one the image is halved. */
const NETWORKS = { Conv2: [64, 64], Conv4: [64, 64, 128, 128] };

function numbers(count) {
  let state = count | 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31 / 10;
  });
}
const size = (shape) => shape.reduce((product, length) => product * length, 1);
const array = (shape) => np.array(numbers(size(shape)), { shape, dtype: np.float32 });

for (const [name, channels] of Object.entries(NETWORKS)) {
  const final = side >> (channels.length / 2);
  const flat = channels.at(-1) * final * final;
  const shapes = [
    ...channels.map((count, index) => [count, index === 0 ? 1 : channels[index - 1], 3, 3]),
    [flat, 256],
    [256, 256],
    [256, CLASSES],
  ];
  const loss = (weights, inputs, targets) => {
    let current = inputs;
    channels.forEach((_, index) => {
      current = nn.relu(lax.conv(current, weights[index], [1, 1], 'SAME'));
      if (index % 2 === 1) {
        current = lax.reduceWindow(current, (window) => np.max(window), [2, 2], [2, 2]);
      }
    });
    current = current.reshape([batch, flat]);
    weights.slice(channels.length).forEach((matrix, index) => {
      current = np.matmul(current, matrix);
      if (index < 2) current = nn.relu(current);
    });
    return np.sum(nn.logSoftmax(current).mul(targets)).mul(-1 / batch);
  };
  const step = jit(valueAndGrad(loss));
  const times = [];
  for (let round = 0; round < 3; round++) {
    const start = process.cpuUsage().user;
    const [value, gradients] = step(
      shapes.map(array),
      array([batch, 1, side, side]),
      array([batch, CLASSES]),
    );
    await value.data();
    await Promise.all(gradients.map((gradient) => gradient.data()));
    times.push((process.cpuUsage().user - start) / 1e6);
  }
  // The first pass compiles.
  const best = Math.min(...times.slice(1)) / batch;
  const hours = (best * TRAINING_SAMPLES) / 3600;
  console.log(
    `${name}, ${side}x${side}: ${best.toFixed(3)} processor seconds a sample, ${hours.toFixed(1)} hours for ${TRAINING_SAMPLES} samples`,
  );
}
