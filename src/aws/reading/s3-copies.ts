import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { fileError } from '../../base/file-error.ts';
import { copyOf } from '../../duckdb/parquet/table-relation.ts';
import type { CopiedFile, FileCopies } from '../../duckdb/tables/readable-place.ts';
import { awsError } from '../../errors/aws-error.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import { errorName } from '../deployment/error-name.ts';
import { placeOf } from '../deployment/s3-files.ts';
import { wholeBody } from '../deployment/whole-body.ts';

export interface S3CopiesOptions {
  readonly client: S3Client;
  /** An empty folder for its owner only: the files may hold what messages say. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Called before files are read, with what is to be read; what it throws keeps them from it. */
  readonly begin: (amount: CopyAmount) => Promise<CopyProgress>;
}

/** Told how a round of copies goes. */
export interface CopyProgress {
  copied(bytes: number): void;
  /** However it ended. */
  end(): void;
}

export interface CopyAmount {
  readonly files: number;
  readonly bytes: number;
}

/** At a time: enough to fill a line, and no more than a few in memory's buffers. */
const PARALLEL = 6;
const FILE_MODE = 0o600;

/** For the client: a connection that says nothing for this long has broken, though nobody said so. Milliseconds. */
export const COPY_TIMEOUTS = { connectionTimeout: 10_000, socketTimeout: 30_000 } as const;

/**
 * Copies of files in S3 on this machine's disk; each file is read once, streaming. Throws DATA_FILE_CORRUPT where a file
 * is missing or cut off, AWS_UNAVAILABLE, AWS_REFUSED, DISK_FULL, INTERRUPTED.
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
        // Whoever clears the folder away must find no one who still writes there.
        await Promise.allSettled(works);
        progress.end();
      }
    },
  };
}

async function copy({ client, folder, signal }: S3CopiesOptions, file: CopiedFile): Promise<void> {
  const { path, fileSize } = file;
  const operation = `reading ${path}`;
  try {
    const written = await wholeBody(async () => {
      const { Body } = await client.send(new GetObjectCommand(placeOf(path)), { abortSignal: signal });
      invariant(Body instanceof Readable, 'in Node.js S3 sends a stream');
      // The pipeline tells what goes wrong; the SDK's stream may say so once more when it is over.
      Body.on('error', () => undefined);
      const target = createWriteStream(copyOf(folder, path), { mode: FILE_MODE });
      await pipeline(Body, target, { signal });
      return target.bytesWritten;
    });
    if (BigInt(written) !== fileSize)
      throw damaged(path, `it has ${written} bytes, the manifest says ${fileSize}`);
  } catch (cause) {
    if (signal.aborted) throw interrupted(operation, cause);
    if (errorName(cause) === 'NoSuchKey') throw damaged(path, 'the object is missing', cause);
    // Errors of the disk have numbers, those of the network and of S3 do not write files.
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
    remedy: "Bring the object's previous version back; a damaged semantic table can be rebuilt from RAW.",
    cause,
  });
}
