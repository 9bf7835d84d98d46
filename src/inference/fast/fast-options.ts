/** What a fast engine is asked for, checked and complete with its defaults. */
import { checkList, checkOneOf, checkPositive } from '../../core/arguments.js';
import { UsageError } from '../../core/errors.js';
import type { InputSign } from '../../target/network.js';
import { blockFactors } from '../block-factors.js';
import { checkProgram, type PrunedProgram } from '../pruned-program.js';
import { exactUnit } from '../quotients.js';
import { jsMachines } from './js-kernels.js';
import type { MachineFactory } from './kernels.js';
import type { Exactness } from './number-types.js';
import { hasWasmSimd, wasmMachines } from './wasm-kernels.js';

export interface FastOptions {
  /**
   * `bits`: every output is the exact one, rounded once to float64. `float` (the default): the fastest
   * type whose rounding error provably is at most the error that evaluating the integer network in
   * float32 could have, at every output and for samples of that size (`PrunedProgram.float32`).
   */
  readonly exactness?: Exactness;
  /** Signs that most inputs have (those of the ticket's domain); others work too, but slower. */
  readonly inputSigns?: readonly InputSign[];
  /**
   * The inputs are the batch divided by this, 1 by default. By a positive integer below 2^16 exactly,
   * as part of the network; by anything else in float64, beforehand.
   */
  readonly divide?: number;
  /** The kernels; WebAssembly where it has SIMD, else JavaScript. */
  readonly machines?: MachineFactory;
}

/** One engine's program and options. */
export interface FastSetting extends Required<FastOptions> {
  readonly program: PrunedProgram;
  /** Inputs, the constant not among them. */
  readonly raw: number;
  /** What each of them is measured in. */
  readonly scales: Float64Array;
  /** What the network itself divides by: `divide`, or 1 where the batch is divided beforehand. */
  readonly unit: number;
  readonly inputRoundings: number;
  readonly blocks: ReturnType<typeof blockFactors>;
}

export function fastSetting(program: PrunedProgram, options: FastOptions): FastSetting {
  checkProgram(program);
  const { scales } = program.maps ?? program;
  const raw = scales.length;
  const { exactness = 'float', divide = 1 } = options;
  const inputSigns = options.inputSigns ?? new Array<InputSign>(raw).fill('nonnegative');
  checkOneOf('exactness', exactness, ['float', 'bits']);
  checkPositive('divide', divide);
  checkSigns(inputSigns, raw);
  const machines = options.machines ?? (hasWasmSimd() ? wasmMachines : jsMachines);
  const unit = exactUnit(divide);
  const inputRoundings = unit === divide ? 0 : 1;
  const blocks = blockFactors(program);
  return {
    program,
    raw,
    scales,
    exactness,
    divide,
    inputSigns,
    machines,
    unit,
    inputRoundings,
    blocks,
  };
}

function checkSigns(signs: readonly InputSign[], inputs: number): void {
  checkList('inputSigns', signs);
  if (signs.length !== inputs) {
    throw new UsageError(`inputSigns: ${signs.length} signs for ${inputs} inputs`);
  }
  for (const sign of signs) {
    checkOneOf('inputSigns', sign, ['signed', 'nonnegative', 'nonpositive']);
  }
}
