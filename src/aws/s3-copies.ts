import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { fileError } from '../engine/local-files.ts';
import { copyOf } from '../engine/parquet/table-relation.ts';
import type { CopiedFile, FileCopies } from '../engine/read-home.ts';
import { awsError } from '../errors/aws-error.ts';
import { invariant, LeanOpsError } from '../errors/error.ts';
import { errorName } from './error-name.ts';
import { placeOf } from './s3-files.ts';

export interface S3CopiesOptions {
  readonly client: S3Client;
  /** An empty folder for its owner only: the files may hold what messages say. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Called before files are read, with what that adds; what it throws keeps them from being read. */
  readonly before: (more: CopyAmount) => Promise<void>;
  /** Bytes of the files that have arrived. */
  readonly onCopied: (bytes: number) => void;
}

export interface CopyAmount {
  readonly files: number;
  readonly bytes: number;
}

/** At a time: enough to fill a line, and no more than a few in memory's buffers. */
const PARALLEL = 6;
const FILE_MODE = 0o600;

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
      await options.before({ files: missing.length, bytes });
      const queue = missing.values();
      const work = async (): Promise<void> => {
        for (const file of queue) {
          await copy(options, file);
          copied.add(file.path);
          options.onCopied(Number(file.fileSize));
        }
      };
      const works = Array.from({ length: Math.min(PARALLEL, missing.length) }, work);
      await Promise.all(works).catch(async (error) => {
        // Whoever clears the folder away must find no one who still writes there.
        await Promise.allSettled(works);
        throw error;
      });
    },
  };
}

async function copy({ client, folder, signal }: S3CopiesOptions, file: CopiedFile): Promise<void> {
  const { path, fileSize } = file;
  const operation = `reading ${path}`;
  try {
    const { Body, ContentLength } = await client.send(new GetObjectCommand(placeOf(path)), {
      abortSignal: signal,
    });
    invariant(Body !== undefined, 'S3 sends the object that it found');
    if (ContentLength !== undefined && BigInt(ContentLength) !== fileSize)
      throw damaged(path, `it has ${ContentLength} bytes, the manifest says ${fileSize}`);
    const target = createWriteStream(copyOf(folder, path), { flags: 'wx', mode: FILE_MODE });
    await pipeline(Body.transformToWebStream(), target, { signal });
  } catch (cause) {
    if (signal.aborted)
      throw new LeanOpsError('INTERRUPTED', { operation, detail: 'stopped by the user', cause });
    if (errorName(cause) === 'NoSuchKey') throw damaged(path, 'the object is missing', cause);
    // Errors of the disk have numbers, those of the network and of S3 do not write files.
    const onDisk =
      cause instanceof Error && 'syscall' in cause && ['write', 'open'].includes(String(cause.syscall));
    throw onDisk ? fileError(cause, operation, folder) : awsError(operation, cause);
  }
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
