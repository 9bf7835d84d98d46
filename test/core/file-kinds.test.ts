import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SOURCE_FORMAT } from '../../src/constructions/class-record.js';
import { fileKind, KIND_HEAD_BYTES, refuseOtherKinds } from '../../src/core/file-kinds.js';
import { isCheckpoint } from '../../src/search/checkpoint.js';
import { isTicket } from '../../src/ticket/file-head.js';
import { encodeSafetensors } from '../../src/ticket/safetensors.js';

const latin = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A ZIP archive's first local header. */
function zip(name: string): Uint8Array {
  return latin(`PK\x03\x04${'\0'.repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}data`);
}

function safetensors(metadata: Record<string, string>): Uint8Array {
  return encodeSafetensors(metadata, [])[0] as Uint8Array;
}

const ticket = safetensors({ format: 'unearth-ticket/1' });
const checkpoint = safetensors({ format: 'unearth-checkpoint/1' });

const EXAMPLES: readonly (readonly [string, RegExp, Uint8Array])[] = [
  [
    'pointer',
    /Git LFS pointer/,
    utf8('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
  ],
  ['ticket', /a ticket/, ticket],
  ['checkpoint', /checkpoint/, checkpoint],
  ['source', /plan of a source/, utf8(`{"format":"${SOURCE_FORMAT}","construction":"horner"}`)],
  ['safetensors', /safetensors/, safetensors({ format: 'pt' })],
  ['npy', /NumPy/, latin('\x93NUMPY\x01\0v\0{')],
  ['idx', /IDX/, latin('\0\0\x08\x03\0\0\x27\x10')],
  ['gzip', /gzip/, latin('\x1f\x8b\x08\0')],
  ['foreign', /\.npz/, zip('arr_0.npy')],
  ['foreign', /PyTorch/, zip('resnet/data.pkl')],
  ['foreign', /PyTorch/, zip('model/version')],
  ['foreign', /Keras/, zip('metadata.json')],
  ['foreign', /ZIP archive/, zip('letter.txt')],
  ['foreign', /pickle/, latin('\x80\x02\x8a\n')],
  ['foreign', /HDF5/, latin('\x89HDF\r\n\x1a\n')],
  ['foreign', /TensorFlow Lite/, latin('\x1c\0\0\0TFL3')],
  ['foreign', /GGUF/, latin('GGUF\x03\0\0\0')],
  ['foreign', /PNG/, latin('\x89PNG\r\n\x1a\n')],
  ['foreign', /JPEG/, latin('\xff\xd8\xff\xe0')],
  ['foreign', /GIF/, latin('GIF89a')],
  ['foreign', /WebP/, latin('RIFF\0\x01\0\0WEBPVP8 ')],
  ['foreign', /BMP/, latin('BM\x36\x10\0\0\0\0\0\0')],
  ['foreign', /TIFF/, latin('II*\0\x08\0')],
  ['foreign', /SVG/, utf8('<svg xmlns="http://www.w3.org/2000/svg">')],
  ['foreign', /PDF/, utf8('%PDF-1.7')],
  ['foreign', /xz/, latin('\xfd7zXZ\0')],
  ['foreign', /Zstandard/, latin('\x28\xb5\x2f\xfd\x04')],
  ['foreign', /bzip2/, latin('BZh91AY')],
  ['foreign', /7z/, latin('7z\xbc\xaf\x27\x1c')],
  ['foreign', /RAR/, latin('Rar!\x1a\x07\x01\0')],
  ['foreign', /tar/, latin(`model.onnx${'\0'.repeat(247)}ustar\0`)],
  ['foreign', /web page/, utf8('\ufeff\n<!DOCTYPE html><title>Not found</title>')],
  ['foreign', /XML/, utf8('<?xml version="1.0"?><net name="x">')],
  ['text', /text that begins with "404: Not Found"/, utf8('404: Not Found')],
  ['text', /text that begins with "1,2"/, utf8('1,2\n3,4')],
  ['empty', /an empty file/, new Uint8Array(0)],
];

describe('the kind of a file', () => {
  it.each(EXAMPLES)('%s: %s', (name, words, bytes) => {
    const kind = fileKind(bytes);
    expect(kind).toMatchObject({ name, words: expect.stringMatching(words) });
    expect(() => refuseOtherKinds(bytes, [], 'a model')).toThrow(
      /this is .*a model is expected; ./,
    );
    expect(() => refuseOtherKinds(bytes, [kind?.name ?? 'text'], 'a model')).not.toThrow();
  });

  it('is that of the files that unearth writes and reads', () => {
    expect([isTicket(ticket), isCheckpoint(checkpoint)]).toEqual([true, true]);
    for (const [name, file] of [
      ['onnx', 'digits.onnx'],
      ['gzip', 'test-images-idx3-ubyte.gz'],
    ]) {
      const head = readFileSync(`examples/digits/${file}`).subarray(0, KIND_HEAD_BYTES);
      expect(fileKind(head)?.name).toBe(name);
    }
  });

  it('is not guessed', () => {
    for (const bytes of ['\x07\x01\x02', '\x08\x03\x01', '\0', 'MZ\x90\0', '\xff\xfea\0']) {
      expect(fileKind(latin(bytes))).toBeNull();
    }
    for (let byte = 0; byte < 256; byte++) fileKind(Uint8Array.of(byte));
  });
});
