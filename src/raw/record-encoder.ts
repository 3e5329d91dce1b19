import { KIB } from '../base/bytes.ts';
import type { Micros } from '../base/time.ts';
import * as jsonBytes from './bytes.ts';
import { PAYLOAD_PLACE } from './encoded-record.ts';
import { writeMicros } from './micros-text.ts';
import type { Accepted, Reception, Slice } from './reception.ts';

// A module's own constants V8 folds into its code; imported ones it would load and check at each use.
const { BACKSLASH, CR, LF, QUOTE, TAB } = jsonBytes;

/** A buffer's least size; each lives as long as the last record in it. */
const BUFFER_BYTES = 16 * KIB;
/** Names, quotes, times and other fixed columns of a record, generously. */
const OVERHEAD_BYTES = 1024;

/** Reception ids nearly always are: ASCII that stands for itself. */
const PLAIN = /^[\w:@./-]*$/;

/** What follows the backslash; 0 for a byte that stands for itself. */
const ESCAPE = new Uint8Array(256);
for (const [byte, letter] of [
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
  [TAB, 't'],
  [LF, 'n'],
  [CR, 'r'],
] as const) {
  ESCAPE[byte] = letter.charCodeAt(0);
}

const ENCODER = new TextEncoder();
const bytesOf = (text: string): Uint8Array => ENCODER.encode(text);

/** What stands before each value, from the second column on. */
const BEFORE = {
  messageId: bytesOf('"message_id":'),
  idempotencyKey: bytesOf(',"idempotency_key":'),
  periodReference: bytesOf(',"period_reference":'),
  correlationId: bytesOf(',"correlation_id":'),
  publishTime: bytesOf(',"publish_time":'),
  publishTimeOrigin: bytesOf(',"publish_time_origin":"'),
  ingestionTs: bytesOf('","ingestion_ts":'),
  source: bytesOf(',"source":'),
  schemaVersion: bytesOf(',"schema_version":'),
  envelopeJson: bytesOf(',"envelope_json":'),
  jsonPayload: bytesOf(',"json_payload":'),
  inexactNumberPaths: bytesOf(',"inexact_number_paths":'),
  payloadShape: bytesOf(',"payload_shape":"'),
} as const;

/**
 * `encodeRecord`, byte for byte, straight from the message's bytes: what makes strings of them costs several times as
 * much. For the receptions of one topic at one ingestion time; a record given out stays as it is.
 */
export class RecordEncoder {
  private readonly head: Uint8Array;
  private readonly ingestionTs: string;
  /** Not a Buffer: V8 keeps one kind of array apart from the other, and the message's slices are of this one. */
  private buffer: Uint8Array;
  private used = 0;

  /** `buffer`: one to begin with, which nobody else reads any more. */
  constructor(topic: string, ingestionTs: Micros, buffer: Uint8Array = new Uint8Array()) {
    this.head = bytesOf(`{"topic_name":${JSON.stringify(topic)},`);
    this.ingestionTs = ingestionTs.toString();
    this.buffer = buffer;
  }

  encode(row: Accepted, { source }: Pick<Reception, 'source'>): Uint8Array {
    this.reserve(row, source);
    const from = this.used;
    this.bytes(this.head);
    this.member(BEFORE.messageId, row.messageId);
    this.member(BEFORE.idempotencyKey, row.idempotencyKey);
    this.member(BEFORE.periodReference, row.periodReference);
    this.member(BEFORE.correlationId, row.correlationId);
    this.bytes(BEFORE.publishTime);
    this.used = writeMicros(this.buffer, this.used, row.publishMillis, row.publishMicros);
    this.bytes(BEFORE.publishTimeOrigin);
    this.ascii(row.publishTimeOrigin);
    this.bytes(BEFORE.ingestionTs);
    this.ascii(this.ingestionTs);
    this.bytes(BEFORE.source);
    this.text(source);
    this.member(BEFORE.schemaVersion, row.schemaVersion);
    this.envelope(row);
    this.member(BEFORE.jsonPayload, row.payload);
    this.bytes(BEFORE.inexactNumberPaths);
    this.text(row.inexactNumberPaths);
    this.bytes(BEFORE.payloadShape);
    this.ascii(row.payloadShape);
    this.ascii('"}');
    return this.buffer.subarray(from, this.used);
  }

  /** Escaping at most doubles a slice: of the control characters it holds no others than CR, LF and TAB. */
  private reserve(row: Accepted, source: string): void {
    const texts =
      length(row.messageId) +
      length(row.idempotencyKey) +
      length(row.periodReference) +
      length(row.correlationId) +
      length(row.schemaVersion) +
      length(row.envelopeHead) +
      length(row.envelopeTail) +
      length(row.payload);
    const others = source.length + (row.inexactNumberPaths?.length ?? 0);
    const needed = 2 * texts + 6 * others + this.head.length + OVERHEAD_BYTES;
    if (this.used + needed <= this.buffer.length) return;
    this.buffer = new Uint8Array(Math.max(BUFFER_BYTES, needed));
    this.used = 0;
  }

  private member(before: Uint8Array, value: Slice): void {
    this.bytes(before);
    if (value.start < 0) {
      this.ascii('null');
      return;
    }
    this.buffer[this.used++] = QUOTE;
    this.escaped(value);
    this.buffer[this.used++] = QUOTE;
  }

  private envelope({ envelopeHead, envelopeTail }: Accepted): void {
    this.bytes(BEFORE.envelopeJson);
    if (envelopeHead.start < 0) {
      this.ascii('null');
      return;
    }
    this.buffer[this.used++] = QUOTE;
    this.escaped(envelopeHead);
    this.ascii(PAYLOAD_PLACE);
    this.escaped(envelopeTail);
    this.buffer[this.used++] = QUOTE;
  }

  private escaped({ bytes, start, end }: Slice): void {
    const { buffer } = this;
    let at = this.used;
    for (let i = start; i < end; i++) {
      const byte = bytes[i] as number;
      const escaped = ESCAPE[byte] as number;
      if (escaped === 0) {
        buffer[at++] = byte;
      } else {
        buffer[at++] = BACKSLASH;
        buffer[at++] = escaped;
      }
    }
    this.used = at;
  }

  private bytes(part: Uint8Array): void {
    const { buffer } = this;
    let at = this.used;
    for (let i = 0; i < part.length; i++) buffer[at++] = part[i] as number;
    this.used = at;
  }

  private ascii(text: string): void {
    const { buffer } = this;
    let at = this.used;
    for (let i = 0; i < text.length; i++) buffer[at++] = text.charCodeAt(i);
    this.used = at;
  }

  /** A string or null as JSON says it. */
  private text(text: string | null): void {
    if (text === null) this.ascii('null');
    else if (PLAIN.test(text)) {
      this.buffer[this.used++] = QUOTE;
      this.ascii(text);
      this.buffer[this.used++] = QUOTE;
    } else this.used += ENCODER.encodeInto(JSON.stringify(text), this.buffer.subarray(this.used)).written;
  }
}

function length({ start, end }: Slice): number {
  return end - start;
}
