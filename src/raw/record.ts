import type { Micros } from '../base/time.ts';
import type { ErrorCode } from '../errors/taxonomy.ts';

/** Firehose's limit for one record. A workspace has the same limit, so that it can move to AWS. */
export const MAX_RECORD_BYTES = 1_000_000;

export type PublishTimeOrigin = 'message' | 'queue' | 'arrival';

/** The columns of raw.<topic>, in field-id order. Texts are exactly as in the message. */
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
  /**
   * 16 hex digits over the payload's member names and nesting, not its values. Rows of one shape have the
   * same drift.
   */
  readonly payloadShape: string;
}

/** Why a message cannot enter RAW. Never contains text of the payload. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** Byte offset in the message; null if no single place is wrong. */
  readonly offset: number | null;
  readonly messageId: string | null;
  readonly correlationId: string | null;
}
