import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { MIB } from './bytes.ts';

const READ_BYTES = MIB;

/** SHA-256 of a file's bytes as lower-case hex. Reads the file once, in pieces. Throws the operating system's errors. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: READ_BYTES }), hash);
  return hash.digest('hex');
}
