/** How large the feature maps of a source's layers are: nothing that its signs or masks depend on. */
import { checkObject, checkWhole } from '../core/arguments.js';
import { UsageError } from '../core/errors.js';
import { outputLength, type PlaneSize } from '../target/linear-map.js';
import { checkShape } from './check-shape.js';
import { MAXIMUM_WIDTH, readingOf, type SourceShape } from './shape.js';

/**
 * The planes of all layers, the inputs' first, if those of the inputs are of this size. Throws a
 * `UsageError` that names a layer whose kernel has no place, or which reads planes that do not fit.
 */
export function planesOf(shape: SourceShape, inputs: PlaneSize): PlaneSize[] {
  checkShape(shape);
  checkObject('inputs', inputs);
  checkWhole('inputs.height', inputs.height, 0, MAXIMUM_WIDTH);
  checkWhole('inputs.width', inputs.width, 0, MAXIMUM_WIDTH);
  const planes = [inputs];
  for (let t = 1; t <= shape.layers.length; t++) {
    const { reads, kernel, stride, pads, dilation } = readingOf(shape, t);
    const [plane = inputs, ...others] = reads.map((layer) => planes[layer] as PlaneSize);
    const tall = plane.height + pads.top + pads.bottom;
    const wide = plane.width + pads.left + pads.right;
    const height = outputLength(tall, kernel.height, stride.height, dilation.height);
    const width = outputLength(wide, kernel.width, stride.width, dilation.width);
    if (!(height >= 1 && width >= 1)) {
      throw new UsageError(
        `layer ${t}: a kernel of ${kernel.height} by ${kernel.width} has no place in ${tall} by ${wide}`,
      );
    }
    // What it reads without its kernel is as large as its own maps.
    if (!others.every((other) => other.height === height && other.width === width)) {
      throw new UsageError(
        `layer ${t}: of the layers ${reads.join(', ')}, all but the first must be of ${height} by ${width}, as it is`,
      );
    }
    planes.push({ height, width });
  }
  return planes;
}
