/** The signs of inputs that are feature maps: a source has one channel for all positions of a map. */
import type { FeatureShape } from '../target/linear-map.js';
import type { InputSign } from '../target/network.js';

/**
 * The sign of each channel, given those of its coordinates in the order of samples: of a channel with
 * coordinates of several signs, `signed`.
 */
export function channelSigns(
  signs: readonly InputSign[],
  { channels, height, width }: FeatureShape,
  channelsLast: boolean,
): InputSign[] {
  const area = height * width;
  return Array.from({ length: channels }, (_, channel) => {
    const own = new Set(
      Array.from(
        { length: area },
        (_, at) => signs[channelsLast ? at * channels + channel : channel * area + at],
      ),
    );
    return own.size === 1 ? (own.values().next().value as InputSign) : 'signed';
  });
}

/** The sign of each coordinate that the signs of its channels say. */
export function coordinateSigns(
  signs: readonly InputSign[],
  { height, width }: FeatureShape,
  channelsLast: boolean,
): InputSign[] {
  const area = height * width;
  return Array.from(
    { length: signs.length * area },
    (_, at) => signs[channelsLast ? at % signs.length : Math.floor(at / area)] as InputSign,
  );
}
