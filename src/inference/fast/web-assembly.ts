/**
 * The part of the WebAssembly interface that the kernels use. TypeScript declares it only together
 * with the whole of a browser's interface, which the library must not rely on.
 */

/** A memory has no more: its addresses have 32 bits. */
export const MOST_MEMORY_BYTES = 2 ** 32;

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** A compiled module; opaque. */
export type WasmModule = object;

export interface WebAssemblyInterface {
  readonly Module: new (bytes: ArrayBuffer) => WasmModule;
  /** Sizes in pages of 64 KiB. */
  readonly Memory: new (descriptor: {
    readonly initial: number;
  }) => WasmMemory;
  readonly Instance: new (
    module: WasmModule,
    imports: { readonly host: { readonly memory: WasmMemory } },
  ) => { readonly exports: unknown };
  validate(bytes: ArrayBuffer): boolean;
}

/** The platform's WebAssembly, undefined where there is none. */
export const webAssembly: WebAssemblyInterface | undefined = (
  globalThis as unknown as { WebAssembly?: WebAssemblyInterface }
).WebAssembly;
