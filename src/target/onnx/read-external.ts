/** How a reader asks for data that an ONNX file keeps in other files. */

/** Gives the bytes of a file beside the model; throws an `InputError` for anything else. */
export type ReadExternal = (relativePath: string) => Uint8Array;

/** A path without what says nothing: `./a//b` and `a/./b` are `a/b`. */
function plainPath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/**
 * The same reader, which is asked for each file once however its path is spelt; `opened` hears of every
 * file's bytes, once for each array that the reader gives.
 */
export function readOnce(read: ReadExternal, opened: (bytes: number) => void): ReadExternal {
  const files = new Map<string, Uint8Array>();
  const heard = new Set<Uint8Array>();
  return (path) => {
    const plain = plainPath(path);
    const known = files.get(plain);
    if (known !== undefined) return known;
    const bytes = read(plain);
    files.set(plain, bytes);
    if (!heard.has(bytes)) opened(bytes.length);
    heard.add(bytes);
    return bytes;
  };
}
