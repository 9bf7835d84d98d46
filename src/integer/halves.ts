/** Halves of inputs: what a ReLU source sees of coordinates that may be negative. */
import type { InputSign } from '../target/input-signs.js';

/** One half of an input coordinate. */
export interface InputHalf {
  readonly input: number;
  /** Whether it is `s(-x)`. */
  readonly negative: boolean;
}

/** The halves of the inputs in order, the positive one of a signed input first. */
export function halvesOf(inputSigns: readonly InputSign[]): InputHalf[] {
  return inputSigns.flatMap((sign, input) => {
    const halves: InputHalf[] = [];
    if (sign !== 'nonpositive') halves.push({ input, negative: false });
    if (sign !== 'nonnegative') halves.push({ input, negative: true });
    return halves;
  });
}
