import { BACKSLASH, CR, LF, QUOTE, SPACE, TAB, ZERO } from './bytes.ts';
import { PAYLOAD_PLACE } from './encoded-record.ts';
import type { Accepted, Reception, Slice } from './reception.ts';
import type { Micros } from './record.ts';

/** Most records are far smaller; each buffer lives as long as the last record in it. */
const BUFFER_BYTES = 256 * 1024;
/** Names, quotes, times and other fixed columns of a record, generously. */
const OVERHEAD_BYTES = 1024;
const LETTER_N = 0x6e;
const LETTER_R = 0x72;
const LETTER_T = 0x74;

/** What stands before each value, from the second column on. */
const BEFORE = {
  messageId: Buffer.from('"message_id":'),
  idempotencyKey: Buffer.from(',"idempotency_key":'),
  periodReference: Buffer.from(',"period_reference":'),
  correlationId: Buffer.from(',"correlation_id":'),
  publishTime: Buffer.from(',"publish_time":'),
  publishTimeOrigin: Buffer.from(',"publish_time_origin":"'),
  ingestionTs: Buffer.from('","ingestion_ts":'),
  source: Buffer.from(',"source":'),
  schemaVersion: Buffer.from(',"schema_version":'),
  envelopeJson: Buffer.from(',"envelope_json":'),
  jsonPayload: Buffer.from(',"json_payload":'),
  inexactNumberPaths: Buffer.from(',"inexact_number_paths":'),
  payloadShape: Buffer.from(',"payload_shape":"'),
} as const;

/**
 * `encodeRecord`, byte for byte, straight from the message's bytes: what makes strings of them costs several times as
 * much. For the receptions of one topic at one ingestion time; a record given out stays as it is.
 */
export class RecordEncoder {
  private readonly head: Buffer;
  private readonly ingestionTs: string;
  private buffer = Buffer.alloc(0);
  private used = 0;

  constructor(topic: string, ingestionTs: Micros) {
    this.head = Buffer.from(`{"topic_name":${JSON.stringify(topic)},`);
    this.ingestionTs = ingestionTs.toString();
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
    this.ascii(microsText(row.publishMillis, row.publishMicros));
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
    this.buffer = Buffer.allocUnsafeSlow(Math.max(BUFFER_BYTES, needed));
    this.used = 0;
  }

  private member(before: Buffer, value: Slice): void {
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
      if (byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH) {
        buffer[at++] = byte;
        continue;
      }
      buffer[at++] = BACKSLASH;
      if (byte === LF) buffer[at++] = LETTER_N;
      else if (byte === CR) buffer[at++] = LETTER_R;
      else buffer[at++] = byte === TAB ? LETTER_T : byte;
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
    this.used += this.buffer.write(JSON.stringify(text), this.used);
  }
}

function length({ start, end }: Slice): number {
  return end - start;
}

/** millis × 1000 + micros, which may lie beyond what a Number holds. */
function microsText(millis: number, micros: number): string {
  if (millis < 1) return String(BigInt(millis) * 1000n + BigInt(micros));
  return `${millis}${String.fromCharCode(ZERO + Math.floor(micros / 100), ZERO + (Math.floor(micros / 10) % 10), ZERO + (micros % 10))}`;
}
