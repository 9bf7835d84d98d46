/** Hostile plans of sources and checkpoints of searches. */
const SOURCE = '{"format":"unearth-source/2"';

export const OTHERS = {
  'open.source': () => `${SOURCE},"a":${'['.repeat(1_000_000)}`,
  'empty-lists.source': () => `${SOURCE},"layers":[${'[],'.repeat(300_000)}[]]}`,
  'numbers.source': () => `${SOURCE},"widths":[${'1,'.repeat(490_000)}1]}`,
  'objects-16-mb.source': () => `${SOURCE},"layers":[${'{},'.repeat(5_500_000)}{}]}`,
  'keys.source': () =>
    `${SOURCE},${Array.from({ length: 100_000 }, (_, index) => `"k${index}":0`).join(',')}}`,
  'digits.source': () => `${SOURCE},"delta":${'1'.repeat(900_000)}}`,
  'noise.checkpoint': () => Buffer.alloc(1_000_000, 0x5a),
  'zeros.checkpoint': () => Buffer.alloc(60_000_000),
  'sizes.checkpoint': () => {
    const head =
      '{"__metadata__":{"format":"unearth-checkpoint/1"},"weights.1":{"dtype":"F32","shape":[4294967295,4294967295],"data_offsets":[0,0]}}';
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(head.length));
    return Buffer.concat([length, Buffer.from(head)]);
  },
};
