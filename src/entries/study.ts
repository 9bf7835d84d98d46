/** `unearth/study`, unstable: the studies of the documentation. */
export { expressivityStudy } from '../study/expressivity.js';
export { fitSizes, sizeStudy } from '../study/size.js';
export { checkSuccess, successStudy } from '../study/success.js';
export { universalityStudy } from '../study/universality.js';
