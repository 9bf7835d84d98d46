/** Hostile architectures for `plan --shape`: small files of large networks. */
const convolution = { kind: 'convolution', channels: 4, kernel: 1 };
const dense = { kind: 'dense', outputs: 2 };

function architecture(side, layers) {
  const input = { channels: 1, height: side, width: side };
  return JSON.stringify({ format: 'unearth-architecture/1', input, layers });
}

export const ARCHITECTURES = {
  'deep.json': () => architecture(4, Array(1000).fill(convolution)),
  'residuals.json': () =>
    architecture(8, [
      convolution,
      ...Array(499).fill({ kind: 'residual', body: [convolution, convolution] }),
    ]),
  'pools.json': () =>
    architecture(16, [
      convolution,
      ...Array(998).fill({ kind: 'max-pooling', kernel: 3, pads: 1 }),
      dense,
    ]),
  'kernel.json': () => architecture(1024, [{ ...convolution, kernel: 1023 }, dense]),
  'pooled-plane.json': () =>
    architecture(1024, [convolution, { kind: 'max-pooling', kernel: 1024 }, dense]),
  'wide.json': () => architecture(4, Array(3).fill({ kind: 'dense', outputs: 2 ** 20 })),
  'open.json': () => `{"format":"unearth-architecture/1","layers":${'['.repeat(500_000)}`,
  'keys.json': () => `{${Array.from({ length: 80_000 }, (_, index) => `"k${index}":0`).join(',')}}`,
  'bodies.json': () =>
    `{"format":"unearth-architecture/1","layers":[${'{"kind":"residual","body":['.repeat(30_000)}`,
};
