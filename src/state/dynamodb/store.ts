import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dayOf, type Micros } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';
import type { Verdict } from '../../quality/alerts/alert.ts';
import type { IntakeCounts } from '../../quality/ledger.ts';
import type { Intent } from '../../semantic/intent.ts';
import type { AlertDelivery } from '../alert-store.ts';
import {
  type BatchCompletion,
  type CompletionAnswer,
  type LedgerChange,
  withCompletion,
  withHalt,
  withIntent,
  withMaintenance,
  withResume,
} from '../checkpoint.ts';
import type { DeadLetterClosing, DeadLetterFilter, DeadLetterStatus, NewDeadLetter } from '../dead-letter.ts';
import type { FailureNote } from '../failure.ts';
import type { TopicHalt } from '../halt.ts';
import type { Lease, LeaseScope } from '../lease.ts';
import type { MaintenanceEntry } from '../maintenance.ts';
import type { StateStore } from '../port.ts';
import type { ContractRegistration, TopicStatus } from '../registry.ts';
import { readAlerts, reconcileAlerts, recordDelivery } from './alerts.ts';
import { moveCheckpoint, readCheckpoint, readCheckpoints, recordNothingNew } from './checkpoints.ts';
import { outdatedChecks, readChecks, storeChecks } from './checks.ts';
import { countBatch, countIntake, readCounters } from './counters.ts';
import { Database, type Write } from './database.ts';
import { listDeadLetters } from './dead-letter-list.ts';
import { closeDeadLetters, countDeadLetters, readDeadLetter, storeDeadLetters } from './dead-letters.ts';
import { readFailures, recordFailure } from './failures.ts';
import { acquireLease, leaseHolder, type OwnerProbe, releaseLease, renewLease } from './leases.ts';
import { maintenanceRecord, readMaintenance, writeMaintenance } from './maintenance.ts';
import {
  contractVersions,
  latestContract,
  registerContract,
  registeredTopics,
  setTopicStatus,
} from './registry.ts';

export interface DynamoStoreOptions {
  /** Closed by whoever made it. */
  readonly client: DynamoDBClient;
  /** `lean-ops-<env>`; tables are named after it. */
  readonly prefix: string;
  readonly isOwnerDead: OwnerProbe;
}

/**
 * The state port on DynamoDB. What must change together changes in one transaction; what was read before a write is
 * guarded by its condition. Besides the port's errors any operation may throw AWS_UNAVAILABLE and AWS_REFUSED.
 */
export class DynamoStore implements StateStore {
  readonly #database: Database;
  readonly #isOwnerDead: OwnerProbe;

  constructor({ client, prefix, isOwnerDead }: DynamoStoreOptions) {
    this.#database = new Database(client, prefix);
    this.#isOwnerDead = isOwnerDead;
  }

  acquireLease(scope: LeaseScope, owner: string, ttl: Micros, now: Micros) {
    return acquireLease(this.#database, { scope, owner, ttl, now }, this.#isOwnerDead);
  }

  renewLease(lease: Lease, ttl: Micros, now: Micros) {
    return renewLease(this.#database, lease, ttl, now);
  }

  releaseLease(lease: Lease) {
    return releaseLease(this.#database, lease);
  }

  leaseHolder(scope: LeaseScope) {
    return leaseHolder(this.#database, scope);
  }

  checkpoint(topic: string) {
    return readCheckpoint(this.#database, topic);
  }

  checkpoints() {
    return readCheckpoints(this.#database);
  }

  storeIntent(lease: Lease, intent: Intent): Promise<Intent> {
    return moveCheckpoint(this.#database, intent.topic, lease, (checkpoint) => {
      const next = withIntent(checkpoint, intent, lease);
      invariant(next.intent !== null, 'a stored intent stands in the checkpoint');
      return { next, answer: next.intent };
    });
  }

  async completeBatch(lease: Lease, completion: BatchCompletion): Promise<CompletionAnswer> {
    const { topic } = lease.scope;
    const outdated = completion.checks.length === 0 ? [] : await outdatedChecks(this.#database, topic);
    return moveCheckpoint<CompletionAnswer>(this.#database, topic, lease, (checkpoint) => {
      const next = withCompletion(checkpoint, completion, lease);
      if (next === null) return { next, answer: 'already' };
      const counted = countBatch(topic, dayOf(completion.completedAt), completion.counts);
      const beside = (revision: bigint): readonly Write[] => [
        { kind: 'update', ...counted },
        ...storeChecks(next, completion, revision),
        ...outdated,
      ];
      return { next, beside, answer: 'completed' };
    });
  }

  checkResults(topic: string, limit: number) {
    return readChecks(this.#database, topic, limit);
  }

  async recordNothingNew(topics: readonly string[], at: Micros) {
    for (const topic of topics) await recordNothingNew(this.#database, topic, at);
  }

  storeDeadLetters(letters: readonly NewDeadLetter[]) {
    return storeDeadLetters(this.#database, letters);
  }

  deadLetters(filter: DeadLetterFilter, limit: number, after: string | null) {
    return listDeadLetters(this.#database, filter, limit, after);
  }

  deadLetter(id: string) {
    return readDeadLetter(this.#database, id);
  }

  closeDeadLetters(
    ids: readonly string[],
    status: Exclude<DeadLetterStatus, 'open'>,
    closing: DeadLetterClosing,
  ) {
    return closeDeadLetters(this.#database, ids, status, closing);
  }

  deadLetterCounts(topic: string) {
    return countDeadLetters(this.#database, topic);
  }

  registerContract(registration: ContractRegistration) {
    return registerContract(this.#database, registration);
  }

  latestContract(topic: string) {
    return latestContract(this.#database, topic);
  }

  contractVersions(topic: string) {
    return contractVersions(this.#database, topic);
  }

  registeredTopics() {
    return registeredTopics(this.#database);
  }

  setTopicStatus(topic: string, status: TopicStatus) {
    return setTopicStatus(this.#database, topic, status);
  }

  async haltTopic(lease: Lease, halt: TopicHalt): Promise<void> {
    await moveCheckpoint(this.#database, lease.scope.topic, lease, (checkpoint) => ({
      next: withHalt(checkpoint, halt, lease),
      answer: null,
    }));
  }

  resumeTopic(topic: string, acceptNext: boolean): Promise<TopicHalt | null> {
    return moveCheckpoint(this.#database, topic, null, (checkpoint) => ({
      next: withResume(checkpoint, acceptNext),
      answer: checkpoint.halt,
    }));
  }

  recordFailure(failure: FailureNote) {
    return recordFailure(this.#database, failure);
  }

  failures(topic: string, fromDay: string, toDay: string) {
    return readFailures(this.#database, topic, fromDay, toDay);
  }

  counters(topic: string, fromDay: string, toDay: string) {
    return readCounters(this.#database, topic, fromDay, toDay);
  }

  /**
   * Adds one invocation's receptions to a day, for display only: told twice, they count twice. `caller` is unique to
   * the invocation.
   */
  countIntake(topic: string, counts: IntakeCounts, at: Micros, caller: string) {
    return countIntake(this.#database, topic, dayOf(at), counts, caller);
  }

  recordMaintenance(
    lease: Lease,
    entry: MaintenanceEntry,
    ledger?: Pick<LedgerChange, 'checkpoint' | 'gone'>,
  ): Promise<void> {
    if (ledger === undefined) return writeMaintenance(this.#database, lease, entry);
    return moveCheckpoint(this.#database, lease.scope.topic, lease, (checkpoint) => ({
      next: withMaintenance(checkpoint, ledger, lease),
      beside: () => [maintenanceRecord(entry)],
      answer: undefined,
    }));
  }

  maintenance(table: string, limit: number) {
    return readMaintenance(this.#database, table, limit);
  }

  alerts() {
    return readAlerts(this.#database);
  }

  reconcileAlerts(verdicts: readonly Verdict[], sinks: readonly string[], at: Micros) {
    return reconcileAlerts(this.#database, verdicts, sinks, at);
  }

  recordDelivery(sink: string, deliveries: readonly AlertDelivery[]) {
    return recordDelivery(this.#database, sink, deliveries);
  }

  /** The client is its maker's to close. */
  async close() {
    // Nothing is held but the client.
  }
}
