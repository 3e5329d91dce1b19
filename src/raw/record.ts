import type { Micros } from '../base/time.ts';
import type { ErrorCode } from '../errors/taxonomy.ts';

/** Firehose's limit on one record; the embedded home keeps the same, so that a workspace can move. */
export const MAX_RECORD_BYTES = 1_000_000;

export type PublishTimeOrigin = 'message' | 'queue' | 'arrival';

/** The columns of raw.<topic>, in field-id order. A text is exactly as it stood in the message. */
export interface RawRecord {
  readonly topicName: string;
  readonly messageId: string;
  readonly idempotencyKey: string;
  readonly periodReference: string | null;
  readonly correlationId: string | null;
  readonly publishTime: Micros;
  readonly publishTimeOrigin: PublishTimeOrigin;
  readonly ingestionTs: Micros;
  /** The reception id. */
  readonly source: string;
  readonly schemaVersion: string | null;
  readonly envelopeJson: string | null;
  readonly jsonPayload: string;
  readonly inexactNumberPaths: string | null;
  /** 16 hex digits over the payload's member names and nesting, not its values: rows of one shape drift alike. */
  readonly payloadShape: string;
}

/** Why a message can't enter RAW. Never holds payload text. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** Byte offset in the message; null where no single place is at fault. */
  readonly offset: number | null;
  readonly messageId: string | null;
  readonly correlationId: string | null;
}
