/** What a block reads: the non-negative parts of its inputs. */
import { type InputPart, inputParts } from '../integer/input-parts.js';
import { columnsOfBlock, type NetworkClass } from '../integer/network-class.js';

/** One non-negative input of a block: the column it belongs to and the sign it is read with. */
export interface BlockInput {
  readonly column: number;
  readonly negative: boolean;
}

/** The non-negative inputs of a block, in column order, the constant last. */
export function blockInputs(networkClass: NetworkClass, block: number): BlockInput[] {
  const { dimensions, constant, inputSigns } = networkClass;
  const width = dimensions[block];
  const inputs: BlockInput[] = [];
  for (let column = 0; column < width; column++) {
    const sign = block === 0 ? inputSigns[column] : 'nonnegative';
    if (sign !== 'nonpositive') inputs.push({ column, negative: false });
    if (sign !== 'nonnegative') inputs.push({ column, negative: true });
  }
  if (constant) inputs.push({ column: width, negative: false });
  return inputs;
}

/** The same parts with the names that roles have for them, of feature maps too; `block` from 0. */
export function classParts(networkClass: NetworkClass, block: number): InputPart[] {
  const { constant, inputSigns, maps } = networkClass;
  const inputs = columnsOfBlock(networkClass, block) - (constant ? 1 : 0);
  const window = maps?.blocks[block].window;
  return inputParts({ block: block + 1, inputs, constant, inputSigns, window });
}
