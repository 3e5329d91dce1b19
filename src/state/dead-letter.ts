import { createHash } from 'node:crypto';
import type { Micros } from '../base/time.ts';
import type { ErrorCode } from '../errors/taxonomy.ts';

export type DeadLetterStatus = 'open' | 'replayed' | 'discarded';

/** The body that was replayed instead of the original one. The original one is kept. */
export interface BodyRepair {
  /** Lower-case hex of the SHA-256. */
  readonly sha256: string;
  readonly size: bigint;
}

/** How a dead letter was closed. */
export interface DeadLetterClosing {
  readonly at: Micros;
  /** The run that closed it, by its name as a lease owner. */
  readonly by: string;
  /** Why it was discarded, in a person's words, without payload text; null if no reason was given. */
  readonly reason: string | null;
  /** null: it was replayed unchanged, or discarded. */
  readonly repair: BodyRepair | null;
}

/** The exact original bytes: small ones in the store, large ones in a file or S3 object of their own. */
export type DeadLetterBody =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly pointer: string; readonly size: bigint };

/** A message that could not enter RAW, with what a person needs to fix and replay it. */
export interface DeadLetter {
  /** `deadLetterId` of topic and reception, so storing it twice stores it once. */
  readonly id: string;
  readonly topic: string;
  /** The reception id. */
  readonly source: string;
  readonly messageId: string | null;
  readonly correlationId: string | null;
  readonly errorCode: ErrorCode;
  /** Never holds payload text. */
  readonly errorMessage: string;
  /** Byte offset in the message. */
  readonly errorOffset: bigint | null;
  readonly receiveCount: number;
  readonly firstReceivedAt: Micros;
  readonly dlqSentAt: Micros;
  /** Registered contract version; null if none was registered yet. */
  readonly contractVersion: number | null;
  readonly status: DeadLetterStatus;
  /** null while open. */
  readonly closing: DeadLetterClosing | null;
  /** Lower-case hex of the body's SHA-256. */
  readonly bodySha256: string;
  readonly bodySize: bigint;
}

export type NewDeadLetter = Omit<DeadLetter, 'status' | 'closing' | 'bodySha256' | 'bodySize'> & {
  readonly bodySha256: string;
  readonly body: DeadLetterBody;
};

/** Every given part must hold. Times bound firstReceivedAt: from ≤ t < to. */
export interface DeadLetterFilter {
  readonly ids?: readonly string[];
  readonly topic?: string;
  readonly errorCode?: ErrorCode;
  readonly status?: DeadLetterStatus;
  readonly messageId?: string;
  readonly from?: Micros;
  readonly to?: Micros;
}

/** Ordered by first-received time, then id. */
export interface DeadLetterPage {
  readonly items: readonly DeadLetter[];
  /** Pass it as `after` for the next page; null at the end. */
  readonly next: string | null;
}

export interface DeadLetterCounts {
  readonly open: number;
  readonly replayed: number;
  readonly discarded: number;
}

/** Dead letters, with their bodies. */
export interface DeadLetterStore {
  /**
   * For receptions that a queue counts; the embedded ingest passes its dead letters to `commitIngest` instead. Returns
   * the number that were new.
   */
  storeDeadLetters(letters: readonly NewDeadLetter[]): Promise<number>;
  /** Without bodies. `limit` is 1 to 1000; `after` is the `next` of the page before. */
  deadLetters(filter: DeadLetterFilter, limit: number, after: string | null): Promise<DeadLetterPage>;
  deadLetter(id: string): Promise<{ readonly letter: DeadLetter; readonly body: DeadLetterBody } | null>;
  /** Changes open letters to `status` and returns their number; unknown and closed letters stay as they are. */
  closeDeadLetters(
    ids: readonly string[],
    status: Exclude<DeadLetterStatus, 'open'>,
    closing: DeadLetterClosing,
  ): Promise<number>;
  deadLetterCounts(topic: string): Promise<DeadLetterCounts>;
}

const REPLAY_PREFIX = 'replay:';

/** The reception id of a dead letter's replay. Each letter is replayed once, so it is unique. */
export function replaySource(id: string): string {
  return REPLAY_PREFIX + id;
}

/** The id of the dead letter that a reception replayed; null if the reception is not a replay. */
export function replayedLetter(source: string): string | null {
  return source.startsWith(REPLAY_PREFIX) ? source.slice(REPLAY_PREFIX.length) : null;
}

/** The id of the dead letter of one reception: 32 hex digits. */
export function deadLetterId(topic: string, source: string): string {
  return createHash('sha256').update(`${topic}\n${source}`).digest('hex').slice(0, 32);
}
