import { MIB } from '../../base/bytes.ts';
import type { Topic } from '../../contract/model.ts';
import { receive } from '../../raw/receive.ts';
import type { Reception } from '../../raw/reception.ts';
import type { Refusal } from '../../raw/record.ts';
import {
  type BodyRepair,
  type DeadLetter,
  deadLetterId,
  type NewDeadLetter,
  replaySource,
} from '../../state/dead-letter.ts';
import type { CommittedUnit, UnitRecord } from '../ingest/commit-unit.ts';
import type { UnitPermit } from '../ingest/protocol.ts';
import { RowFiles } from '../ingest/row-files.ts';
import type { ReplayBody } from './letter-body.ts';

/** Messages that fail again are in memory until their unit is committed, as in an ingest. */
const MAX_LETTERS = 10_000;
const MAX_DEAD_BYTES = 32 * MIB;

export interface ReplayRules {
  readonly topic: Topic;
  readonly contractVersion: number | null;
  /** A message is refused if its publish time is later than the replay by more than this. Microseconds. */
  readonly maxFutureMicros: bigint;
}

/** Scans dead letters again, each as a new reception. */
export class ReplayUnit {
  /** Letters that this unit replays. */
  readonly replayed: string[] = [];
  readonly failed: NewDeadLetter[] = [];
  private readonly permit: UnitPermit;
  private readonly rules: ReplayRules;
  private readonly files: RowFiles;
  private deadBytes = 0;
  private repair: BodyRepair | null = null;

  constructor(permit: UnitPermit, rules: ReplayRules) {
    this.permit = permit;
    this.rules = rules;
    this.files = new RowFiles(permit.folder);
  }

  get isFull(): boolean {
    return this.replayed.length >= MAX_LETTERS || this.deadBytes >= MAX_DEAD_BYTES;
  }

  /** Scans the letter's body, or the repaired body. */
  take(letter: DeadLetter, body: ReplayBody): void {
    this.replayed.push(letter.id);
    if (body.sha256 !== letter.bodySha256) this.repair = { sha256: body.sha256, size: sizeOf(body) };
    if (body.kind === 'large') this.refuse(letter, body, tooLarge(body.size));
    else {
      const { topic } = this.rules;
      const outcome = receive(body.bytes, 0, body.bytes.length, topic, this.receptionOf(letter));
      if (outcome.kind === 'record') this.files.add(outcome, letter.id);
      else this.refuse(letter, body, outcome.refusal);
    }
  }

  /** The staged rows, and what the commit records about the letters. */
  close(): { readonly unit: CommittedUnit; readonly record: UnitRecord } {
    const { failed, replayed, repair } = this;
    const unit = { permit: this.permit, ...this.files.close() };
    const counts = { received: replayed.length, raw: unit.rows, deadLettered: failed.length };
    return {
      unit,
      record: (now) => ({
        progress: null,
        expectedOffset: null,
        counts,
        deadLetters: failed.map((letter) => ({ ...letter, dlqSentAt: now })),
        replayed,
        ...(repair === null ? {} : { repair }),
      }),
    };
  }

  /** The substitute for a missing publish time is kept, so that the replay produces the same row as the first reception. */
  private receptionOf({ id, firstReceivedAt }: DeadLetter): Reception {
    const { ingestionTs } = this.permit;
    return {
      source: replaySource(id),
      ingestionTs,
      queueTime: null,
      arrivalTime: firstReceivedAt,
      latestPublishMicros: Number(ingestionTs + this.rules.maxFutureMicros),
    };
  }

  /** A new dead letter, whose source refers to the replayed one. It can be replayed again. */
  private refuse(letter: DeadLetter, body: ReplayBody, refusal: Refusal): void {
    const { topic } = letter;
    const source = replaySource(letter.id);
    this.failed.push({
      id: deadLetterId(topic, source),
      topic,
      source,
      messageId: refusal.messageId,
      correlationId: refusal.correlationId,
      errorCode: refusal.code,
      errorMessage: refusal.message,
      errorOffset: refusal.offset === null ? null : BigInt(refusal.offset),
      receiveCount: letter.receiveCount + 1,
      firstReceivedAt: letter.firstReceivedAt,
      dlqSentAt: this.permit.ingestionTs,
      contractVersion: this.rules.contractVersion,
      bodySha256: body.sha256,
      body:
        body.kind === 'bytes'
          ? { kind: 'inline', bytes: body.bytes }
          : { kind: 'file', pointer: body.pointer, size: body.size },
    });
    if (body.kind === 'bytes') this.deadBytes += body.bytes.length;
  }
}

function sizeOf(body: ReplayBody): bigint {
  return body.kind === 'bytes' ? BigInt(body.bytes.length) : body.size;
}

function tooLarge(size: bigint): Refusal {
  return {
    code: 'RECORD_TOO_LARGE',
    message: `the message has ${size} bytes`,
    offset: null,
    messageId: null,
    correlationId: null,
  };
}
