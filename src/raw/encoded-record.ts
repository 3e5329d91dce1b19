import type { Accepted, Reception, Slice } from './reception.ts';
import type { RawRecord } from './record.ts';

/** Copies an accepted message into strings. */
export function recordOf(accepted: Accepted, topicName: string, reception: Reception): RawRecord {
  return {
    topicName,
    messageId: textOf(accepted.messageId),
    idempotencyKey: textOf(accepted.idempotencyKey),
    periodReference: nullableText(accepted.periodReference),
    correlationId: nullableText(accepted.correlationId),
    publishTime: BigInt(accepted.publishMillis) * 1000n + BigInt(accepted.publishMicros),
    publishTimeOrigin: accepted.publishTimeOrigin,
    ingestionTs: reception.ingestionTs,
    source: reception.source,
    schemaVersion: nullableText(accepted.schemaVersion),
    envelopeJson: envelopeText(accepted),
    jsonPayload: textOf(accepted.payload),
    inexactNumberPaths: accepted.inexactNumberPaths,
    payloadShape: accepted.payloadShape,
  };
}

/** Replaces the payload in envelope_json. */
export const PAYLOAD_PLACE = 'null';

function envelopeText({ envelopeHead, envelopeTail }: Accepted): string | null {
  if (envelopeHead.start < 0) return null;
  return textOf(envelopeHead) + PAYLOAD_PLACE + textOf(envelopeTail);
}

function textOf({ bytes, start, end }: Slice): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** The text of a slice; null if the record lacks it. */
export function nullableText(slice: Slice): string | null {
  return slice.start < 0 ? null : textOf(slice);
}

/** The JSON record for Firehose. Times are integer microseconds, which its Iceberg destination requires. */
export function encodeRecord(record: RawRecord): string {
  const columns: readonly (readonly [string, string | bigint | null])[] = [
    ['topic_name', record.topicName],
    ['message_id', record.messageId],
    ['idempotency_key', record.idempotencyKey],
    ['period_reference', record.periodReference],
    ['correlation_id', record.correlationId],
    ['publish_time', record.publishTime],
    ['publish_time_origin', record.publishTimeOrigin],
    ['ingestion_ts', record.ingestionTs],
    ['source', record.source],
    ['schema_version', record.schemaVersion],
    ['envelope_json', record.envelopeJson],
    ['json_payload', record.jsonPayload],
    ['inexact_number_paths', record.inexactNumberPaths],
    ['payload_shape', record.payloadShape],
  ];
  const members = columns.map(([name, value]) => {
    return `"${name}":${typeof value === 'bigint' ? value : JSON.stringify(value)}`;
  });
  return `{${members.join(',')}}`;
}

/** The size in bytes that MAX_RECORD_BYTES limits, in a workspace and on AWS. */
export function encodedRecordBytes(record: RawRecord): number {
  return Buffer.byteLength(encodeRecord(record));
}
