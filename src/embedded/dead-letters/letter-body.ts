import { hash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { isErrno } from '../../base/errno.ts';
import { fileError } from '../../base/file-error.ts';
import { hashFile } from '../../base/hash-file.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { MAX_MESSAGE_BYTES } from '../../raw/receive.ts';
import type { DeadLetter, DeadLetterBody } from '../../state/dead-letter.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** The input of a replay: bytes to scan, or a body that is too large for a record and stays in its file. */
export type ReplayBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly sha256: string }
  | { readonly kind: 'large'; readonly pointer: string; readonly size: bigint; readonly sha256: string };

/** The body, verified by its hash. A large body is read once, in pieces. Throws DEAD_LETTER_DAMAGED. */
export async function verifiedBody(
  workspace: Workspace,
  letter: DeadLetter,
  body: DeadLetterBody,
): Promise<ReplayBody> {
  const { bodySha256: sha256 } = letter;
  if (body.kind === 'file' && body.size > MAX_MESSAGE_BYTES) {
    const path = bodyPath(workspace, body.pointer);
    if ((await unlessMissing(letter, path, hashFile)) !== sha256) throw damaged(letter, path);
    return { kind: 'large', pointer: body.pointer, size: body.size, sha256 };
  }
  const path = body.kind === 'file' ? bodyPath(workspace, body.pointer) : workspace.paths.database;
  const bytes = body.kind === 'file' ? await unlessMissing(letter, path, readBytes) : body.bytes;
  if (hash('sha256', bytes, 'hex') !== sha256) throw damaged(letter, path);
  return { kind: 'bytes', bytes, sha256 };
}

/** The first `maxBytes` bytes of a body, after all of it was checked. Throws DEAD_LETTER_DAMAGED. */
export async function readStartOfBody(
  workspace: Workspace,
  letter: DeadLetter,
  body: DeadLetterBody,
  maxBytes: number,
): Promise<Uint8Array> {
  const verified = await verifiedBody(workspace, letter, body);
  if (verified.kind === 'bytes') return verified.bytes.subarray(0, maxBytes);
  const handle = await open(bodyPath(workspace, verified.pointer));
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(maxBytes) });
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The path of a body. Pointers are relative, so that they stay valid if the workspace moves. */
export function bodyPath(workspace: Workspace, pointer: string): string {
  return isAbsolute(pointer) ? pointer : join(workspace.paths.root, pointer);
}

async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path);
}

async function unlessMissing<T>(
  letter: DeadLetter,
  path: string,
  read: (path: string) => Promise<T>,
): Promise<T> {
  try {
    return await read(path);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) throw damaged(letter, path, 'the file is missing', cause);
    throw fileError(cause, 'reading a body', path);
  }
}

function damaged(
  { id }: DeadLetter,
  file: string,
  what = 'the bytes differ from those received',
  cause?: unknown,
): LeanOpsError {
  return new LeanOpsError('DEAD_LETTER_DAMAGED', {
    operation: `reading the body of dead letter ${id}`,
    detail: what,
    about: { id },
    file,
    cause,
  });
}
