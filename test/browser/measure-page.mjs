/** Run inside a page: what its widths are, and in which colours its texts stand on what. */

function hex(colour) {
  const [red, green, blue, alpha = '1'] = colour.match(/[\d.]+/g) ?? [];
  if (blue === undefined || Number(alpha) === 0) return undefined;
  return `#${[red, green, blue].map((each) => Number(each).toString(16).padStart(2, '0')).join('')}`;
}

/** The colour of the nearest paper behind an element. */
function paperOf(element) {
  const figure = element.closest('svg');
  if (figure !== null) return hex(getComputedStyle(figure.querySelector('rect')).fill);
  for (let at = element; at !== null; at = at.parentElement) {
    const colour = hex(getComputedStyle(at).backgroundColor);
    if (colour !== undefined) return colour;
  }
  return undefined;
}

const texts = [...document.querySelectorAll('h1, h2, dt, dd, th, td, li, text')];
globalThis.measured = {
  window: innerWidth,
  page: document.documentElement.scrollWidth,
  table: document.querySelector('table').scrollWidth,
  tableBox: document.querySelector('.scroll').clientWidth,
  leastTextHeight: Math.min(
    ...[...document.querySelectorAll('svg text')].map(
      (text) => text.getBoundingClientRect().height,
    ),
  ),
  written: texts.map((element) => {
    const { color, fill } = getComputedStyle(element);
    return {
      text: element.textContent,
      colour: hex(element.closest('svg') === null ? color : fill),
      paper: paperOf(element),
    };
  }),
};
