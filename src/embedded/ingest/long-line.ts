import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a line longer than MAX_MESSAGE_BYTES to a file of its own. */
export class LongLine {
  /** Offset of the line in its source. */
  readonly offset: number;
  size = 0;
  private readonly hash = createHash('sha256');
  private readonly folder: string;
  private readonly workId: string;
  private readonly path: string;
  private readonly file: number;

  constructor(folder: string, workId: string, offset: number) {
    this.folder = folder;
    this.workId = workId;
    this.offset = offset;
    this.path = join(folder, `${workId}-${offset}`);
    this.file = openSync(this.path, 'w', 0o600);
  }

  add(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) at += writeSync(this.file, bytes, at, end - at);
    this.hash.update(bytes.subarray(start, end));
    this.size += end - start;
  }

  /**
   * Makes the file durable under its final name: SHA-256 and work id. By the work id, recovery finds it if the work does
   * not commit. The same body in other work is another file, so recovery never deletes a committed one.
   */
  finish(): { readonly sha256: string; readonly path: string; readonly size: number } {
    fsyncSync(this.file);
    closeSync(this.file);
    const sha256 = this.hash.digest('hex');
    const path = join(this.folder, `${sha256}-${this.workId}`);
    renameSync(this.path, path);
    const folder = openSync(this.folder, 'r');
    fsyncSync(folder);
    closeSync(folder);
    return { sha256, path, size: this.size };
  }

  /** Deletes the incomplete file. */
  drop(): void {
    closeSync(this.file);
    rmSync(this.path, { force: true });
  }
}
