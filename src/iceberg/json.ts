/** JSON of table metadata, with longs as bigint in both directions: plain JSON.parse would round them. */

/** Keys that the specification declares as long: their values are always bigint, even small ones. */
const LONG_KEYS: ReadonlySet<string> = new Set([
  'snapshot-id',
  'parent-snapshot-id',
  'current-snapshot-id',
  'sequence-number',
  'last-sequence-number',
  'timestamp-ms',
  'last-updated-ms',
  'max-ref-age-ms',
  'max-snapshot-age-ms',
  'first-row-id',
  'next-row-id',
  'added-rows',
]);

const INTEGER = /^-?\d+$/;

interface JsonWithSource {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

/** TypeScript's library does not declare this part of ES2025's JSON yet. */
const json = JSON as unknown as JsonWithSource;

/** Parses metadata JSON. Integers of long keys, and any beyond 2^53, become bigint. Throws SyntaxError. */
export function parseLongJson(text: string): unknown {
  return json.parse(text, (key, value, context) => {
    if (typeof value !== 'number' || context.source === undefined || !INTEGER.test(context.source))
      return value;
    return LONG_KEYS.has(key) || !Number.isSafeInteger(value) ? BigInt(context.source) : value;
  });
}

/** JSON text in which bigint values are plain integers. */
export function formatLongJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) =>
    typeof item === 'bigint' ? json.rawJSON(item.toString()) : item,
  );
}
