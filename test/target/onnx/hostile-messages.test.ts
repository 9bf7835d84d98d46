/** What an ONNX message may ask for in memory is bounded by the file's size before it is decoded. */
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/core/errors.js';
import { decodeModel } from '../../../src/target/onnx/decode.js';
import { readOnce } from '../../../src/target/onnx/read-external.js';

/** A field of a message: number, and bytes with their length. */
function field(number: number, content: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest >= 128 ? (rest % 128) + 128 : rest);
    if (rest < 128) break;
  }
  return joined([Uint8Array.of(8 * number + 2, ...length), content]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function repeated(part: Uint8Array, times: number): Uint8Array {
  const whole = new Uint8Array(part.length * times);
  for (let index = 0; index < times; index++) whole.set(part, index * part.length);
  return whole;
}

const GRAPH = 7;
const NODE = 1;
const INITIALIZER = 5;

const model = (graph: Uint8Array): Uint8Array => field(GRAPH, graph);

describe('decodeModel', () => {
  it.each([
    ['inputs of a node', model(field(NODE, repeated(field(1, new Uint8Array()), 70_000))), 'input'],
    [
      'attributes of a node',
      model(field(NODE, repeated(field(5, new Uint8Array()), 300))),
      'attribute',
    ],
    [
      'packed dimensions',
      model(field(INITIALIZER, field(1, new Uint8Array(2000).fill(1)))),
      'dims',
    ],
    [
      'dimensions one by one',
      model(field(INITIALIZER, repeated(Uint8Array.of(8, 1), 2000))),
      'dims',
    ],
  ])('refuses too many %s', (_name, bytes, what) => {
    expect(() => decodeModel(bytes)).toThrow(InputError);
    expect(() => decodeModel(bytes)).toThrow(new RegExp(`more than \\d+ entries of ${what}`));
  });

  it.each([
    ['nodes', model(repeated(field(NODE, new Uint8Array()), 2 ** 18))],
    ['integers of 64 bits', model(field(INITIALIZER, field(7, new Uint8Array(2 ** 22))))],
    ['strings', model(field(INITIALIZER, repeated(field(6, new Uint8Array()), 2 ** 22)))],
  ])('refuses %s that would take far more memory than their bytes', (_name, bytes) => {
    expect(() => decodeModel(bytes)).toThrow(/in memory over 8 times its size and 134217728 bytes/);
  });

  it('takes numbers that take their bytes', () => {
    const numbers = model(field(INITIALIZER, field(4, new Uint8Array(2 ** 20))));
    expect(decodeModel(numbers).graph?.initializer[0]?.floatData).toHaveLength(2 ** 18);
  });
});

describe('readOnce', () => {
  it('asks once for each file, however it is spelt, and tells each array once', () => {
    const asked: string[] = [];
    const heard: number[] = [];
    const shared = new Uint8Array(5);
    const read = readOnce(
      (path) => {
        asked.push(path);
        return path === 'b' ? new Uint8Array(7) : shared;
      },
      (bytes) => heard.push(bytes),
    );
    for (const path of ['a', './a', './/./a', 'a/.', 'link-to-a', 'b', './b']) read(path);
    expect(asked).toEqual(['a', 'link-to-a', 'b']);
    expect(heard).toEqual([5, 7]);
  });
});
