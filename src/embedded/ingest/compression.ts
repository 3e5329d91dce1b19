import type { Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { KIB } from '../../base/bytes.ts';
import { LeanOpsError } from '../../errors/error.ts';

export type Compression = 'plain' | 'gzip' | 'zstd';

/** Bytes that identify the compression. */
export const MAGIC_BYTES = 4;

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** Small, so that few lines before a damaged place are lost. Bytes. */
const OUTPUT_BYTES = 64 * KIB;

/** Detects the compression by the first bytes; compressed data never starts like JSON. The suffix decides if they are too few. */
export function compressionOf(head: Uint8Array, path: string): Compression {
  const starts = (magic: Buffer) => magic.equals(head.subarray(0, magic.length));
  if (starts(GZIP_MAGIC) || (head.length > 0 && head.length < MAGIC_BYTES && path.endsWith('.gz')))
    return 'gzip';
  if (starts(ZSTD_MAGIC) || (head.length > 0 && head.length < MAGIC_BYTES && path.endsWith('.zst')))
    return 'zstd';
  return 'plain';
}

/**
 * Decompresses in pieces. `onData` receives everything before a damaged place. Then `write` or `end` throws
 * SOURCE_TRUNCATED.
 */
export class Decompressor {
  private readonly stream: Transform;
  private failure: Error | null = null;
  private readonly name: string;

  constructor(compression: Exclude<Compression, 'plain'>, name: string, onData: (bytes: Buffer) => void) {
    this.name = name;
    const options = { chunkSize: OUTPUT_BYTES };
    this.stream = compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
    this.stream.on('data', (bytes: Buffer) => {
      try {
        onData(bytes);
      } catch (error) {
        // An error thrown in an event would end the thread, so `write` or `end` throws it.
        this.stream.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    });
    this.stream.on('error', (error) => {
      this.failure ??= error;
    });
  }

  write(bytes: Buffer): Promise<void> {
    return this.settled((done) => this.stream.write(bytes, done));
  }

  end(): Promise<void> {
    return this.settled((done) => {
      this.stream.once('end', done);
      this.stream.end();
    });
  }

  private settled(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (cause: Error): void => reject(truncated(this.name, cause));
      if (this.failure !== null) {
        fail(this.failure);
        return;
      }
      this.stream.once('error', fail);
      start((error) => {
        this.stream.off('error', fail);
        if (error) fail(error);
        else resolve();
      });
    });
  }
}

function truncated(name: string, cause: Error): Error {
  // Only errors of the decompressor have codes of zlib or zstd.
  const code = 'code' in cause ? String(cause.code) : '';
  if (!/^(Z_|ZSTD_)/.test(code)) return cause;
  return new LeanOpsError('SOURCE_TRUNCATED', { operation: 'decompressing the input', detail: name, cause });
}
