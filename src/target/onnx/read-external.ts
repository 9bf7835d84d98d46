/** How a reader asks for data that an ONNX file keeps in other files. */

/** Gives the bytes of a file beside the model; throws an `InputError` for anything else. */
export type ReadExternal = (relativePath: string) => Uint8Array;
