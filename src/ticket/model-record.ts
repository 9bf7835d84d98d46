/** A model file's identity, to recognise it again, and what a ticket can hold of one. */
export interface ModelRecord {
  /** File name without folders. */
  readonly name: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

export const MODEL_NAME = /^[^/\p{Cc}]{1,255}$/u;
export const MODEL_SHA256 = /^[0-9a-f]{64}$/;
