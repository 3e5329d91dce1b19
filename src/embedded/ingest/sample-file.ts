import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { KIB } from '../../base/bytes.ts';
import { isErrno } from '../../base/errno.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { ErrorCode } from '../../errors/taxonomy.ts';
import { compressionOf, Decompressor, MAGIC_BYTES } from './compression.ts';
import { LineSplitter } from './line-splitter.ts';

/** Why a line of a sample is skipped. */
export type SampleFault = Extract<
  ErrorCode,
  'NOT_UTF8' | 'MALFORMED_JSON' | 'NOT_AN_OBJECT' | 'RECORD_TOO_LARGE'
>;

export interface SampleOptions {
  /** Receives each message as parsed JSON. Returns true if it is an object. */
  readonly onMessage: (message: unknown) => boolean;
  /** Receives the bytes read so far and the size of the file. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

export interface SampleResult {
  readonly messages: number;
  readonly skipped: Readonly<Partial<Record<SampleFault, number>>>;
}

const CHUNK_BYTES = 256 * KIB;

/**
 * Reads a file with one JSON message per line (plain, gzip, zstd) in bounded memory. It counts and skips bad lines.
 * Throws SOURCE_MISSING, SOURCE_UNREADABLE, SOURCE_TRUNCATED, INTERRUPTED.
 */
export async function readSampleFile(path: string, options: SampleOptions): Promise<SampleResult> {
  const file = openSample(path);
  const reader = new SampleReader(options);
  try {
    const total = fstatSync(file).size;
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const compression = compressionOf(chunk.subarray(0, readSync(file, chunk, 0, MAGIC_BYTES, 0)), path);
    const decompressor =
      compression === 'plain' ? null : new Decompressor(compression, path, (bytes) => reader.take(bytes));
    for (let done = 0; ; ) {
      if (options.signal.aborted) throw interrupted();
      const read = readSync(file, chunk, 0, CHUNK_BYTES, done);
      if (read === 0) break;
      done += read;
      const bytes = chunk.subarray(0, read);
      if (decompressor === null) reader.take(bytes);
      else await decompressor.write(bytes);
      options.onProgress(done, total);
      // Gives a signal the chance to arrive.
      await new Promise(setImmediate);
    }
    await decompressor?.end();
    return reader.end();
  } finally {
    closeSync(file);
  }
}

class SampleReader {
  private readonly splitter: LineSplitter;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  private readonly skipped: Partial<Record<SampleFault, number>> = {};
  private messages = 0;

  constructor(options: SampleOptions) {
    const line = (bytes: Buffer, start: number, end: number): void => {
      const fault = this.read(bytes.subarray(start, end), options.onMessage);
      if (fault === null) this.messages += 1;
      else this.skip(fault);
    };
    this.splitter = new LineSplitter(
      { line, longPart: () => undefined, longEnd: () => this.skip('RECORD_TOO_LARGE') },
      0,
      0,
    );
  }

  take(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const copied = bytes.copy(this.splitter.space(), 0, at);
      this.splitter.advance(copied);
      this.splitter.lines(() => false);
      at += copied;
    }
  }

  end(): SampleResult {
    this.splitter.rest();
    return { messages: this.messages, skipped: this.skipped };
  }

  private read(line: Buffer, onMessage: SampleOptions['onMessage']): SampleFault | null {
    try {
      return onMessage(JSON.parse(this.decoder.decode(line))) ? null : 'NOT_AN_OBJECT';
    } catch (error) {
      if (error instanceof SyntaxError) return 'MALFORMED_JSON';
      if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
        return 'NOT_UTF8';
      throw error;
    }
  }

  private skip(fault: SampleFault): void {
    this.skipped[fault] = (this.skipped[fault] ?? 0) + 1;
  }
}

function openSample(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (cause) {
    const code = isErrno(cause, 'ENOENT') ? 'SOURCE_MISSING' : 'SOURCE_UNREADABLE';
    throw new LeanOpsError(code, {
      operation: 'reading the sample',
      detail: 'the file cannot be opened',
      file,
      cause,
    });
  }
}

function interrupted(): LeanOpsError {
  return new LeanOpsError('INTERRUPTED', { operation: 'reading the sample', detail: 'nothing was written' });
}
