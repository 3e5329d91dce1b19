import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A line beyond MAX_MESSAGE_BYTES on its way into a file of its own, named by its SHA-256. */
export class LongLine {
  /** Offset of the line in its source. */
  readonly offset: number;
  size = 0;
  private readonly hash = createHash('sha256');
  private readonly folder: string;
  private readonly path: string;
  private readonly file: number;

  /** `name` holds the work id, so that a recovery finds what was left half written. */
  constructor(folder: string, name: string, offset: number) {
    this.folder = folder;
    this.offset = offset;
    this.path = join(folder, name);
    this.file = openSync(this.path, 'w', 0o600);
  }

  add(bytes: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) at += writeSync(this.file, bytes, at, end - at);
    this.hash.update(bytes.subarray(start, end));
    this.size += end - start;
  }

  /** Durable under its final name; the same body twice is one file. */
  finish(): { readonly sha256: string; readonly path: string; readonly size: number } {
    fsyncSync(this.file);
    closeSync(this.file);
    const sha256 = this.hash.digest('hex');
    const path = join(this.folder, sha256);
    renameSync(this.path, path);
    const folder = openSync(this.folder, 'r');
    fsyncSync(folder);
    closeSync(folder);
    return { sha256, path, size: this.size };
  }

  /** Takes the half-written file away. */
  drop(): void {
    closeSync(this.file);
    rmSync(this.path, { force: true });
  }
}
