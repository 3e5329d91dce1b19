import { MIB } from '../base/bytes.ts';
import { CR, LF } from './bytes.ts';
import { PAYLOAD_PLACE } from './encoded-record.ts';
import { writeMicros } from './micros-text.ts';
import type { Accepted, Slice } from './reception.ts';

/**
 * Staged rows: columns parted by 0x01, rows by LF, NULL as one 0x02. No accepted text holds these bytes: JSON text
 * holds no control characters but white space, ids are refused with any. What does occur is CR and LF between
 * tokens: such rows go into a file of their own, where 0x03 and 0x04 stand for them in payload and envelope.
 */
export const STAGED_DELIMITER = 0x01;
export const STAGED_NULL = 0x02;
export const STAGED_CR = 0x03;
export const STAGED_LF = 0x04;

/** A staged file's columns in order; micros are decimal text. What one unit shares is not in it. */
export const STAGED_COLUMNS = Object.freeze([
  { name: 'message_id', type: 'text' },
  { name: 'idempotency_key', type: 'text' },
  { name: 'period_reference', type: 'text' },
  { name: 'correlation_id', type: 'text' },
  { name: 'publish_time', type: 'micros' },
  { name: 'publish_time_origin', type: 'text' },
  /** What makes the reception id unique within its source. */
  { name: 'source', type: 'text' },
  { name: 'schema_version', type: 'text' },
  { name: 'envelope_json', type: 'text' },
  { name: 'json_payload', type: 'text' },
  { name: 'inexact_number_paths', type: 'text' },
  { name: 'payload_shape', type: 'text' },
] as const);

/** The columns in which CR and LF are replaced. */
export const STAGED_JSON_COLUMNS: readonly string[] = Object.freeze(['envelope_json', 'json_payload']);

/** Separators, time, origin, shape and source position of a row, generously. */
const ROW_OVERHEAD = 256;

/** Encodes rows into one growing buffer, which whoever drains it uses again. */
export class StagedRows {
  private buffer = Buffer.allocUnsafe(MIB);
  private used = 0;

  get length(): number {
    return this.used;
  }

  /** The rows so far; valid until the next `add`. */
  take(): Uint8Array {
    const rows = this.buffer.subarray(0, this.used);
    this.used = 0;
    return rows;
  }

  /** `position` is ASCII text without control characters. */
  add(row: Accepted, position: string): void {
    this.reserve(row);
    this.slice(row.messageId);
    this.slice(row.idempotencyKey);
    this.slice(row.periodReference);
    this.slice(row.correlationId);
    this.micros(row.publishMillis, row.publishMicros);
    this.ascii(row.publishTimeOrigin);
    this.ascii(position);
    this.slice(row.schemaVersion);
    this.envelope(row);
    this.json(row.payload, row.hasLineBreaks);
    this.text(row.inexactNumberPaths);
    this.ascii(row.payloadShape);
    this.buffer[this.used - 1] = LF;
  }

  private reserve(row: Accepted): void {
    const needed =
      ROW_OVERHEAD +
      (row.messageId.end - row.messageId.start) +
      (row.idempotencyKey.end - row.idempotencyKey.start) +
      (row.periodReference.end - row.periodReference.start) +
      (row.correlationId.end - row.correlationId.start) +
      (row.schemaVersion.end - row.schemaVersion.start) +
      (row.envelopeHead.end - row.envelopeHead.start) +
      (row.envelopeTail.end - row.envelopeTail.start) +
      (row.payload.end - row.payload.start) +
      3 * (row.inexactNumberPaths?.length ?? 0);
    if (this.used + needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.used + needed));
    this.buffer.copy(larger, 0, 0, this.used);
    this.buffer = larger;
  }

  private slice({ bytes, start, end }: Slice): void {
    const { buffer } = this;
    let at = this.used;
    if (start < 0) buffer[at++] = STAGED_NULL;
    else if (end - start < SHORT) for (let i = start; i < end; i++) buffer[at++] = bytes[i] as number;
    else {
      buffer.set(bytes.subarray(start, end), at);
      at += end - start;
    }
    buffer[at] = STAGED_DELIMITER;
    this.used = at + 1;
  }

  private envelope({ envelopeHead, envelopeTail, hasLineBreaks }: Accepted): void {
    this.json(envelopeHead, hasLineBreaks);
    if (envelopeHead.start < 0) return;
    // Goes on where the head's delimiter stands.
    this.used -= 1;
    this.ascii(PAYLOAD_PLACE);
    this.used -= 1;
    this.json(envelopeTail, hasLineBreaks);
  }

  private json(slice: Slice, hasLineBreaks: boolean): void {
    const from = this.used;
    this.slice(slice);
    if (!hasLineBreaks) return;
    const { buffer } = this;
    for (let at = from; at < this.used; at++) {
      if (buffer[at] === CR) buffer[at] = STAGED_CR;
      else if (buffer[at] === LF) buffer[at] = STAGED_LF;
    }
  }

  private ascii(text: string): void {
    const { buffer } = this;
    let at = this.used;
    for (let i = 0; i < text.length; i++) buffer[at++] = text.charCodeAt(i);
    buffer[at] = STAGED_DELIMITER;
    this.used = at + 1;
  }

  private text(text: string | null): void {
    if (text === null) this.buffer[this.used++] = STAGED_NULL;
    else this.used += this.buffer.write(text, this.used);
    this.buffer[this.used++] = STAGED_DELIMITER;
  }

  private micros(millis: number, micros: number): void {
    const { buffer } = this;
    const at = writeMicros(buffer, this.used, millis, micros);
    buffer[at] = STAGED_DELIMITER;
    this.used = at + 1;
  }
}

/** Below this a loop is quicker than a call. */
const SHORT = 48;
