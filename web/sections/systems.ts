/** Section 7: the systems of Table 1 on one network, drawn from the file that `unearth compare` wrote. */

import report from '../../docs/figures/table-one/digits.json';
import { comparisonFigures } from '../library.js';
import { byId, grouped, make } from '../page/dom.js';
import { setPicture } from '../page/scheme.js';

type Systems = Parameters<typeof comparisonFigures>[0];

export function startSystems(): void {
  const place = byId('systems-figures');
  // The file is the command's report; its figures read no more of it than the command's own do.
  const systems = report.systems as unknown as Systems;
  for (const { name, svg } of comparisonFigures(systems, report.epsilon)) {
    if (name !== 'weights' && name !== 'error') continue;
    const figure = make('div', {
      ...{ class: 'picture scroll', tabindex: '0', role: 'region' },
      'aria-label': name === 'weights' ? 'Weights of the random networks' : 'Errors',
    });
    setPicture(figure, svg);
    place.append(figure);
  }
  const weightsOf = (system: string): number =>
    Number(systems.find((each) => each.system === system)?.planned?.weights);
  const [paper, own] = [weightsOf('diamond'), weightsOf('horner')];
  const { parameters } = report.model;
  const times = (many: number): string =>
    new Intl.NumberFormat('en', {
      ...({ notation: 'compact', compactDisplay: 'long' } as const),
      maximumSignificantDigits: 2,
    }).format(many);
  byId('systems-words').textContent =
    `The trained network has ${grouped(parameters)} weights and biases. The paper’s own system, Sreenivasan et al. (diamond), asks for a random network ${times(paper / parameters)} times that; this project’s, Horner, for one ${times(own / parameters)} times that.`;
  byId('systems-source').textContent =
    `Digits ${report.model.dimensions.join('-')} on ${report.domain}, error allowed ${report.epsilon}, seed ${report.seed}: docs/figures/table-one/digits.json, written by unearth compare examples/digits/digits.onnx. A ring is what a proof asks for, a disc what was built and proved.`;
}
