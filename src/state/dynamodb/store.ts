import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { StateStore } from '../port.ts';
import { alertStore } from './alerts.ts';
import { checkResultStore } from './check-results.ts';
import { checkpointStore } from './checkpoints.ts';
import { counterStore, type IntakeCounterStore } from './counters.ts';
import { Database } from './database.ts';
import { deadLetterStore } from './dead-letters.ts';
import { failureStore } from './failures.ts';
import { leaseStore, type OwnerProbe } from './leases.ts';
import { maintenanceStore } from './maintenance.ts';
import { contractRegistry } from './registry.ts';

export interface DynamoStoreOptions {
  /** The caller closes it. */
  readonly client: DynamoDBClient;
  /** `lean-ops-<env>`; the names of the tables begin with it. */
  readonly prefix: string;
  readonly isOwnerDead: OwnerProbe;
}

/**
 * The state on DynamoDB. What must change together changes in one transaction, and conditions guard what was read before
 * a write.
 */
export interface DynamoStore extends StateStore, IntakeCounterStore {}

/** Connects when the client is first used. */
export function openDynamoStore({ client, prefix, isOwnerDead }: DynamoStoreOptions): DynamoStore {
  const database = new Database(client, prefix);
  return {
    ...leaseStore(database, isOwnerDead),
    ...checkpointStore(database),
    ...checkResultStore(database),
    ...deadLetterStore(database),
    ...contractRegistry(database),
    ...failureStore(database),
    ...counterStore(database),
    ...maintenanceStore(database),
    ...alertStore(database),
    close: async () => {
      // The store holds nothing but the client, which the caller closes.
    },
  };
}
