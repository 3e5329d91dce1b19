import { createHash } from 'node:crypto';
import { LeanOpsError } from '../errors/error.ts';

/** The key of `masking: hash`. Never log, print or put it into SQL text (DESIGN 2.7). */
export interface MaskingKey {
  readonly bytes: Uint8Array;
  /** 16 hex digits that tell keys apart and give nothing away. */
  readonly fingerprint: string;
}

/** HMAC-SHA256 gains nothing beyond its 64-byte block, and is weak below 16 bytes. */
const MIN_KEY_BYTES = 16;

/** `origin` names its place in the message. Throws CONFIG_INVALID. */
export function parseMaskingKey(text: string, origin: string): MaskingKey {
  const hex = text.trim();
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(hex) || hex.length < 2 * MIN_KEY_BYTES) {
    throw new LeanOpsError('CONFIG_INVALID', {
      operation: 'reading the masking key',
      detail: `${origin} must hold at least ${2 * MIN_KEY_BYTES} hex digits and nothing else`,
      remedy: 'Restore the key, or make one: openssl rand -hex 32.',
    });
  }
  const bytes = Buffer.from(hex, 'hex');
  const fingerprint = createHash('sha256')
    .update('lean-ops masking key')
    .update(bytes)
    .digest('hex')
    .slice(0, 16);
  return { bytes, fingerprint };
}
