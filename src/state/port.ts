import type { Micros } from '../base/time.ts';
import type { TableSwap } from '../iceberg/catalog.ts';
import type { Alert, Told, Verdict } from '../quality/alerts/alert.ts';
import type { IntakeCounts } from '../quality/ledger.ts';
import type { Intent } from '../semantic/intent.ts';
import type {
  BatchChecks,
  BatchCompletion,
  Checkpoint,
  CompletionAnswer,
  LedgerChange,
} from './checkpoint.ts';
import type { DailyCounters } from './counters.ts';
import type {
  BodyRepair,
  DeadLetter,
  DeadLetterBody,
  DeadLetterClosing,
  DeadLetterCounts,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetterStatus,
  NewDeadLetter,
} from './dead-letter.ts';
import type { Erasure, ErasureEnd } from './erasure.ts';
import type { FailureNote, RunFailures } from './failure.ts';
import type { TopicHalt } from './halt.ts';
import type { Lease, LeaseAnswer, LeaseScope } from './lease.ts';
import type { MaintenanceEntry } from './maintenance.ts';
import type { ContractRegistration, RegisteredContract, TopicStatus } from './registry.ts';
import type { SourceLookup, SourceProgress } from './source.ts';

/**
 * All that must outlive a run, in the domain's words. Every writing operation is one atomic step: it happens wholly
 * or not at all. Operations that take a lease throw LEASE_LOST, and change nothing, once a newer token was given
 * out for its scope or the lease was released. Any operation may throw STATE_BUSY, DISK_FULL, WORKSPACE_READ_ONLY.
 */
export interface StateStore {
  /**
   * Takes the scope if it is free, expired at `now`, or its owner is provably dead. Not reentrant: the owner itself
   * is told 'held' too. `ttl` is in microseconds.
   */
  acquireLease(scope: LeaseScope, owner: string, ttl: Micros, now: Micros): Promise<LeaseAnswer>;
  /** The same lease with a later expiry; the expiry never moves back, whatever the clock does. */
  renewLease(lease: Lease, ttl: Micros, now: Micros): Promise<Lease>;
  releaseLease(lease: Lease): Promise<void>;
  /** Who holds the scope, whether expired or not; null where nobody does. */
  leaseHolder(scope: LeaseScope): Promise<Lease | null>;

  /** The initial checkpoint where the topic has none yet. */
  checkpoint(topic: string): Promise<Checkpoint>;
  /** Of every topic that has one, by topic. */
  checkpoints(): Promise<readonly Checkpoint[]>;
  /**
   * Stores what a batch is about to do, and gives it back with this lease's token and, where the same batch id was
   * stored before, its first time. A rebuild supersedes a stored intent; any other differing intent, or one that
   * does not start at the checkpoint, is a CHECKPOINT_CONFLICT.
   */
  storeIntent(lease: Lease, intent: Intent): Promise<Intent>;
  /**
   * Moves the checkpoint to the stored intent's end, adds its counts to totals and day, keeps its check results, clears
   * the intent.
   */
  completeBatch(lease: Lease, completion: BatchCompletion): Promise<CompletionAnswer>;
  /**
   * The check results of the topic's last batches that had any, newest first: at most `limit`, and at most
   * MAX_KEPT_CHECKS, for older ones are gone.
   */
  checkResults(topic: string, limit: number): Promise<readonly BatchChecks[]>;
  /** Notes that these topics had nothing new. Needs no lease: it moves nothing. */
  recordNothingNew(topics: readonly string[], at: Micros): Promise<void>;

  /**
   * For receptions that a queue counts; the embedded ingest hands its dead letters to its commit instead. Gives the
   * number that were new.
   */
  storeDeadLetters(letters: readonly NewDeadLetter[]): Promise<number>;
  /** Without bodies. `limit` 1..1000; `after` is the `next` of the page before. */
  deadLetters(filter: DeadLetterFilter, limit: number, after: string | null): Promise<DeadLetterPage>;
  deadLetter(id: string): Promise<{ readonly letter: DeadLetter; readonly body: DeadLetterBody } | null>;
  /** Open → status. Gives the number changed; ids that are unknown or not open are left alone. */
  closeDeadLetters(
    ids: readonly string[],
    status: Exclude<DeadLetterStatus, 'open'>,
    closing: DeadLetterClosing,
  ): Promise<number>;
  deadLetterCounts(topic: string): Promise<DeadLetterCounts>;

  /**
   * The next version, or the latest as it is where its hash is the same. COMMIT_CONFLICT where the latest is not
   * the one the caller expected.
   */
  registerContract(registration: ContractRegistration): Promise<RegisteredContract>;
  latestContract(topic: string): Promise<RegisteredContract | null>;
  /** From version 1 on. */
  contractVersions(topic: string): Promise<readonly RegisteredContract[]>;
  /** The latest version of every topic, by topic. */
  registeredTopics(): Promise<readonly RegisteredContract[]>;
  setTopicStatus(topic: string, status: TopicStatus): Promise<void>;

  /**
   * Stops the topic until it is resumed; a semantic halt forgets the intent under way, whose rows stay backlog. The
   * lease is of the work that went beyond its budget. `storeIntent` refuses incremental batches from then on.
   */
  haltTopic(lease: Lease, halt: TopicHalt): Promise<void>;
  /** `acceptNext`: what was held is let through unjudged, once. Gives the halt that ended; null where there is none. */
  resumeTopic(topic: string, acceptNext: boolean): Promise<TopicHalt | null>;

  /** Counts one failure of a run to its topic, code and day. */
  recordFailure(failure: FailureNote): Promise<void>;
  /** Of one topic, fromDay ≤ day ≤ toDay, by day, then code. */
  failures(topic: string, fromDay: string, toDay: string): Promise<readonly RunFailures[]>;

  /** fromDay ≤ day ≤ toDay, by day. */
  counters(topic: string, fromDay: string, toDay: string): Promise<readonly DailyCounters[]>;

  /**
   * `ledger`: what the action means for the checkpoint, in the same step; needs the semantic lease, and throws
   * CHECKPOINT_CONFLICT where it concerns RAW while a batch is under way.
   */
  recordMaintenance(
    lease: Lease,
    entry: MaintenanceEntry,
    ledger?: Pick<LedgerChange, 'checkpoint' | 'gone'>,
  ): Promise<void>;
  /** Newest first. */
  maintenance(table: string, limit: number): Promise<readonly MaintenanceEntry[]>;

  /** All that are open, or whose recovery a sink has yet to hear of; by topic and kind. */
  alerts(): Promise<readonly Alert[]>;
  /** Applies `reconcile` of quality/alerts and gives what is stored then. `sinks`: names of all that are to hear. */
  reconcileAlerts(
    verdicts: readonly Verdict[],
    sinks: readonly string[],
    at: Micros,
  ): Promise<readonly Alert[]>;
  /** Notes what a sink took, by `afterDelivery`; alerts that are gone, and sinks unknown to one, are left alone. */
  recordDelivery(sink: string, deliveries: readonly AlertDelivery[]): Promise<void>;

  close(): Promise<void>;
}

/** What a sink took of the alert with that key. */
export interface AlertDelivery {
  readonly key: string;
  readonly told: Told;
}

/** A file that a table references, as it was when written. */
export interface FileChecksum {
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly size: bigint;
}

/** What a commit changes in tables; it appears in the same transaction as the state that belongs to it. */
export interface TableCommit {
  /** The open work that wrote the files; the commit closes it. */
  readonly workId: string;
  /** All swap or none: COMMIT_CONFLICT where one table has moved. */
  readonly swaps: readonly TableSwap[];
  readonly files: readonly FileChecksum[];
  /** Paths of files that no snapshot references any more; they are remembered until `dropRemovedFiles`. */
  readonly removedFiles: readonly string[];
}

/** State that is past its time. */
export interface OldState {
  readonly letterIds: readonly string[];
  /** Pointers of their bodies in files that no other dead letter has. */
  readonly bodyFiles: readonly string[];
  readonly counterDays: number;
}

/** Files under way. While this is stored, every file whose name holds the work id is garbage once its lease is gone. */
export interface OpenWork {
  /** Random, unique, at least 8 characters of [0-9a-z-]. */
  readonly workId: string;
  readonly kind: 'ingest' | 'batch' | 'maintenance';
  readonly scope: LeaseScope;
  readonly fencingToken: bigint;
  /** Relative to the workspace; searched with all below. */
  readonly directories: readonly string[];
}

/** One unit of an input, taken. */
export interface IngestCommit {
  readonly tables: TableCommit;
  /** null for inputs without resume. */
  readonly progress: SourceProgress | null;
  /** Where the source's progress must stand for this commit to be its continuation; null for its first. */
  readonly expectedOffset: bigint | null;
  readonly counts: IntakeCounts;
  readonly deadLetters: readonly NewDeadLetter[];
  /** Dead letters that this commit took again: open → replayed. */
  readonly replayed: readonly string[];
  /** What the one letter replayed had in place of its original body. */
  readonly repair?: BodyRepair;
  /** The unit is committed with its fates, and the topic halted. */
  readonly halt?: TopicHalt;
  /** The source's last unit: what `resumeTopic` let through is in. */
  readonly endsAcceptance?: boolean;
  readonly committedAt: Micros;
}

/** Figures and table versions of one topic, all of the same instant. */
export interface LedgerView {
  readonly checkpoint: Checkpoint;
  readonly deadLetters: DeadLetterCounts;
  /** Metadata locations; null where the table does not exist. */
  readonly raw: string | null;
  readonly semantic: string | null;
  readonly errors: string | null;
}

/** The format of an embedded store's file. */
export interface StoredFormat {
  /** From 1. */
  readonly format: number;
  /** The release that wrote the file in this format first. */
  readonly release: string;
  /** Topics whose semantic table cannot be continued since an upgrade, until `lean-ops rebuild`; by name. */
  readonly topicsToRebuild: readonly string[];
}

/** The embedded home's store: catalog and state in one, so that a batch commits in one transaction. */
export interface EmbeddedStore extends StateStore {
  completeBatch(lease: Lease, completion: BatchCompletion, tables?: TableCommit): Promise<CompletionAnswer>;
  recordMaintenance(
    lease: Lease,
    entry: MaintenanceEntry,
    ledger?: LedgerChange,
    tables?: TableCommit,
  ): Promise<void>;
  /** The key's erasure that was begun and not ended, else a new one. */
  openErasure(lease: Lease, keyHash: string, at: Micros): Promise<Erasure>;
  closeErasure(lease: Lease, keyHash: string, end: ErasureEnd): Promise<void>;
  /** Oldest first, open ones among them. */
  erasures(topic: string): Promise<readonly Erasure[]>;
  /** Writes the store anew without what was deleted in it. Throws STATE_BUSY while others use it. */
  scrub(): Promise<void>;
  /** What the topic's state holds of dead letters closed before, and daily figures of days before, these moments. */
  oldState(topic: string, closedBefore: Micros, countersBefore: string): Promise<OldState>;
  /** Pointers of bodies in files that no dead letter but these has. */
  bodyFilesOf(letterIds: readonly string[]): Promise<readonly string[]>;
  /** Files that commits took out of tables and that may still be there: whoever deleted them drops them. */
  removedFiles(): Promise<readonly string[]>;
  dropRemovedFiles(paths: readonly string[]): Promise<void>;
  /**
   * Throws CHECKPOINT_CONFLICT where the source's progress is not at `expectedOffset` or a letter replayed is no longer
   * open, TOPIC_HALTED on a halted topic unless it is a replay.
   */
  commitIngest(lease: Lease, commit: IngestCommit): Promise<void>;

  openWork(lease: Lease, work: Pick<OpenWork, 'workId' | 'kind' | 'directories'>): Promise<void>;
  openWorks(): Promise<readonly OpenWork[]>;
  /** Forgets works of the lease's scope whose files have been deleted. */
  dropWorks(lease: Lease, workIds: readonly string[]): Promise<void>;

  /** Newest first. */
  findSources(topic: string, lookup: SourceLookup): Promise<readonly SourceProgress[]>;
  sources(topic: string): Promise<readonly SourceProgress[]>;

  /** null: none was stored for that path. */
  fileChecksum(path: string): Promise<FileChecksum | null>;
  ledgerView(topic: string): Promise<LedgerView>;

  storedFormat(): Promise<StoredFormat>;
  /** What is damaged in the store itself, in its own words; empty where nothing is. Reads everything. */
  checkIntegrity(): Promise<readonly string[]>;
  /** Writes a consistent copy, of one instant, to a file that must not exist yet. */
  copyTo(file: string): Promise<void>;
}
