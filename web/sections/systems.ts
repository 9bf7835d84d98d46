/** Section 7: the systems of Table 1 on one network, drawn from the file that `unearth compare` wrote. */

import report from '../../docs/figures/table-one/digits.json';
import { comparisonFigures } from '../library.js';
import { byId, make } from '../page/dom.js';
import { setPicture } from '../page/scheme.js';

type Systems = Parameters<typeof comparisonFigures>[0];

export function startSystems(): void {
  const place = byId('systems-figures');
  // The file is the command's report; its figures read no more of it than the command's own do.
  const systems = report.systems as unknown as Systems;
  for (const { name, svg } of comparisonFigures(systems, report.epsilon)) {
    if (name !== 'weights' && name !== 'error') continue;
    const figure = make('div', { class: 'picture' });
    setPicture(figure, svg);
    place.append(figure);
  }
  byId('systems-source').textContent =
    `Digits ${report.model.dimensions.join('-')} on ${report.domain}, error allowed ${report.epsilon}, seed ${report.seed}: docs/figures/table-one/digits.json, written by unearth compare examples/digits/digits.onnx. A ring is what a proof asks for, a disc what was built and proved.`;
}
