/** The member names that have a meaning in an envelope. The position of a name in the list is its number. */
export const KNOWN_NAMES = [
  '_metadata',
  'correlationId',
  'correlation_id',
  'data',
  'dataschema',
  'detail',
  'detail-type',
  'id',
  'idempotencyKeyResource',
  'idempotency_key',
  'Message',
  'messageId',
  'MessageId',
  'payload',
  'periodReference',
  'period_reference',
  'publishTime',
  'schemaVersion',
  'source',
  'specversion',
  'time',
  'Timestamp',
  'TopicArn',
  'type',
  'Type',
] as const;

export type KnownName = (typeof KNOWN_NAMES)[number];

const NUMBERS: ReadonlyMap<string, number> = new Map(KNOWN_NAMES.map((name, number) => [name, number]));

/** -1: the name has no meaning. */
export function knownNumber(name: string): number {
  return NUMBERS.get(name) ?? -1;
}
