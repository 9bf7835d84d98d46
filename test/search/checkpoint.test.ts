import { describe, expect, it } from 'vitest';
import { concatenate } from '../../src/core/concatenate.js';
import { InputError } from '../../src/core/errors.js';
import {
  CHECKPOINT_HEAD_BYTES,
  decodeCheckpoint,
  encodeCheckpoint,
  isCheckpoint,
  restoreLayers,
} from '../../src/search/checkpoint.js';
import { createLayers } from '../../src/search/layer.js';
import { parseShape } from '../../src/search/shape-text.js';
import { beginScores, initialState } from '../../src/search/train.js';
import { isTicket } from '../../src/ticket/file-head.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/ticket/safetensors.js';
import { randomStream } from '../networks.js';
import { smallSearch } from './problems.js';

const options = smallSearch({
  seed: 2n ** 64n - 1n,
  validation: 0.25,
  patience: 3,
  keep: [0.3, 1],
});
const digest = 'ef'.repeat(32);

function sample() {
  const layers = createLayers(options);
  beginScores(layers, options);
  for (const { velocity } of layers) velocity.set(velocity.map((_, at) => at / 3));
  const record = {
    epoch: 1,
    loss: 0.1 + 0.2,
    accuracy: 1 / 3,
    validation: 0.75,
    test: null,
    learningRate: 0.05,
    kept: 0.5,
  };
  const best = {
    epoch: 1,
    scores: layers.map(({ scores }) => scores.map((score) => -score)),
    running: layers.map(({ running }) => running),
  };
  const state = {
    ...initialState(),
    epoch: 1,
    step: 7,
    lossSum: 3.3,
    correct: 100,
    history: [record],
    best,
  };
  return { layers, state, bytes: concatenate(encodeCheckpoint(options, digest, state, layers)) };
}

describe('checkpoints', () => {
  it('come back as they were', () => {
    const { layers, state, bytes } = sample();
    const checkpoint = decodeCheckpoint(bytes);
    expect(checkpoint.options).toEqual(options);
    expect(checkpoint.data).toBe(digest);
    expect(checkpoint.state).toEqual(state);
    const other = createLayers(options);
    restoreLayers(checkpoint, other);
    other.forEach(({ scores, velocity }, index) => {
      expect(scores).toEqual(layers[index]?.scores);
      expect(velocity).toEqual(layers[index]?.velocity);
    });
    const plain = concatenate(encodeCheckpoint(options, digest, initialState(), layers));
    expect(decodeCheckpoint(plain).state).toEqual(initialState());
  });

  it('of feature maps are refused in the format of builds whose steps gave other bits', () => {
    const shape = parseShape('4x4-conv2-2');
    const searched = smallSearch(shape);
    const layers = createLayers(searched);
    beginScores(layers, searched);
    const bytes = concatenate(encodeCheckpoint(searched, digest, initialState(), layers));
    expect(decodeCheckpoint(bytes).options).toEqual(searched);
    const { metadata, tensors } = decodeSafetensors(bytes);
    const named = [...tensors.values()].map((tensor) => ({ ...tensor, data: [tensor.data] }));
    const old = { ...Object.fromEntries(metadata), format: 'unearth-checkpoint/1' };
    expect(() => decodeCheckpoint(concatenate(encodeSafetensors(old, named)))).toThrow(
      /is no checkpoint of this version/,
    );
  });

  it('are told from tickets by their first bytes', () => {
    const { bytes } = sample();
    expect(isCheckpoint(bytes.subarray(0, CHECKPOINT_HEAD_BYTES))).toBe(true);
    expect(isTicket(bytes)).toBe(false);
    expect(isCheckpoint(new Uint8Array(0))).toBe(false);
  });

  it('meet flipped bits and cuts with a typed error or another checkpoint', () => {
    const { bytes: intact } = sample();
    const random = randomStream(3);
    let survivors = 0;
    for (let round = 0; round < 600; round++) {
      let bytes = intact.slice();
      if (round % 5 === 0) bytes = bytes.subarray(0, Math.floor(random() * bytes.length));
      else bytes[Math.floor(random() * bytes.length)] ^= 1 << Math.floor(random() * 8);
      try {
        decodeCheckpoint(bytes);
        survivors++;
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }
    expect(survivors).toBeGreaterThan(0);
  });
});
