import { hash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Accepted } from '../../raw/reception.ts';
import type { Refusal } from '../../raw/record.ts';
import { StagedRows } from '../../raw/staging.ts';
import type { StagedDeadLetter, StagedUnit, UnitPermit } from './protocol.ts';

const FLUSH_BYTES = 1024 * 1024;
/** Dead letters are held in memory until their unit is committed; beyond either, the unit ends early. */
const MAX_DEAD_LETTERS = 10_000;
const MAX_DEAD_BYTES = 32 * 1024 * 1024;

/** A staged file that is made with its first row. */
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

  /** The path, or null where no row came. */
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

/** One unit while it is being staged: rows in files, dead letters in memory. */
export class UnitStage {
  readonly permit: UnitPermit;
  private readonly plain: StagedFile;
  private readonly awkward: StagedFile;
  private readonly deadLetters: StagedDeadLetter[] = [];
  private readonly bodies: Buffer[] = [];
  private bodyBytes = 0;
  private rows = 0;

  constructor(permit: UnitPermit) {
    this.permit = permit;
    this.plain = new StagedFile(join(permit.folder, 'plain'));
    this.awkward = new StagedFile(join(permit.folder, 'awkward'));
  }

  get deadLettered(): number {
    return this.deadLetters.length;
  }

  get isFull(): boolean {
    return this.deadLetters.length >= MAX_DEAD_LETTERS || this.bodyBytes >= MAX_DEAD_BYTES;
  }

  accept(row: Accepted, position: string): void {
    const file = row.hasLineBreaks ? this.awkward : this.plain;
    file.add(row, position);
    this.rows += 1;
  }

  /** Keeps a copy of the body. */
  refuse(refusal: Refusal, body: Uint8Array, offset: number, position: number): void {
    const start = this.bodyBytes;
    const end = start + body.length;
    const sha256 = hash('sha256', body, 'hex');
    this.deadLetters.push({ refusal, offset, position, sha256, body: { kind: 'inline', start, end } });
    this.bodies.push(Buffer.from(body));
    this.bodyBytes = end;
  }

  refuseFile(
    refusal: Refusal,
    body: { readonly sha256: string; readonly path: string; readonly size: number },
    offset: number,
    position: number,
  ): void {
    const { sha256, path, size } = body;
    this.deadLetters.push({ refusal, offset, position, sha256, body: { kind: 'file', path, size } });
  }

  finish(place: Pick<StagedUnit, 'messages' | 'offset' | 'offsetHash' | 'complete'>): StagedUnit {
    return {
      permit: this.permit,
      plain: this.plain.close(),
      awkward: this.awkward.close(),
      rows: this.rows,
      deadLetters: this.deadLetters,
      bodies: Buffer.concat(this.bodies),
      ...place,
    };
  }
}
