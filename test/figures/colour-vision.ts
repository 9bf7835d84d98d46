/**
 * How colours differ: contrast by WCAG 2, and distance in Oklab (Ottosson 2020) as seen with full vision
 * and without one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1).
 */

type Triple = readonly [number, number, number];

const WITHOUT_CONES: readonly (readonly [Triple, Triple, Triple])[] = [
  [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
];

/** Linear light of `#rrggbb`. */
function linear(hex: string): Triple {
  if (!/^#[0-9a-f]{6}$/.test(hex)) throw new RangeError(`'${hex}' is no colour`);
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function dot([a, b, c]: Triple, [x, y, z]: Triple): number {
  return a * x + b * y + c * z;
}

function oklab(light: Triple): Triple {
  const cones: Triple = [
    Math.cbrt(dot([0.4122214708, 0.5363325363, 0.0514459929], light)),
    Math.cbrt(dot([0.2119034982, 0.6806995451, 0.1073969566], light)),
    Math.cbrt(dot([0.0883024619, 0.2817188376, 0.6299787005], light)),
  ];
  return [
    dot([0.2104542553, 0.793617785, -0.0040720468], cones),
    dot([1.9779984951, -2.428592205, 0.4505937099], cones),
    dot([0.0259040371, 0.7827717662, -0.808675766], cones),
  ];
}

/** 1 to 21. */
export function contrast(first: string, second: string): number {
  const [one, two] = [first, second].map((hex) => dot([0.2126, 0.7152, 0.0722], linear(hex)));
  return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
}

/** The least distance of two of the colours, over all kinds of vision; black to white is 1. */
export function leastDistance(colours: readonly string[]): number {
  const visions = [
    (light: Triple): Triple => light,
    ...WITHOUT_CONES.map(
      ([red, green, blue]) =>
        (light: Triple): Triple => [
          Math.max(0, dot(red, light)),
          Math.max(0, dot(green, light)),
          Math.max(0, dot(blue, light)),
        ],
    ),
  ];
  let least = Number.POSITIVE_INFINITY;
  for (const see of visions) {
    const seen = colours.map((hex) => oklab(see(linear(hex))));
    for (const [index, one] of seen.entries()) {
      for (const two of seen.slice(index + 1)) {
        const apart = Math.hypot(one[0] - two[0], one[1] - two[1], one[2] - two[2]);
        least = Math.min(least, apart);
      }
    }
  }
  return least;
}
