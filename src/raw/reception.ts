import type { Micros } from '../base/time.ts';
import type { PublishTimeOrigin, Refusal } from './record.ts';

/** What the receiver knows about one reception, in addition to the bytes of the message. */
export interface Reception {
  /** The reception id: `file:<id>@offset`, an SQS message id, `replay:<dead letter id>`. */
  readonly source: string;
  readonly ingestionTs: Micros;
  /** SQS SentTimestamp; null if no queue is involved. */
  readonly queueTime: Micros | null;
  /** The time of the source's first reception + 1 µs per position. The same on resume and replay. */
  readonly arrivalTime: Micros;
  /**
   * A later publish time is refused: the time of the reception (queueTime, or else arrivalTime) plus the
   * configured tolerance. Microseconds as a Number, exact until the year 2255. A bigint per message would be
   * too slow.
   */
  readonly latestPublishMicros: number;
}

/** A piece of UTF-8 text in a buffer. `start` is -1 if the text is absent (SQL NULL). */
export interface Slice {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * A message that enters RAW, as slices of the buffers that contain it. The next call of `receive` reuses the
 * object and its slices. Copy what must last; `recordOf` makes strings.
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
  /**
   * The message before and after its payload; absent if the message is bare. Joined by `null` they are
   * envelope_json.
   */
  readonly envelopeHead: Slice;
  readonly envelopeTail: Slice;
  /** The exact bytes of the payload. */
  readonly payload: Slice;
  /** See inexact-paths.ts; null if every number is plain. */
  readonly inexactNumberPaths: string | null;
  readonly payloadShape: string;
  /** The payload or the envelope has CR or LF between its tokens. */
  readonly hasLineBreaks: boolean;
}

export interface Refused {
  readonly kind: 'refused';
  readonly refusal: Refusal;
}

export type Outcome = Accepted | Refused;
