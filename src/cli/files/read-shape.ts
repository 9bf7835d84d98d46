/** `--shape`: the text of a network, or a JSON file of one. */
import { withFileName } from '../../core/errors.js';
import { shapeFromJson } from '../../search/shape-json.js';
import { type NetworkShape, needsInput, parseShape } from '../../search/shape-text.js';
import type { FeatureShape } from '../../target/planes.js';
import { readRegularFile } from './open-file.js';

const EXPECTED = 'a network as JSON';
const LIMIT = 2 ** 20;

function given(text: string): NetworkShape | string {
  if (!/\.json$/i.test(text)) return text;
  const options = { expected: EXPECTED, limit: LIMIT, tooLarge: `give ${EXPECTED}` };
  return withFileName(text, () =>
    shapeFromJson(new TextDecoder().decode(readRegularFile(text, options))),
  );
}

/** Whether the size of the inputs is left to the data. */
export function leavesOpen(text: string): boolean {
  const shape = given(text);
  return typeof shape === 'string' && needsInput(shape);
}

/** The network; `input` is the size of the data's samples, where it is left to them. */
export function readShape(text: string, input?: FeatureShape): NetworkShape {
  const shape = given(text);
  return typeof shape === 'string' ? parseShape(shape, input) : shape;
}
