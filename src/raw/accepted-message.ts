import type { Accepted } from './reception.ts';
import type { PublishTimeOrigin } from './record.ts';
import { MutableSlice } from './text-field.ts';

/** An accepted message. One object, reused for every message. */
export class AcceptedMessage implements Accepted {
  readonly kind = 'record';
  readonly messageId = new MutableSlice();
  readonly idempotencyKey = new MutableSlice();
  readonly periodReference = new MutableSlice();
  readonly correlationId = new MutableSlice();
  readonly schemaVersion = new MutableSlice();
  readonly envelopeHead = new MutableSlice();
  readonly envelopeTail = new MutableSlice();
  readonly payload = new MutableSlice();
  publishMillis = 0;
  publishMicros = 0;
  publishTimeOrigin: PublishTimeOrigin = 'message';
  inexactNumberPaths: string | null = null;
  payloadShape = '';
  hasLineBreaks = false;
}
