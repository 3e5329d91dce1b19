import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { isErrno } from '../../base/errno.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { WITNESS_BYTES } from './line-splitter.ts';

/** What a file is known by (DESIGN 5). Hashes are SHA-256 in hex. */
export interface SourceIdentity {
  readonly path: string;
  readonly inode: bigint;
  /** Bytes on disk. */
  readonly size: bigint;
  readonly firstHash: string;
  readonly lastHash: string;
}

/** Throws SOURCE_MISSING, or SOURCE_UNREADABLE for what is no readable file. */
export function openSourceFile(path: string): number {
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
  } catch (cause) {
    const code = isErrno(cause, 'ENOENT', 'ENOTDIR') ? 'SOURCE_MISSING' : 'SOURCE_UNREADABLE';
    throw new LeanOpsError(code, { operation: 'opening the input', detail: path, cause });
  }
  throw new LeanOpsError('SOURCE_UNREADABLE', {
    operation: 'opening the input',
    detail: `${path} is no file`,
  });
}

export function identityOf(file: number, path: string): SourceIdentity {
  const { ino: inode, size } = fstatSync(file, { bigint: true });
  return { path, inode, size, ...edgeHashes(file, size) };
}

/** Of a file's first `size` bytes: the first and the last 64 KiB. */
export function edgeHashes(file: number, size: bigint): { firstHash: string; lastHash: string } {
  const length = Math.min(WITNESS_BYTES, Number(size));
  return { firstHash: hashRange(file, 0, length), lastHash: hashRange(file, Number(size) - length, length) };
}

/** Shorter where the file ends before. */
function hashRange(file: number, from: number, length: number): string {
  const bytes = Buffer.alloc(length);
  let read = 0;
  for (let got = 1; got > 0 && read < length; read += got)
    got = readSync(file, bytes, read, length - read, from + read);
  return createHash('sha256').update(bytes.subarray(0, read)).digest('hex');
}
