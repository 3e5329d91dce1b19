import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { isErrno } from '../../base/errno.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { WITNESS_BYTES } from './line-splitter.ts';

/** What identifies a file: path, inode, size and hashes of its edges (SHA-256 in hex). */
export interface SourceIdentity {
  readonly path: string;
  readonly inode: bigint;
  /** Bytes on disk. */
  readonly size: bigint;
  readonly firstHash: string;
  readonly lastHash: string;
}

/** Reads the identity of a file. Throws SOURCE_MISSING; SOURCE_UNREADABLE if the path is not a readable file. */
export function openSourceFile(path: string): number {
  try {
    // Without O_NONBLOCK, opening a named pipe waits for a writer.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
  } catch (cause) {
    const code = isErrno(cause, 'ENOENT', 'ENOTDIR') ? 'SOURCE_MISSING' : 'SOURCE_UNREADABLE';
    throw new LeanOpsError(code, { operation: 'opening the input', detail: path, cause });
  }
  throw new LeanOpsError('SOURCE_UNREADABLE', {
    operation: 'opening the input',
    detail: `${path} is not a file`,
  });
}

/** The identity of an open file. `file` is its descriptor. */
export function identityOf(file: number, path: string): SourceIdentity {
  const { ino: inode, size } = fstatSync(file, { bigint: true });
  return { path, inode, size, ...edgeHashes(file, size) };
}

/** Hashes of the first and the last 64 KiB within the first `size` bytes of a file. */
export function edgeHashes(file: number, size: bigint): { firstHash: string; lastHash: string } {
  const length = Math.min(WITNESS_BYTES, Number(size));
  return { firstHash: hashRange(file, 0, length), lastHash: hashRange(file, Number(size) - length, length) };
}

/** Reads up to `length` bytes; fewer at the end of the file. */
function hashRange(file: number, from: number, length: number): string {
  const bytes = Buffer.alloc(length);
  let read = 0;
  for (let got = 1; got > 0 && read < length; read += got)
    got = readSync(file, bytes, read, length - read, from + read);
  return createHash('sha256').update(bytes.subarray(0, read)).digest('hex');
}
