import { open, readFile } from 'node:fs/promises';
import { unreadable, withoutLineEnd } from '../../embedded/dead-letters/repaired-body.ts';

/** Throws SOURCE_MISSING or SOURCE_UNREADABLE, so that a replay fails before it asks or changes anything. */
export async function assertReadable(file: string): Promise<void> {
  try {
    const handle = await open(file);
    try {
      if (!(await handle.stat()).isDirectory()) return;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw unreadable(file, cause);
  }
  throw unreadable(file, null);
}

/** The repaired body of any size, for AWS, where it is sent to the queue. Throws SOURCE_MISSING, SOURCE_UNREADABLE. */
export async function repairedBytes(file: string): Promise<Uint8Array> {
  try {
    return withoutLineEnd(await readFile(file));
  } catch (cause) {
    throw unreadable(file, cause);
  }
}
