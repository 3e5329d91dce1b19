import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { relative } from 'node:path';
import { isErrno } from '../../base/errno.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { CR, LF } from '../../raw/bytes.ts';
import { MAX_MESSAGE_BYTES } from '../../raw/receive.ts';
import { LongLine } from '../ingest/long-line.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { ReplayBody } from './letter-body.ts';

/** CR and LF. */
const LINE_END_BYTES = 2;

/**
 * The repaired body of one dead letter, from a file. A line end after the message does not belong to it. A body that is
 * too large for a record is copied in pieces to a file of the unit. Throws SOURCE_MISSING, SOURCE_UNREADABLE.
 */
export async function repairedBody(workspace: Workspace, file: string, workId: string): Promise<ReplayBody> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > MAX_MESSAGE_BYTES + LINE_END_BYTES) return await largeBody(workspace, file, workId);
      const bytes = withoutLineEnd(await handle.readFile());
      return { kind: 'bytes', bytes, sha256: hash('sha256', bytes, 'hex') };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** SOURCE_MISSING or SOURCE_UNREADABLE for the file of a repaired body. An error with a code stays as it is. */
export function unreadable(file: string, cause: unknown): LeanOpsError {
  if (cause instanceof LeanOpsError) return cause;
  const code = isErrno(cause, 'ENOENT', 'ENOTDIR') ? 'SOURCE_MISSING' : 'SOURCE_UNREADABLE';
  return new LeanOpsError(code, { operation: 'reading the repaired body', detail: file, cause });
}

async function largeBody(workspace: Workspace, file: string, workId: string): Promise<ReplayBody> {
  const line = new LongLine(workspace.paths.deadLetters, workId, 0);
  for await (const chunk of createReadStream(file)) line.add(chunk, 0, chunk.length);
  const { sha256, path, size } = line.finish();
  return { kind: 'large', pointer: relative(workspace.paths.root, path), size: BigInt(size), sha256 };
}

/** A message without the line end that follows it in a file. */
export function withoutLineEnd(bytes: Buffer): Buffer {
  const end = bytes.at(-1) === LF ? bytes.length - 1 : bytes.length;
  return bytes.subarray(0, end < bytes.length && bytes[end - 1] === CR ? end - 1 : end);
}
