/**
 * How wide a line of text gets, without a font at hand: the advance widths of DejaVu Sans, which is as
 * wide as any of the usual sans-serif fonts (Verdana's are the same; Arial, Helvetica, Segoe UI and
 * Roboto are narrower), so that what fits by this estimate fits.
 */

/** Thousandths of an em for the characters 32 to 126. */
const REGULAR = [
  318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
  636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
  575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
  611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
  278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/** Of its bold face. */
const BOLD = [
  348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696,
  696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683,
  683, 821, 837, 372, 372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771,
  724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665,
  343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
];

/** Sub- and superscript digits and letters. */
const SMALL = /[²³¹⁰⁴-⁹₀-₉ⁿᵈ]/;
/** Letters of other alphabets and signs about as wide as a digit. */
const MEDIUM = /[\u00c0-\u024f\u0370-\u04ff\u00a3\u00a7\u00b0\u2013⁺⁻’‘“”·]/;
/** Beyond those nothing is known: Chinese, Japanese and Korean take a whole em, signs of operations less. */
const WIDE = 1000;

function thousandths(character: string, bold: boolean): number {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 32 && code <= 126) return (bold ? BOLD : REGULAR)[code - 32] as number;
  if (code === 0xa0) return (bold ? BOLD : REGULAR)[0] as number;
  if (SMALL.test(character)) return bold ? 480 : 406;
  if (MEDIUM.test(character)) return bold ? 740 : 660;
  return WIDE;
}

/** Upper estimate of the width in pixels of one line, set bold or not. */
export function estimateTextWidth(content: string, fontSize: number, bold = false): number {
  let width = 0;
  for (const character of content) width += thousandths(character, bold);
  return (width * fontSize) / 1000;
}

/** What belongs together stays on one line: operators with both sides, a word with its number, units. */
function bind(content: string): string {
  return content
    .replace(/ ([=≤≥<>+−·→×]) /g, '\u00a0$1\u00a0')
    .replace(/(\d) (%|µs|ms|bits?\b)/g, '$1\u00a0$2')
    .replace(
      /\b(seeds?|layers?|figure|output|epochs?|block|at most|d|l|m|n|ε) (?=\d)/gi,
      '$1\u00a0',
    )
    .replace(/# (?=is)/g, '#\u00a0')
    .replace(/(\S) (\S{1,3}[.)])$/, '$1\u00a0$2');
}

function greedyLines(words: readonly string[], fontSize: number, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && estimateTextWidth(longer, fontSize) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/**
 * Splits text into the least number of lines of at most `width` pixels by that estimate, and takes the
 * lines shorter where the last one would be a few lone words; a longer word stays whole.
 */
export function wrapText(content: string, fontSize: number, width: number): string[] {
  const words = bind(content)
    .split(/[ \n]+/)
    .filter((part) => part !== '');
  const lines = greedyLines(words, fontSize, width);
  const enough = 0.45 * width;
  for (let narrower = width; narrower >= width / 2; narrower -= 4) {
    const fits = greedyLines(words, fontSize, narrower);
    if (fits.length !== lines.length) break;
    const widths = fits.map((line) => estimateTextWidth(line, fontSize));
    if (Math.max(...widths) <= width && (widths.at(-1) ?? 0) >= enough) return fits;
  }
  return lines;
}

/** Cuts words that are wider than `width`, such as long file names, into pieces that are not. */
export function breakLongWords(content: string, fontSize: number, width: number): string {
  return content.replace(/[^ \n]+/g, (word) => {
    if (estimateTextWidth(word, fontSize) <= width) return word;
    const pieces = [''];
    for (const character of word) {
      const longer = pieces[pieces.length - 1] + character;
      if (estimateTextWidth(longer, fontSize) <= width) pieces[pieces.length - 1] = longer;
      else pieces.push(character);
    }
    return pieces.join(' ');
  });
}
