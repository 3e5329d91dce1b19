import type { OnTheWay } from '../../aws/figures/on-the-way.ts';
import type { Engine } from '../../duckdb/engine/engine.ts';
import type { ReadablePlace } from '../../duckdb/tables/readable-place.ts';
import type { LeanOpsError } from '../../errors/error.ts';
import type { PlaceName } from '../../errors/spec.ts';
import type { ErrorCode } from '../../errors/taxonomy.ts';
import type { Replayed } from '../../pipeline/dead-letters/lineage.ts';
import type { OpenLetters } from '../../pipeline/dead-letters/open-letters.ts';
import type { TopicFreshness } from '../../pipeline/figures/freshness.ts';
import type { Place } from '../../pipeline/place.ts';
import type { TopicBalance } from '../../quality/balance.ts';
import type { DeadLetter, DeadLetterBody } from '../../state/dead-letter.ts';
import type { Erasure } from '../../state/erasure.ts';

/**
 * What a command needs from the place that it works on. The embedded workspace and the AWS deployment implement it, so
 * that a command has one body. Everything that only one place can know or do is a member here.
 */
export interface CommandPlace extends Pick<Place, 'store' | 'clock' | 'topicNames'> {
  readonly name: PlaceName;
  /** Names the place in JSON documents. */
  readonly identity: { readonly workspace: string } | { readonly environment: string };
  /** The next step of a user without topics, in words that follow "no topics yet: ". */
  readonly firstStep: string;
  /** Recorded with each dead letter that this command closes. */
  readonly actor: () => string;
  /** A command line that works on this place: `dlq list` with the options that select the place. */
  readonly commandLine: (words: string) => string;
  readonly measureBalance: (topic: string) => Promise<TopicBalance>;
  readonly measureFreshness: (topic: string) => Promise<TopicFreshness>;
  readonly withTables: WithTables;
  /** Erasures of a business key, written as the user gave it. Empty on AWS, which has no `forget`. */
  readonly erasures: (topics: readonly string[], key: string) => Promise<readonly Erasure[]>;
  /** Receptions that have not reached RAW; null if messages reach RAW as they are received. `messageId` null: only counts. */
  readonly onTheWay: (
    topics: readonly string[],
    messageId: string | null,
  ) => Promise<readonly OnTheWay[] | null>;
  /** The body as it was received. Throws DEAD_LETTER_DAMAGED if it is missing or its hash differs. */
  readonly letterBody: (letter: DeadLetter, body: DeadLetterBody, maxBytes: number) => Promise<Uint8Array>;
  /** What the replay of a letter became; null if the letter was not replayed, or if only RAW can say. */
  readonly becameOf: (letter: DeadLetter) => Promise<Replayed | null>;
  readonly withReplay: WithReplay;
  /** Runs after a command has changed these topics: embedded, it checks alerts. Never fails the command. */
  readonly afterChange: (topics: readonly string[]) => Promise<void>;
}

/**
 * Lends the tables and an engine, which starts when it is first asked for. Ctrl-C interrupts the engine. Throws
 * INTERRUPTED, and USAGE if reading costs more than `reading` allows.
 */
export type WithTables = <T>(
  reading: TableReading,
  task: (tables: ReadablePlace, engine: () => Promise<Engine>) => Promise<T>,
) => Promise<T>;

/** What a command may read from tables that are not on this machine. */
export interface TableReading {
  /** The purpose, as in "explaining reads every row of RAW"; null: the command reads little and need not ask. */
  readonly purpose: string | null;
  /** The user passed --yes: any amount may be read. */
  readonly isAllowed: boolean;
}

/** Lends the function that replays the letters of one topic. */
export type WithReplay = <T>(task: (replay: ReplayLetters) => Promise<T>) => Promise<T>;

/** Throws INTERRUPTED; letters that were replayed before stay closed. */
export type ReplayLetters = (letters: OpenLetters, options: ReplayLettersOptions) => Promise<ReplayReport>;

export interface ReplayLettersOptions {
  /** Absolute path of a file whose content replaces the body of the only letter; null: bodies as received. */
  readonly repairedBody: string | null;
  /** Letters processed so far. */
  readonly onProgress: (done: number) => void;
}

/** The result of a replay for one topic. */
export interface ReplayReport {
  readonly topic: string;
  /** Letters that the replay closed. */
  readonly replayed: number;
  /** Letters that are unknown or were closed before. */
  readonly notOpen: number;
  /** One error for each letter that stays open because its body cannot be replayed. */
  readonly damaged: readonly LeanOpsError[];
  /** Where the messages went; null if they wait in the topic's queue. */
  readonly fates: ReplayFates | null;
}

export interface ReplayFates {
  readonly raw: number;
  readonly deadLettered: number;
  /** Counts of the new dead letters. */
  readonly byError: Readonly<Partial<Record<ErrorCode, number>>>;
  readonly seconds: number;
}
