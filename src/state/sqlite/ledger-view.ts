import { RAW_NAMESPACE } from '../../raw/table.ts';
import { errorsTableName, SEMANTIC_NAMESPACE } from '../../semantic/tables.ts';
import type { LedgerViewStore } from '../ledger-view.ts';
import { readLocation } from './catalog.ts';
import { readCheckpoint } from './checkpoints.ts';
import type { Database } from './database.ts';
import { countDeadLetters } from './dead-letters.ts';

/** Ledger and table versions of one instant in SQLite. */
export function ledgerViewStore(database: Database): LedgerViewStore {
  return {
    ledgerView: async (topic) =>
      database.view(() => ({
        checkpoint: readCheckpoint(database, topic),
        deadLetters: countDeadLetters(database, topic),
        raw: readLocation(database, { namespace: RAW_NAMESPACE, name: topic }),
        semantic: readLocation(database, { namespace: SEMANTIC_NAMESPACE, name: topic }),
        errors: readLocation(database, { namespace: SEMANTIC_NAMESPACE, name: errorsTableName(topic) }),
      })),
  };
}
