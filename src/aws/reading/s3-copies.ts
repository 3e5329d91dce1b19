import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { fileError } from '../../base/file-error.ts';
import { copyOf } from '../../duckdb/parquet/table-relation.ts';
import type { FileCopies, RemoteFile } from '../../duckdb/tables/readable-place.ts';
import { awsError } from '../../errors/aws-error.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import { errorName } from '../deployment/error-name.ts';
import { s3Address } from '../deployment/s3-files.ts';
import { wholeBody } from '../deployment/whole-body.ts';

export interface S3CopiesOptions {
  readonly client: S3Client;
  /** An empty folder that only its owner can read: the files may contain values of messages. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Called before files are read. If it throws, nothing is read. */
  readonly begin: (amount: CopyAmount) => Promise<CopyProgress>;
}

/** The progress of one round of copies. */
export interface CopyProgress {
  copied(bytes: number): void;
  /** Called once, after success and after failure. */
  end(): void;
}

export interface CopyAmount {
  readonly files: number;
  readonly bytes: number;
}

/** Files at a time: enough to use a line's whole bandwidth, with few buffers in memory. */
const PARALLEL = 6;
const FILE_MODE = 0o600;

/** Timeouts for the client, in milliseconds. A connection without data for this long counts as broken. */
export const COPY_TIMEOUTS = { connectionTimeout: 10_000, socketTimeout: 30_000 } as const;

/**
 * Copies of S3's files on this machine's disk. Each file is streamed once. Throws DATA_FILE_CORRUPT if a file is missing or
 * cut off, AWS_UNAVAILABLE, AWS_REFUSED, DISK_FULL, INTERRUPTED.
 */
export function s3Copies(options: S3CopiesOptions): FileCopies {
  const copied = new Set<string>();
  return {
    folder: options.folder,
    fetch: async (files) => {
      // A delete file may hit many data files.
      const missing = [...new Map(files.map((file) => [file.path, file])).values()].filter(
        ({ path }) => !copied.has(path),
      );
      if (missing.length === 0) return;
      const bytes = missing.reduce((sum, { fileSize }) => sum + Number(fileSize), 0);
      const progress = await options.begin({ files: missing.length, bytes });
      const failure = new AbortController();
      const signal = AbortSignal.any([options.signal, failure.signal]);
      const queue = missing.values();
      const work = async (): Promise<void> => {
        for (const file of queue) {
          if (signal.aborted) return;
          await copy({ ...options, signal }, file);
          copied.add(file.path);
          progress.copied(Number(file.fileSize));
        }
      };
      const works = Array.from({ length: Math.min(PARALLEL, missing.length) }, work);
      try {
        await Promise.all(works);
        if (options.signal.aborted) throw interrupted('reading tables from S3');
      } finally {
        failure.abort();
        // The caller may remove the folder next: nothing may still write into it.
        await Promise.allSettled(works);
        progress.end();
      }
    },
  };
}

async function copy({ client, folder, signal }: S3CopiesOptions, file: RemoteFile): Promise<void> {
  const { path, fileSize } = file;
  const operation = `reading ${path}`;
  try {
    const written = await wholeBody(async () => {
      const { Body } = await client.send(new GetObjectCommand(s3Address(path)), { abortSignal: signal });
      invariant(Body instanceof Readable, 'in Node.js the body is a stream');
      // `pipeline` throws each error. The SDK's stream may emit the same error again after that.
      Body.on('error', () => undefined);
      const target = createWriteStream(copyOf(folder, path), { mode: FILE_MODE });
      await pipeline(Body, target, { signal });
      return target.bytesWritten;
    });
    if (BigInt(written) !== fileSize)
      throw damaged(path, `it has ${written} bytes, but the manifest says ${fileSize}`);
  } catch (cause) {
    if (signal.aborted) throw interrupted(operation, cause);
    if (errorName(cause) === 'NoSuchKey') throw damaged(path, 'the object is missing', cause);
    // Only errors of the disk name one of these system calls.
    const onDisk =
      cause instanceof Error && 'syscall' in cause && ['write', 'open'].includes(String(cause.syscall));
    throw onDisk ? fileError(cause, operation, folder) : awsError(operation, cause);
  }
}

function interrupted(operation: string, cause?: unknown): LeanOpsError {
  return new LeanOpsError('INTERRUPTED', { operation, detail: 'stopped by the user', cause });
}

function damaged(file: string, detail: string, cause?: unknown): LeanOpsError {
  return new LeanOpsError('DATA_FILE_CORRUPT', {
    operation: 'reading a data file',
    detail,
    file,
    cause,
  });
}
