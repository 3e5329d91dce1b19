import { createHmac } from 'node:crypto';
import { LeanOpsError } from '../../errors/error.ts';
import type { MaskingKey } from '../../pipeline/masking-key.ts';
import { IDEMPOTENCY_KEY, type Plan } from '../../semantic/plan.ts';

/** A business key as a person gives it: plain, or as the tables show it. */
export interface AskedKey {
  /** In the order of the key's columns. */
  readonly parts: readonly string[];
  /** The parts as rows may hold them: plain, and as the tables show them. */
  readonly forms: readonly (readonly string[])[];
  /** The receipt's name for it. */
  readonly hash: string;
}

/** Between the parts, where a key is one text. */
export const JOINT = ' | ';
const HASH = /^[0-9a-f]{64}$/;

/** Throws USAGE where `text` has not as many parts as the key. */
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

/** Of a key of several parts a JSON array of them, or the parts joined by ` | `. */
export function keyParts(plan: Plan, text: string): readonly string[] {
  return plan.key.length === 1 ? [text] : (jsonParts(text) ?? text.split(JOINT));
}

function jsonParts(text: string): readonly string[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.map(String) : null;
  } catch (error) {
    // A key may well begin with a bracket.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Parts may hold the joint themselves: then others' keys, joined, may be the same text. */
export function isAmbiguous({ parts, forms }: AskedKey): boolean {
  return forms.some((form) => form.join(JOINT).split(JOINT).length !== parts.length);
}

export function isHashed(plan: Plan, name: string): boolean {
  if (name === IDEMPOTENCY_KEY) return plan.hashIdempotencyKey;
  return plan.columns.find((column) => column.name === name)?.masking?.kind === 'hash';
}

/** As the engine masks (DESIGN 6). */
export function hmac({ bytes }: MaskingKey, text: string): string {
  return createHmac('sha256', bytes).update(text, 'utf8').digest('hex');
}
