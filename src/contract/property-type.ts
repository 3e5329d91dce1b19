import type { InferredType } from './infer-type.ts';

/** The type of a property as a contract writes it. */
export type PropertyType = Pick<InferredType, 'logicalType' | 'physicalType' | 'epoch' | 'truncate'>;

const PLAIN = ['string', 'integer', 'number', 'boolean', 'date', 'timestamp', 'object', 'array'] as const;

/** The types that a user may name, for messages. */
export const TYPE_WORDS = `${PLAIN.join(', ')}, decimal(p,s), epoch-s or epoch-ms`;

/** A type as named on the command line. null if it is unknown. Bounds are checked with the contract. */
export function parsePropertyType(text: string): PropertyType | null {
  const plain = { physicalType: null, epoch: null, truncate: false };
  const logicalType = PLAIN.find((name) => name === text);
  if (logicalType !== undefined) return { ...plain, logicalType };
  if (/^decimal\(\d{1,2}, ?\d{1,2}\)$/.test(text))
    return { ...plain, logicalType: 'number', physicalType: text.replace(' ', '') };
  if (text === 'epoch-s') return { ...plain, logicalType: 'timestamp', epoch: 's' };
  return text === 'epoch-ms' ? { ...plain, logicalType: 'timestamp', epoch: 'ms' } : null;
}
