/** Node's own hash, in place of the portable one: it takes a tenth of the time, and none to warm up. */
import { createHash } from 'node:crypto';
import { provideSha256 } from '../../core/sha256.js';

export function provideNodeSha256(): void {
  provideSha256(() => {
    const hash = createHash('sha256');
    return {
      update: (bytes) => void hash.update(bytes),
      hex: () => hash.digest('hex'),
    };
  });
}
