/**
 * A small emitter of WebAssembly modules: enough of the binary format (core specification 2.0,
 * chapter 5) for kernels that work on one imported memory. A function body is a list of bytes.
 */

export type Code = readonly number[];

export const TYPE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = (typeof TYPE)[keyof typeof TYPE];

export interface WasmFunction {
  readonly name: string;
  /** Parameters are locals 0, 1, ..; the result is always empty. */
  readonly parameters: readonly ValueType[];
  /** Further locals, numbered on from the parameters. */
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/** Unsigned LEB128 of an integer in [0, 2^32). */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>>= 7;
    if (rest === 0) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** Signed LEB128 of a 32-bit integer. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
      return [...bytes, low];
    }
    bytes.push(low | 0x80);
  }
}

const list = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()];
const text = (value: string): number[] => {
  const bytes = new TextEncoder().encode(value);
  return [...unsigned(bytes.length), ...bytes];
};
const section = (id: number, content: Code): number[] => [
  id,
  ...unsigned(content.length),
  ...content,
];

/** The module with these functions exported by name; it imports the memory `host.memory`. */
export function wasmModule(functions: readonly WasmFunction[]): ArrayBuffer {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...unsigned(parameters.length),
    ...parameters,
    0,
  ]);
  const bodies = functions.map(({ locals, body }) => {
    const content = [...list(locals.map((type) => [1, type])), ...body, 0x0b];
    return [...unsigned(content.length), ...content];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([[...text('host'), ...text('memory'), 2, 0, 0]])),
    ...section(3, list(functions.map((_, index) => unsigned(index)))),
    ...section(7, list(functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]))),
    ...section(10, list(bodies)),
  ]).buffer;
}

// Instructions, by the names of the specification.
export const localGet = (index: number): Code => [0x20, ...unsigned(index)];
export const localSet = (index: number): Code => [0x21, ...unsigned(index)];
export const localTee = (index: number): Code => [0x22, ...unsigned(index)];
export const i32Const = (value: number): Code => [0x41, ...signed(value)];
export const i32Add: Code = [0x6a];
export const i32Subtract: Code = [0x6b];
export const i32LessUnsigned: Code = [0x49];
export const i32AtLeastUnsigned: Code = [0x4f];
export const i32Multiply: Code = [0x6c];
export const i32Equal: Code = [0x46];
export const i32And: Code = [0x71];
export const i32ShiftRightUnsigned: Code = [0x76];
export const i32Load = (offset: number): Code => [0x28, 2, ...unsigned(offset)];
export const ifThen = (...code: Code[]): Code => [0x04, 0x40, ...code.flat(), 0x0b];
/** Runs the code, then again while the condition that it leaves on the stack holds. */
export const doWhile = (...code: Code[]): Code => [0x03, 0x40, ...code.flat(), 0x0d, 0, 0x0b];
export const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
/** Bytes are aligned only to 4 where scalars are meant, which costs nothing on today's processors. */
export const vectorLoad = (offset: number): Code => [...simd(0), 2, ...unsigned(offset)];
export const vectorStore = (offset: number): Code => [...simd(11), 2, ...unsigned(offset)];

/** Adds to a local what `by` leaves on the stack. */
export function advance(local: number, by: Code): Code {
  return [...localGet(local), ...by, ...i32Add, ...localSet(local)];
}

/** Takes 1 from a local, and leaves it on the stack. */
export function countDown(local: number): Code {
  return [...localGet(local), ...i32Const(1), ...i32Subtract, ...localTee(local)];
}
