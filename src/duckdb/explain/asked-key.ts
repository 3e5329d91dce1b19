import { createHmac } from 'node:crypto';
import { LeanOpsError } from '../../errors/error.ts';
import type { MaskingKey } from '../../pipeline/masking-key.ts';
import { IDEMPOTENCY_KEY, type Plan } from '../../semantic/plan.ts';

/** A business key as a person types it: plain, or as the tables show it. */
export interface AskedKey {
  /** In the order of the key's columns. */
  readonly parts: readonly string[];
  /** The parts as rows may hold them: plain, and as the tables show them. */
  readonly forms: readonly (readonly string[])[];
  /** Names the key in receipts of `forget`: a keyed hash, 64 hex digits. */
  readonly hash: string;
}

/** Joins the parts of a key that is shown as one text. */
export const JOINT = ' | ';
const HASH = /^[0-9a-f]{64}$/;

/** Reads a key as a person types it. Throws USAGE if `text` has another number of parts than the key. */
export function askedKey(plan: Plan, text: string, masking: MaskingKey): AskedKey {
  const parts = keyParts(plan, text);
  if (parts.length !== plan.key.length) {
    throw new LeanOpsError('USAGE', {
      operation: 'reading the key',
      detail: `the key of ${plan.topic} has ${plan.key.length} parts (${plan.key.join(', ')}), ${parts.length} were given`,
      remedy: 'Give the parts as a JSON array: --key \'["a", "b"]\'.',
    });
  }
  const shown = parts.map((part, index) => {
    return isHashed(plan, plan.key[index] ?? '') && !HASH.test(part) ? hmac(masking, part) : part;
  });
  return { parts, forms: [parts, shown], hash: hmac(masking, JSON.stringify([plan.topic, ...shown])) };
}

/** The parts of a key. A composite key is a JSON array of its parts, or the parts joined by ` | `. */
export function keyParts(plan: Plan, text: string): readonly string[] {
  return plan.key.length === 1 ? [text] : (jsonParts(text) ?? text.split(JOINT));
}

function jsonParts(text: string): readonly string[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.map(String) : null;
  } catch (error) {
    // A key may begin with a bracket without being a JSON array.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Whether another key may have the same joined text, because a part of this key contains the separator. */
export function isAmbiguous({ parts, forms }: AskedKey): boolean {
  return forms.some((form) => form.join(JOINT).split(JOINT).length !== parts.length);
}

/** Whether tables show the column as a keyed hash. */
export function isHashed(plan: Plan, name: string): boolean {
  if (name === IDEMPOTENCY_KEY) return plan.hashIdempotencyKey;
  return plan.columns.find((column) => column.name === name)?.masking?.kind === 'hash';
}

/** HMAC-SHA256 in lower-case hex, as the engine masks (src/sql/dialect.ts). */
export function hmac({ bytes }: MaskingKey, text: string): string {
  return createHmac('sha256', bytes).update(text, 'utf8').digest('hex');
}
