import { hash } from 'node:crypto';
import { MIB } from '../../base/bytes.ts';
import type { Accepted } from '../../raw/reception.ts';
import type { Refusal } from '../../raw/record.ts';
import type { StagedDeadLetter, StagedUnit, UnitPermit } from './protocol.ts';
import { RowFiles } from './row-files.ts';

/** Dead letters are in memory until their unit is committed. A unit that exceeds one of these limits ends early. */
const MAX_DEAD_LETTERS = 10_000;
const MAX_DEAD_BYTES = 32 * MIB;

/** A unit in progress: its rows in staged files, its dead letters in memory. */
export class UnitStage {
  readonly permit: UnitPermit;
  private readonly files: RowFiles;
  private readonly deadLetters: StagedDeadLetter[] = [];
  private readonly bodies: Buffer[] = [];
  private bodyBytes = 0;

  constructor(permit: UnitPermit) {
    this.permit = permit;
    this.files = new RowFiles(permit.folder);
  }

  get deadLettered(): number {
    return this.deadLetters.length;
  }

  get isFull(): boolean {
    return this.deadLetters.length >= MAX_DEAD_LETTERS || this.bodyBytes >= MAX_DEAD_BYTES;
  }

  accept(row: Accepted, position: string): void {
    this.files.add(row, position);
  }

  /** Adds a dead letter with a copy of its body. */
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
      ...this.files.close(),
      deadLetters: this.deadLetters,
      bodies: Buffer.concat(this.bodies),
      ...place,
    };
  }
}
