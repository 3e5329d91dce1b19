import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MIB } from '../../base/bytes.ts';
import type { Accepted } from '../../raw/reception.ts';
import { StagedRows } from '../../raw/staging.ts';

const FLUSH_BYTES = MIB;

/** Staged files of one unit; null if a file would have no row. */
export interface StagedFiles {
  readonly plain: string | null;
  readonly awkward: string | null;
  readonly rows: number;
}

/** Writes the rows of a unit to staged files. */
export class RowFiles {
  private readonly plain: StagedFile;
  private readonly awkward: StagedFile;
  private rows = 0;

  constructor(folder: string) {
    this.plain = new StagedFile(join(folder, 'plain'));
    this.awkward = new StagedFile(join(folder, 'awkward'));
  }

  /** `position` makes the reception id unique within its source. */
  add(row: Accepted, position: string): void {
    const file = row.hasLineBreaks ? this.awkward : this.plain;
    file.add(row, position);
    this.rows += 1;
  }

  close(): StagedFiles {
    return { plain: this.plain.close(), awkward: this.awkward.close(), rows: this.rows };
  }
}

/** A staged file that is created with its first row. */
class StagedFile {
  readonly path: string;
  private file = -1;
  private readonly rows = new StagedRows();

  constructor(path: string) {
    this.path = path;
  }

  add(row: Accepted, position: string): void {
    this.rows.add(row, position);
    if (this.rows.length >= FLUSH_BYTES) this.flush();
  }

  /** The path; null without rows. */
  close(): string | null {
    this.flush();
    if (this.file < 0) return null;
    closeSync(this.file);
    return this.path;
  }

  private flush(): void {
    const bytes = this.rows.take();
    if (bytes.length === 0) return;
    if (this.file < 0) this.file = openSync(this.path, 'wx', 0o600);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.file, bytes, at, bytes.length - at);
  }
}
