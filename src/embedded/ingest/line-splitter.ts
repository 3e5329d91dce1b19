import { createHash } from 'node:crypto';
import { KIB, MIB } from '../../base/bytes.ts';
import { CR, LF, SPACE, TAB } from '../../raw/bytes.ts';
import { MAX_MESSAGE_BYTES } from '../../raw/receive.ts';

/** The hash of this many bytes before an offset identifies the place in the source. */
export const WITNESS_BYTES = 64 * KIB;

const READ_BYTES = MIB;

/** Receives each line without its line end. Offsets count decompressed bytes of the source. */
export interface LineHandler {
  line(bytes: Buffer, start: number, end: number, offset: number): void;
  /** A line longer than MAX_MESSAGE_BYTES is delivered in pieces; `offset` is the start of the line. */
  longPart(bytes: Buffer, start: number, end: number, offset: number): void;
  longEnd(): void;
}

/**
 * Splits a stream of bytes into lines within one buffer, so that a line of any length needs bounded memory. Blank lines
 * are skipped. The buffer keeps the last bytes before the current line, whose hash identifies the place.
 */
export class LineSplitter {
  private readonly handler: LineHandler;
  private readonly buffer = Buffer.allocUnsafe(WITNESS_BYTES + MAX_MESSAGE_BYTES + 2 * READ_BYTES);
  /** The source offset of the buffer's first byte. */
  private base: number;
  /** Start of the current line, or of the rest of a long one. */
  private start = 0;
  /** The buffer has no line end before this index. */
  private searched = 0;
  private end = 0;
  /** Offset and hash before the long line in progress. */
  private longLine: { readonly offset: number; readonly witness: string } | null = null;
  /** Lines before this offset were ingested earlier. */
  private readonly from: number;

  /** `base`: the source offset of the first byte; `from` ≥ `base`: the offset at which lines start to count. */
  constructor(handler: LineHandler, base: number, from: number) {
    this.handler = handler;
    this.base = base;
    this.from = from;
  }

  /** Free space to read into; `advance` reports how much of it was used. */
  space(): Buffer {
    if (this.buffer.length - this.end < READ_BYTES) this.compact();
    return this.buffer.subarray(this.end);
  }

  /** The source offset behind all bytes so far. */
  get received(): number {
    return this.base + this.end;
  }

  /** The source offset behind the last complete line. */
  get taken(): number {
    return this.longLine?.offset ?? this.base + this.start;
  }

  get hasRest(): boolean {
    return this.longLine !== null || this.start < this.end;
  }

  /** SHA-256 of the bytes just before `taken`. */
  witness(): string {
    if (this.longLine !== null) return this.longLine.witness;
    const first = Math.max(0, this.start - WITNESS_BYTES);
    return createHash('sha256').update(this.buffer.subarray(first, this.start)).digest('hex');
  }

  /** True once `from` is reached. */
  get isPlaced(): boolean {
    return this.taken >= this.from;
  }

  advance(bytes: number): void {
    this.end += bytes;
    if (!this.isPlaced) {
      this.start = Math.min(this.end, this.from - this.base);
      this.searched = this.start;
    }
  }

  /** Passes on every complete line until `stop` returns true. */
  lines(stop: () => boolean): void {
    while (!stop()) {
      const at = this.buffer.indexOf(LF, this.searched);
      if (at < 0 || at >= this.end) {
        this.searched = this.end;
        if (this.longLine !== null || this.end - this.start > MAX_MESSAGE_BYTES + 1) this.part(this.end);
        return;
      }
      this.finishLine(at, at + 1);
    }
  }

  /** Passes on the rest as a line, because the source has ended. */
  rest(): void {
    if (this.hasRest) this.finishLine(this.end, this.end);
  }

  private finishLine(end: number, next: number): void {
    const { buffer, handler, start } = this;
    const hasCr = end > start && buffer[end - 1] === CR;
    const behind = hasCr ? end - 1 : end;
    if (this.longLine !== null) {
      if (behind > start) handler.longPart(buffer, start, behind, this.base + start);
      handler.longEnd();
      this.longLine = null;
    } else if (behind - start > MAX_MESSAGE_BYTES) {
      handler.longPart(buffer, start, behind, this.base + start);
      handler.longEnd();
    } else if (!isBlank(buffer, start, behind)) handler.line(buffer, start, behind, this.base + start);
    this.start = next;
    this.searched = next;
  }

  /** Passes on a piece of a long line without its last byte, which can be the CR of the line end. */
  private part(end: number): void {
    if (end - 1 <= this.start) return;
    this.longLine ??= { offset: this.taken, witness: this.witness() };
    this.handler.longPart(this.buffer, this.start, end - 1, this.base + this.start);
    this.start = end - 1;
  }

  private compact(): void {
    const from = Math.max(0, this.start - WITNESS_BYTES);
    this.buffer.copyWithin(0, from, this.end);
    this.base += from;
    this.start -= from;
    this.searched -= from;
    this.end -= from;
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== SPACE && bytes[i] !== TAB) return false;
  return true;
}
