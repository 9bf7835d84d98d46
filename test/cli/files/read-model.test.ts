/** Model files on disk: recognised by name or content, unpacked within limits, external data fenced in. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel, refusingMisfits } from '../../../src/cli/files/read-model.js';
import { InputError, MisfitError } from '../../../src/core/errors.js';
import { partsOf } from '../../networks.js';
import { buildModel, chain, floats } from '../../target/onnx-writer.js';

const onnx = buildModel({
  inputDims: ['N', 2],
  nodes: chain([['MatMul', ['_', 'w']]]),
  initializers: [floats('w', [2, 1], [1, 2])],
});
const nnet = '// tiny\n1,1,1,1,\n1,1,\n0,\n0,\n1,\n0,0,\n1,1,\n2,\n3,\n';

function externalModel(location: string): Uint8Array {
  return buildModel({
    inputDims: ['N', 2],
    nodes: chain([['MatMul', ['_', 'w']]]),
    initializers: [
      {
        name: 'w',
        dims: [2n, 1n],
        dataType: 1,
        dataLocation: 1,
        externalData: [{ key: 'location', value: location }],
      },
    ],
  });
}

describe('readModel', () => {
  let folder = '';
  const write = (name: string, content: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'read-model-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads ONNX and .nnet, packed or not, by name or by content', () => {
    for (const name of ['a.onnx', 'a.ONNX', 'a.bin']) {
      const model = readModel(write(name, onnx));
      expect([model.format, model.name]).toEqual(['onnx', name]);
      expect(model.sha256).toBe(createHash('sha256').update(onnx).digest('hex'));
      expect([...partsOf(model.network.layers[0]).weights]).toEqual([1, 2]);
    }
    const packed = gzipSync(onnx);
    const unpacked = readModel(write('a.onnx.gz', packed));
    expect(unpacked.network).toEqual(readModel(write('a.onnx', onnx)).network);
    expect(unpacked.sha256).toBe(createHash('sha256').update(packed).digest('hex'));
    for (const name of ['b.nnet', 'b.txt', 'b.nnet.gz']) {
      const model = readModel(write(name, name.endsWith('.gz') ? gzipSync(nnet) : nnet));
      expect(model.format).toBe('nnet');
      expect(model.network.domain.kind).toBe('box');
    }
  });

  it('names the file in errors', () => {
    const path = write('spoiled.onnx', onnx.subarray(0, 40));
    expect(() => readModel(path)).toThrow(InputError);
    expect(() => readModel(path)).toThrow(`${path}: byte`);
    expect(() => readModel(join(folder, 'absent.onnx'))).toThrow(
      /absent.onnx: cannot be read \(ENOENT/,
    );
    expect(() => readModel(folder)).toThrow('this is a folder');
    expect(() => readModel('/dev/null')).toThrow('this is not a regular file');
    expect(() => readModel(write('x.bin', 'hello'))).toThrow(
      'this is text that begins with "hello"',
    );
    expect(() => readModel(write('x.nnet', Uint8Array.of(0xff, 0xfe)))).toThrow('not UTF-8 text');
  });

  it('limits sizes before it reads or unpacks', () => {
    expect(() => readModel(write('c.onnx', onnx), { fileBytes: 20 })).toThrow(
      `its size of ${onnx.length} bytes is over the limit of 20 bytes`,
    );
    const bomb = write('bomb.onnx.gz', gzipSync(new Uint8Array(10_000_000)));
    expect(() => readModel(bomb, { unpackedBytes: 1_000_000 })).toThrow(
      'unpacked size is over the limit',
    );
    const large = write('large.onnx.gz', gzipSync(new Uint8Array(60_000_000)));
    expect(() => readModel(large)).toThrow(/gzip stream: it unpacks to more than \d+ bytes, over/);
    truncateSync(write('sparse.onnx', onnx), 2 ** 30);
    expect(() => readModel(join(folder, 'sparse.onnx'))).toThrow(/needs about 3.2G of memory/);
    const cut = write('cut.onnx.gz', gzipSync(onnx).subarray(0, 60));
    expect(() => readModel(cut)).toThrow('gzip stream: cut short or damaged');
  });

  it('finds external data where the system finds the model, through a link and up', () => {
    mkdirSync(join(folder, 'far/sub'), { recursive: true });
    symlinkSync(join(folder, 'far/sub'), join(folder, 'near'));
    write('far/m.onnx', externalModel('w.bin'));
    write('far/w.bin', new Uint8Array(Float32Array.of(1, 2).buffer));
    // Where `near/..` would be if it were struck out.
    write('w.bin', new Uint8Array(Float32Array.of(10, 20).buffer));
    const { layers } = readModel(`${folder}/near/../m.onnx`).network;
    expect([...partsOf(layers[0]).weights]).toEqual([1, 2]);
  });

  it('counts external data by the file and not by its name', () => {
    mkdirSync(join(folder, 'names/sub'), { recursive: true });
    truncateSync(write('names/large.bin', ''), 2 ** 28);
    const named = (location: string) => () =>
      readModel(write('names/m.onnx', externalModel(location)), { memory: 2 ** 30 });
    // Two of the file would be too much; read once it is only of the wrong size.
    expect(named('large.bin')).toThrow(/needs 8 bytes, but there are 268435456/);
    truncateSync(write('names/other.bin', ''), 2 ** 29);
    expect(named('sub/.././other.bin')).toThrow('not beside the model');
    expect(named('./sub//..bin')).toThrow('cannot be read');
    expect(named('././/other.bin')).toThrow(
      /external data "other.bin": a model of .* over the limit of 1G/,
    );
  });

  it('reads external data from beside the model and nowhere else', () => {
    const weights = new Uint8Array(Float32Array.of(5, 6).buffer);
    mkdirSync(join(folder, 'model/sub'), { recursive: true });
    write('secret.bin', weights);
    write('model/weights.bin', weights);
    write('model/sub/weights.bin', weights);
    symlinkSync(join(folder, 'secret.bin'), join(folder, 'model/link.bin'));
    symlinkSync(folder, join(folder, 'model/out'));
    symlinkSync('weights.bin', join(folder, 'model/inside.bin'));
    const read = (location: string): number[] => [
      ...partsOf(readModel(write('model/m.onnx', externalModel(location))).network.layers[0])
        .weights,
    ];
    expect(read('weights.bin')).toEqual([5, 6]);
    expect(read('./sub/weights.bin')).toEqual([5, 6]);
    expect(read('inside.bin')).toEqual([5, 6]);
    for (const location of ['link.bin', 'out/secret.bin']) {
      expect(() => read(location)).toThrow('lies outside of the folder of the model');
    }
    for (const location of ['../secret.bin', join(folder, 'secret.bin'), 'sub/../../secret.bin']) {
      expect(() => read(location)).toThrow('is not beside the model');
    }
    expect(() => read('absent.bin')).toThrow(
      /external data "absent.bin": cannot be read \(ENOENT: there is no such file\)/,
    );
    expect(() => read('sub')).toThrow('external data "sub": this is a folder');
  });
});

describe('refusingMisfits', () => {
  const refused = (error: Error) => () =>
    refusingMisfits('a.onnx', () => {
      throw error;
    });

  it('names the file of a model that does not fit, and lets every other error pass', () => {
    expect(refused(new MisfitError('3 layers, not 2'))).toThrow(
      /^a\.onnx: the network: it does not fit the ticket: 3 layers, not 2; give the model/,
    );
    const defect = new RangeError('Invalid array length');
    expect(refused(defect)).toThrow(defect);
  });
});
