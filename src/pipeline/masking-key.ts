import { createHash } from 'node:crypto';
import { LeanOpsError } from '../errors/error.ts';

/** The key of `masking: hash`. It is never logged, printed or put into SQL text: with it, values can be guessed from hashes. */
export interface MaskingKey {
  readonly bytes: Uint8Array;
  /** 16 hex digits that distinguish keys and reveal nothing about them. */
  readonly fingerprint: string;
}

/** HMAC-SHA256 is weak with shorter keys. */
const MIN_KEY_BYTES = 16;

/** The key from its hex digits. `origin`: the variable, file or secret of the text. Throws MASKING_KEY_INVALID, which names it. */
export function parseMaskingKey(text: string, origin: string): MaskingKey {
  const hex = text.trim();
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(hex) || hex.length < 2 * MIN_KEY_BYTES) {
    throw new LeanOpsError('MASKING_KEY_INVALID', {
      operation: 'reading the masking key',
      detail: `${origin} must consist of at least ${2 * MIN_KEY_BYTES} hex digits and nothing else`,
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
