import type { Micros } from '../base/time.ts';
import type { PublishTimeOrigin, Refusal } from './record.ts';

/** What the receiving home knows about one arrival, beyond the message's own bytes. */
export interface Reception {
  /** The reception id: `file:<id>@offset`, an SQS message id, `replay:<dead letter id>`. */
  readonly source: string;
  readonly ingestionTs: Micros;
  /** SQS SentTimestamp; null where no queue is involved. */
  readonly queueTime: Micros | null;
  /** The source's first-received time + 1 µs per position; the same again on resume and replay. */
  readonly arrivalTime: Micros;
  /**
   * A later publish time is refused: the reception's own time (queueTime, else arrivalTime) plus what the workspace
   * allows. Microseconds as a Number, exact until the year 2255: a bigint for each message would cost too much.
   */
  readonly latestPublishMicros: number;
}

/** A piece of UTF-8 text in some buffer; `start` is -1 where the text is absent (SQL NULL). */
export interface Slice {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * A message that enters RAW, as pieces of the buffers it was found in. The object and its slices are used
 * again by the next call of `receive`: copy what is to last (`recordOf` makes strings of it).
 */
export interface Accepted {
  readonly kind: 'record';
  readonly messageId: Slice;
  readonly idempotencyKey: Slice;
  readonly periodReference: Slice;
  readonly correlationId: Slice;
  readonly schemaVersion: Slice;
  /** Microseconds since 1970 are publishMillis × 1000 + publishMicros. */
  readonly publishMillis: number;
  /** 0..999. */
  readonly publishMicros: number;
  readonly publishTimeOrigin: PublishTimeOrigin;
  /** The message before and behind its payload; absent when bare. With `null` between them they are envelope_json. */
  readonly envelopeHead: Slice;
  readonly envelopeTail: Slice;
  /** Byte for byte the payload's span. */
  readonly payload: Slice;
  /** See inexact-paths.ts; null when every number is plain. */
  readonly inexactNumberPaths: string | null;
  readonly payloadShape: string;
  /** Payload or envelope holds CR or LF between its tokens. */
  readonly hasLineBreaks: boolean;
}

export interface Refused {
  readonly kind: 'refused';
  readonly refusal: Refusal;
}

export type Outcome = Accepted | Refused;
