/** `--shape`: the text of a network, or a JSON file of one. */
import { InputError, UsageError, withFileName } from '../../core/errors.js';
import { METHOD_NAMES, searchOptions } from '../../search/options.js';
import { shapeFromJson } from '../../search/shape-json.js';
import { type NetworkShape, needsInput, parseShape } from '../../search/shape-text.js';
import type { FeatureShape } from '../../target/planes.js';
import { readRegularFile } from './open-file.js';

const EXPECTED = 'a network as JSON';
const LIMIT = 2 ** 20;

const isFile = (text: string): boolean => /\.json$/i.test(text);

/** The network of a file, or the text that it stands for. */
function fromFile(file: string): NetworkShape | string {
  const options = { expected: EXPECTED, limit: LIMIT, tooLarge: `give ${EXPECTED}` };
  return withFileName(file, () =>
    shapeFromJson(new TextDecoder().decode(readRegularFile(file, options))),
  );
}

/** Whether the size of the inputs is left to the data. */
export function leavesOpen(text: string): boolean {
  const shape = isFile(text) ? fromFile(text) : text;
  return typeof shape === 'string' && needsInput(shape);
}

/** The network; `input` is the size of the data's samples, where it is left to them. */
export function readShape(text: string, input?: FeatureShape): NetworkShape {
  if (!isFile(text)) return parseShape(text, input);
  const given = fromFile(text);
  return withFileName(text, () => {
    try {
      const shape = typeof given === 'string' ? parseShape(given, input) : given;
      // What no training takes is the file's fault.
      searchOptions({ method: METHOD_NAMES[0], ...shape });
      return shape;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const remedy = 'change the network in this file';
      throw new InputError({ place: 'network', problem: error.message, remedy });
    }
  });
}
