/**
 * What a file is, by its first bytes: so that a file of another kind than expected is named for what it
 * is, with the way from there, and not for the byte at which its reader gave up.
 */
import { checkBytes } from './arguments.js';
import { InputError } from './errors.js';
import { safeText } from './safe-text.js';

export type FileKindName =
  | 'pointer'
  | 'ticket'
  | 'checkpoint'
  | 'source'
  | 'safetensors'
  | 'onnx'
  | 'npy'
  | 'idx'
  | 'gzip'
  | 'text'
  | 'empty'
  | 'foreign';

export interface FileKind {
  readonly name: FileKindName;
  /** As `a Git LFS pointer`. */
  readonly words: string;
  /** What to do with such a file where another was expected. */
  readonly remedy: string;
}

/** Enough leading bytes for `fileKind`. */
export const KIND_HEAD_BYTES = 512;

const TORCH_EXPORT = 'export the model with torch.onnx.export';
const KERAS_EXPORT = 'convert the model to ONNX, e.g. with tf2onnx';

function foreign(words: string, remedy: string): FileKind {
  return { name: 'foreign', words, remedy };
}

const image = (format: string): FileKind =>
  foreign(`an image (${format})`, 'save its pixels as .npy or IDX to run a network on them');
const packed = (format: string): FileKind =>
  foreign(`a packed file (${format})`, 'unpack it and give the file inside');

/** Kinds by the bytes that a file begins with, as `patternText` writes them. */
const BEGINNINGS: readonly (readonly [RegExp, FileKind])[] = [
  [
    /^version https:\/\/git-lfs\.github\.com\/spec\//,
    {
      name: 'pointer',
      words: 'a Git LFS pointer, not the file that it stands for',
      remedy: 'get the file itself with `git lfs pull`',
    },
  ],
  [
    /^.{8}\{"__metadata__":\{"format":"unearth-ticket\//s,
    {
      name: 'ticket',
      words: 'a ticket of unearth',
      remedy: 'read it as a ticket',
    },
  ],
  [
    /^.{8}\{"__metadata__":\{"format":"unearth-checkpoint\//s,
    {
      name: 'checkpoint',
      words: 'the checkpoint of an interrupted search',
      remedy: 'resume the search that it is of',
    },
  ],
  [
    /^\{"format":"unearth-source\//,
    {
      name: 'source',
      words: 'the plan of a source',
      remedy: 'find a model in that source',
    },
  ],
  [
    /^.{5}␀␀␀\{[ ␉␊␍]*"/s,
    {
      name: 'safetensors',
      words: 'a safetensors file: weights without the network they belong to',
      remedy: 'export the network as ONNX',
    },
  ],
  // The version of the format, then a field of ModelProto.
  [
    /^␈[␁-␟][␒␚\x22\x28\x32\x3a\x42]/,
    { name: 'onnx', words: 'an ONNX model', remedy: 'find its ticket first' },
  ],
  [
    /^\x93NUMPY/,
    { name: 'npy', words: 'a NumPy array (.npy)', remedy: 'run a ticket on its numbers' },
  ],
  [
    /^␀␀[␈␉␋-␎][␁-␈]/,
    { name: 'idx', words: 'an IDX array', remedy: 'run a ticket on its numbers' },
  ],
  [/^␟\x8b/, { name: 'gzip', words: 'a file packed with gzip', remedy: 'unpack it with gunzip' }],
  [
    /^PK␃␄.{26}[^/]{1,200}\.npy/s,
    foreign('a ZIP archive of NumPy arrays (.npz)', 'unpack it and give one of its .npy files'),
  ],
  [
    /^PK␃␄.{26}[^/]{1,200}\/(?:data\.pkl|version|\.format_version|\.data\/|byteorder|code\/|constants\.pkl)/s,
    foreign('a PyTorch file (.pt, .pth)', TORCH_EXPORT),
  ],
  [/^PK␃␄.{26}(?:metadata|config)\.json/s, foreign('a Keras file (.keras)', KERAS_EXPORT)],
  [/^PK␃␄/, foreign('a ZIP archive', 'unpack it and give one of its files')],
  [/^\x80[␂-␅]/, foreign('a Python pickle, such as PyTorch wrote', TORCH_EXPORT)],
  [/^\x89HDF␍␊␚␊/, foreign('an HDF5 file, such as Keras writes (.h5)', KERAS_EXPORT)],
  [/^.{4}TFL3/s, foreign('a TensorFlow Lite model (.tflite)', KERAS_EXPORT)],
  [/^GGUF/, foreign('a GGUF file, the weights of a language model', 'give a ReLU network')],
  [/^\x89PNG␍␊/, image('PNG')],
  [/^\xff\xd8\xff/, image('JPEG')],
  [/^GIF8[79]a/, image('GIF')],
  [/^RIFF.{4}WEBP/s, image('WebP')],
  [/^BM.{4}␀␀␀␀/s, image('BMP')],
  [/^(?:II\*␀|MM␀\*)/, image('TIFF')],
  [/^%PDF-/, foreign('a PDF file', 'give the file that it tells of')],
  [/^\xfd7zXZ␀/, packed('xz')],
  [/^\x28\xb5\x2f\xfd/, packed('Zstandard')],
  [/^BZh[1-9]/, packed('bzip2')],
  [/^7z\xbc\xaf\x27␜/, packed('7z')],
  [/^Rar!␚␇/, packed('RAR')],
  [/^.{257}ustar/s, packed('tar')],
  [
    /^(?:\xef\xbb\xbf)?[ ␉␊␍]*<(?:!doctype html|html|head|body)\b/i,
    foreign('a web page', 'get the file itself: the page came in its place'),
  ],
  [/^(?:\xef\xbb\xbf)?[ ␉␊␍]*<svg\b/i, image('SVG')],
  [
    /^(?:\xef\xbb\xbf)?[ ␉␊␍]*<(?:\?xml|net\b)/i,
    foreign('an XML file (OpenVINO writes such)', 'export the model as ONNX'),
  ],
];

/** What a file is, from its first `KIND_HEAD_BYTES` bytes; null where they do not tell. */
export function fileKind(head: Uint8Array): FileKind | null {
  checkBytes('head', head);
  const bytes = head.subarray(0, KIND_HEAD_BYTES);
  if (bytes.length === 0) return EMPTY;
  const text = patternText(bytes);
  return BEGINNINGS.find(([pattern]) => pattern.test(text))?.[1] ?? textKind(bytes);
}

const EMPTY: FileKind = { name: 'empty', words: 'an empty file', remedy: 'get the file again' };
const CONTROLS_OF_TEXT = new Set(['\t', '\n', '\r', '\f']);
/** How much of a text is shown. */
const SHOWN = 40;

/** Not of every text that JSON is, but of few that are not. */
const JSON_START = /^\s*(?:\{\s*["}]|\[\s*["{[\]\d-])/;

/** Text is what has no control characters but those of its layout. */
function textKind(bytes: Uint8Array): FileKind | null {
  const text = new TextDecoder().decode(bytes);
  const isText = [...text].every(
    (character) => character >= ' ' || CONTROLS_OF_TEXT.has(character),
  );
  if (!isText || text.includes('\ufffd')) return null;
  const line = text.trimStart().split(/[\r\n]/, 1)[0] ?? '';
  const shown = line.length > SHOWN ? `${line.slice(0, SHOWN)}...` : line;
  return {
    name: 'text',
    words: `${JSON_START.test(text) ? 'JSON' : 'text'} that begins with ${safeText(JSON.stringify(shown))}`,
    remedy: 'get the file itself',
  };
}

/** Bytes as Latin-1, but for control characters: as Unicode's pictures of them, to be seen in patterns. */
function patternText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte < 0x20 ? 0x2400 + byte : byte);
  return text;
}

/**
 * Throws an `InputError`, without the file's name, if a file is of a known kind that is none of
 * `allowed`. `expected` says what was, as `a model (.onnx or .nnet)`; `remedies` take the place of the
 * kinds' own.
 */
export function refuseOtherKinds(
  head: Uint8Array,
  allowed: readonly FileKindName[],
  expected: string,
  remedies: Readonly<Partial<Record<FileKindName, string>>> = {},
): void {
  const kind = fileKind(head);
  if (kind === null || allowed.includes(kind.name)) return;
  throw new InputError({
    place: '',
    problem: `this is ${kind.words}, and ${expected} is expected`,
    remedy: remedies[kind.name] ?? kind.remedy,
  });
}
