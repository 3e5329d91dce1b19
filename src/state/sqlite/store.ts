import { dayOf, type Micros } from '../../base/time.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import type { Catalog } from '../../iceberg/catalog.ts';
import type { Verdict } from '../../quality/alerts/alert.ts';
import { RAW_NAMESPACE } from '../../raw/table.ts';
import type { Intent } from '../../semantic/intent.ts';
import { errorsTableName, SEMANTIC_NAMESPACE } from '../../semantic/tables.ts';
import type { AlertDelivery } from '../alert-store.ts';
import {
  type BatchCompletion,
  type CompletionAnswer,
  type LedgerChange,
  withCompletion,
  withHalt,
  withIntake,
  withIntent,
  withMaintenance,
  withResume,
} from '../checkpoint.ts';
import type { DeadLetterClosing, DeadLetterFilter, DeadLetterStatus, NewDeadLetter } from '../dead-letter.ts';
import type { ErasureEnd } from '../erasure.ts';
import type { FailureNote } from '../failure.ts';
import type { TopicHalt } from '../halt.ts';
import type { IngestCommit } from '../ingest-commit.ts';
import type { Lease, LeaseScope } from '../lease.ts';
import type { LedgerView } from '../ledger-view.ts';
import type { MaintenanceEntry } from '../maintenance.ts';
import type { OpenWork } from '../open-work.ts';
import type { EmbeddedStore } from '../port.ts';
import type { ContractRegistration, TopicStatus } from '../registry.ts';
import type { SourceLookup } from '../source.ts';
import type { TableCommit } from '../table-commit.ts';
import { readAlerts, reconcileAlerts, recordDelivery } from './alerts.ts';
import { readLocation, SqliteCatalog } from './catalog.ts';
import { readCheckpoint, readCheckpoints, recordNothingNew, writeCheckpoint } from './checkpoints.ts';
import { readChecks, storeChecks } from './checks.ts';
import { countBatch, countIntake, countOldDays, dropOldDays, readCounters } from './counters.ts';
import { Database } from './database.ts';
import {
  bodyFilesOf,
  closeDeadLetters,
  countDeadLetters,
  lettersClosedBefore,
  listDeadLetters,
  readDeadLetter,
  removeDeadLetters,
  storeDeadLetters,
} from './dead-letters.ts';
import { closeErasure, countErased, openErasure, readErasures } from './erasures.ts';
import { readFailures, recordFailure } from './failures.ts';
import { readFormat } from './format.ts';
import {
  acquireLease,
  leaseHolder,
  type OwnerProbe,
  releaseLease,
  renewLease,
  requireLease,
} from './leases.ts';
import { dropMaintenance, readMaintenance, writeMaintenance } from './maintenance.ts';
import {
  contractVersions,
  latestContract,
  registerContract,
  registeredTopics,
  setTopicStatus,
} from './registry.ts';
import { type Relocation, relocateState } from './relocate.ts';
import { text } from './row.ts';
import { ensureSchema, recordedRoot } from './schema.ts';
import { findSources, moveSource, readSources } from './sources.ts';
import { commitTables, dropRemovedFiles, readChecksum, readRemovedFiles } from './table-commit.ts';
import { dropWorks, openWork, readOpenWorks } from './works.ts';

export interface SqliteStoreOptions {
  /** The database file; its folder must exist. */
  readonly file: string;
  /** Where the workspace stands; absolute. */
  readonly root: string;
  readonly isOwnerDead: OwnerProbe;
  /** Called at the last instant of each writing transaction; crash tests end the process there. */
  readonly beforeCommit?: () => void;
}

export interface OpenedStore {
  readonly store: EmbeddedStore;
  readonly catalog: Catalog;
}

/** A store whose tables name another place than it stands at; nothing but moving it there makes sense. */
export interface MovedStore extends OpenedStore {
  readonly recordedRoot: string;
  readonly relocate: (lease: Lease, relocation: Relocation) => void;
  readonly close: () => void;
}

/** Throws CATALOG_NEWER, WORKSPACE_MOVED, WORKSPACE_READ_ONLY, STATE_BUSY, STATE_DAMAGED, DISK_FULL. */
export function openSqliteStore(options: SqliteStoreOptions): OpenedStore {
  const opened = openMovedStore(options);
  if (opened.recordedRoot === options.root) return opened;
  opened.close();
  throw new LeanOpsError('WORKSPACE_MOVED', {
    operation: 'opening the workspace',
    detail: `its tables name ${opened.recordedRoot}, but it stands at ${options.root}`,
  });
}

/** As `openSqliteStore`, wherever the tables say that the workspace stands. */
export function openMovedStore(options: SqliteStoreOptions): MovedStore {
  const database = new Database(options.file, options.beforeCommit);
  try {
    ensureSchema(database, options.root);
    return {
      recordedRoot: recordedRoot(database),
      store: new SqliteStore(database, options.isOwnerDead),
      catalog: new SqliteCatalog(database),
      relocate: (lease, relocation) => relocateState(database, lease, relocation),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Catalog and state in one file: each writing method is one transaction with the write lock held from its start. */
class SqliteStore implements EmbeddedStore {
  readonly #database: Database;
  readonly #isOwnerDead: OwnerProbe;

  constructor(database: Database, isOwnerDead: OwnerProbe) {
    this.#database = database;
    this.#isOwnerDead = isOwnerDead;
  }

  async acquireLease(scope: LeaseScope, owner: string, ttl: Micros, now: Micros) {
    return this.#database.write(() =>
      acquireLease(this.#database, scope, { owner, ttl, now }, this.#isOwnerDead),
    );
  }

  async renewLease(lease: Lease, ttl: Micros, now: Micros) {
    return this.#database.write(() => renewLease(this.#database, lease, ttl, now));
  }

  async releaseLease(lease: Lease) {
    this.#database.write(() => releaseLease(this.#database, lease));
  }

  async leaseHolder(scope: LeaseScope) {
    return leaseHolder(this.#database, scope);
  }

  async checkpoint(topic: string) {
    return readCheckpoint(this.#database, topic);
  }

  async checkpoints() {
    return readCheckpoints(this.#database);
  }

  async storeIntent(lease: Lease, intent: Intent): Promise<Intent> {
    return this.#under(lease, () => {
      const next = withIntent(readCheckpoint(this.#database, intent.topic), intent, lease);
      writeCheckpoint(this.#database, next);
      invariant(next.intent !== null, 'a stored intent stands in the checkpoint');
      return next.intent;
    });
  }

  async completeBatch(
    lease: Lease,
    completion: BatchCompletion,
    tables?: TableCommit,
  ): Promise<CompletionAnswer> {
    return this.#under(lease, () => {
      const { topic } = lease.scope;
      const next = withCompletion(readCheckpoint(this.#database, topic), completion, lease);
      if (next === null) return 'already';
      if (tables !== undefined) commitTables(this.#database, lease, tables);
      writeCheckpoint(this.#database, next);
      countBatch(this.#database, topic, dayOf(completion.completedAt), completion.counts);
      storeChecks(this.#database, next, completion);
      return 'completed';
    });
  }

  async checkResults(topic: string, limit: number) {
    return readChecks(this.#database, topic, limit);
  }

  async recordNothingNew(topics: readonly string[], at: Micros) {
    this.#database.write(() => recordNothingNew(this.#database, topics, at));
  }

  async commitIngest(lease: Lease, commit: IngestCommit) {
    const { counts } = commit;
    const { topic } = lease.scope;
    invariant(lease.scope.work === 'ingest', 'an ingest commits under an ingest lease');
    invariant(counts.received === counts.raw + counts.deadLettered, 'every reception has exactly one fate');
    this.#under(lease, () => {
      commitTables(this.#database, lease, commit.tables);
      if (commit.progress !== null) moveSource(this.#database, commit.progress, commit.expectedOffset);
      const stored = storeDeadLetters(this.#database, commit.deadLetters);
      invariant(stored === counts.deadLettered, 'every dead letter counted is a new one');
      this.#closeReplayed(lease, commit);
      const next = withIntake(readCheckpoint(this.#database, topic), counts, {
        isReplay: commit.replayed.length > 0,
        halt: commit.halt ?? null,
        endsAcceptance: commit.endsAcceptance ?? false,
      });
      writeCheckpoint(this.#database, next);
      countIntake(this.#database, topic, dayOf(commit.committedAt), counts);
    });
  }

  async storeDeadLetters(letters: readonly NewDeadLetter[]) {
    return this.#database.write(() => storeDeadLetters(this.#database, letters));
  }

  async deadLetters(filter: DeadLetterFilter, limit: number, after: string | null) {
    return listDeadLetters(this.#database, filter, limit, after);
  }

  async deadLetter(id: string) {
    return readDeadLetter(this.#database, id);
  }

  async closeDeadLetters(
    ids: readonly string[],
    status: Exclude<DeadLetterStatus, 'open'>,
    closing: DeadLetterClosing,
  ) {
    return this.#database.write(() => closeDeadLetters(this.#database, ids, status, closing));
  }

  async deadLetterCounts(topic: string) {
    return countDeadLetters(this.#database, topic);
  }

  async registerContract(registration: ContractRegistration) {
    return this.#database.write(() => registerContract(this.#database, registration));
  }

  async latestContract(topic: string) {
    return latestContract(this.#database, topic);
  }

  async contractVersions(topic: string) {
    return contractVersions(this.#database, topic);
  }

  async registeredTopics() {
    return registeredTopics(this.#database);
  }

  async setTopicStatus(topic: string, status: TopicStatus) {
    this.#database.write(() => setTopicStatus(this.#database, topic, status));
  }

  async haltTopic(lease: Lease, halt: TopicHalt) {
    this.#under(lease, () => {
      const before = readCheckpoint(this.#database, lease.scope.topic);
      writeCheckpoint(this.#database, withHalt(before, halt, lease));
    });
  }

  async resumeTopic(topic: string, acceptNext: boolean): Promise<TopicHalt | null> {
    return this.#database.write(() => {
      const before = readCheckpoint(this.#database, topic);
      const next = withResume(before, acceptNext);
      if (next !== null) writeCheckpoint(this.#database, next);
      return before.halt;
    });
  }

  async recordFailure(failure: FailureNote) {
    this.#database.write(() => recordFailure(this.#database, failure));
  }

  async failures(topic: string, fromDay: string, toDay: string) {
    return readFailures(this.#database, topic, fromDay, toDay);
  }

  async counters(topic: string, fromDay: string, toDay: string) {
    return readCounters(this.#database, topic, fromDay, toDay);
  }

  async recordMaintenance(
    lease: Lease,
    entry: MaintenanceEntry,
    ledger?: LedgerChange,
    tables?: TableCommit,
  ) {
    this.#under(lease, () => {
      if (tables !== undefined) commitTables(this.#database, lease, tables);
      if (ledger !== undefined) {
        const before = readCheckpoint(this.#database, lease.scope.topic);
        writeCheckpoint(this.#database, withMaintenance(before, ledger, lease));
        this.#dropOld(lease.scope.topic, ledger);
      }
      writeMaintenance(this.#database, entry);
    });
  }

  async openErasure(lease: Lease, keyHash: string, at: Micros) {
    return this.#under(lease, () => openErasure(this.#database, lease.scope.topic, keyHash, at));
  }

  async closeErasure(lease: Lease, keyHash: string, end: ErasureEnd) {
    this.#under(lease, () => closeErasure(this.#database, lease.scope.topic, keyHash, end));
  }

  async erasures(topic: string) {
    return readErasures(this.#database, topic);
  }

  async scrub() {
    this.#database.scrub();
  }

  async oldState(topic: string, closedBefore: Micros, countersBefore: string) {
    return this.#database.view(() => {
      const letterIds = lettersClosedBefore(this.#database, topic, closedBefore);
      const bodyFiles = letterIds.length === 0 ? [] : bodyFilesOf(this.#database, letterIds);
      return { letterIds, bodyFiles, counterDays: countOldDays(this.#database, topic, countersBefore) };
    });
  }

  async bodyFilesOf(letterIds: readonly string[]) {
    return bodyFilesOf(this.#database, letterIds);
  }

  async removedFiles() {
    return readRemovedFiles(this.#database);
  }

  async dropRemovedFiles(paths: readonly string[]) {
    this.#database.write(() => dropRemovedFiles(this.#database, paths));
  }

  async maintenance(table: string, limit: number) {
    return readMaintenance(this.#database, table, limit);
  }

  async alerts() {
    return readAlerts(this.#database);
  }

  async reconcileAlerts(verdicts: readonly Verdict[], sinks: readonly string[], at: Micros) {
    return this.#database.write(() => reconcileAlerts(this.#database, verdicts, sinks, at));
  }

  async recordDelivery(sink: string, deliveries: readonly AlertDelivery[]) {
    this.#database.write(() => recordDelivery(this.#database, sink, deliveries));
  }

  async openWork(lease: Lease, work: Pick<OpenWork, 'workId' | 'kind' | 'directories'>) {
    this.#under(lease, () => openWork(this.#database, lease, work));
  }

  async openWorks() {
    return readOpenWorks(this.#database);
  }

  async dropWorks(lease: Lease, workIds: readonly string[]) {
    this.#under(lease, () => dropWorks(this.#database, lease, workIds));
  }

  async findSources(topic: string, lookup: SourceLookup) {
    return findSources(this.#database, topic, lookup);
  }

  async sources(topic: string) {
    return readSources(this.#database, topic);
  }

  async fileChecksum(path: string) {
    return readChecksum(this.#database, path);
  }

  async ledgerView(topic: string): Promise<LedgerView> {
    return this.#database.view(() => ({
      checkpoint: readCheckpoint(this.#database, topic),
      deadLetters: countDeadLetters(this.#database, topic),
      raw: readLocation(this.#database, { namespace: RAW_NAMESPACE, name: topic }),
      semantic: readLocation(this.#database, { namespace: SEMANTIC_NAMESPACE, name: topic }),
      errors: readLocation(this.#database, { namespace: SEMANTIC_NAMESPACE, name: errorsTableName(topic) }),
    }));
  }

  async storedFormat() {
    return this.#database.view(() => readFormat(this.#database));
  }

  async checkIntegrity() {
    const findings = this.#database.all('PRAGMA quick_check').map((row) => text(row, 'quick_check'));
    return findings.filter((finding) => finding !== 'ok');
  }

  async copyTo(file: string) {
    this.#database.run('VACUUM INTO ?', file);
  }

  async close() {
    this.#database.close();
  }

  #dropOld(topic: string, { erasure, letterIds, countersBefore, recordsBefore }: LedgerChange): void {
    if (erasure !== undefined) countErased(this.#database, topic, erasure.keyHash, erasure.counts);
    if (letterIds !== undefined) removeDeadLetters(this.#database, topic, letterIds);
    if (countersBefore !== undefined) dropOldDays(this.#database, topic, countersBefore);
    if (recordsBefore !== undefined) dropMaintenance(this.#database, recordsBefore);
  }

  /** One transaction that holds only while the lease does. */
  #under<T>(lease: Lease, work: () => T): T {
    return this.#database.write(() => {
      requireLease(this.#database, lease);
      return work();
    });
  }

  #closeReplayed({ owner }: Lease, { replayed: ids, repair, committedAt }: IngestCommit): void {
    const closing = { at: committedAt, by: owner, reason: null, repair: repair ?? null };
    const closed = closeDeadLetters(this.#database, ids, 'replayed', closing);
    if (closed === ids.length) return;
    throw new LeanOpsError('CHECKPOINT_CONFLICT', {
      operation: 'replaying dead letters',
      detail: `${ids.length - closed} of ${ids.length} are no longer open`,
    });
  }
}
