import { LeanOpsError } from '../../errors/error.ts';
import type { Catalog } from '../../iceberg/catalog.ts';
import type { Lease } from '../lease.ts';
import type { EmbeddedStore } from '../port.ts';
import type { StoreFile } from '../store-file.ts';
import { alertStore } from './alerts.ts';
import { SqliteCatalog } from './catalog.ts';
import { checkResultStore } from './check-results.ts';
import { checkpointStore } from './checkpoints.ts';
import { counterStore } from './counters.ts';
import { Database } from './database.ts';
import { deadLetterStore, oldStateStore } from './dead-letters.ts';
import { erasureStore } from './erasures.ts';
import { failureStore } from './failures.ts';
import { readFormat } from './format.ts';
import { ingestStore } from './ingest.ts';
import { leaseStore, type OwnerProbe } from './leases.ts';
import { ledgerViewStore } from './ledger-view.ts';
import { maintenanceStore } from './maintenance.ts';
import { contractRegistry } from './registry.ts';
import { type Relocation, relocateState } from './relocate.ts';
import { text } from './row.ts';
import { ensureSchema, recordedRoot } from './schema.ts';
import { sourceStore } from './sources.ts';
import { tableFileStore } from './table-commit.ts';
import { openWorkStore } from './works.ts';

export interface SqliteStoreOptions {
  /** The database file; its folder must exist. */
  readonly file: string;
  /** The folder of the workspace; absolute. */
  readonly root: string;
  readonly isOwnerDead: OwnerProbe;
  /** Called at the last instant of each writing transaction; crash tests end the process there. */
  readonly beforeCommit?: () => void;
}

export interface OpenedStore {
  readonly store: EmbeddedStore;
  readonly catalog: Catalog;
}

/** A store whose tables may name another folder than its own. Until it is relocated, nothing else is useful. */
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
    detail: `its tables name ${opened.recordedRoot}, but its folder is ${options.root}`,
  });
}

/** As `openSqliteStore`, whatever folder the tables name. */
export function openMovedStore(options: SqliteStoreOptions): MovedStore {
  const database = new Database(options.file, options.beforeCommit);
  try {
    ensureSchema(database, options.root);
    return {
      recordedRoot: recordedRoot(database),
      store: embeddedStore(database, options.isOwnerDead),
      catalog: new SqliteCatalog(database),
      relocate: (lease, relocation) => relocateState(database, lease, relocation),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Catalog and state in one file. Each writing method is one transaction that holds the write lock from its start. */
function embeddedStore(database: Database, isOwnerDead: OwnerProbe): EmbeddedStore {
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
    ...tableFileStore(database),
    ...ingestStore(database),
    ...sourceStore(database),
    ...openWorkStore(database),
    ...erasureStore(database),
    ...oldStateStore(database),
    ...ledgerViewStore(database),
    ...storeFile(database),
    close: async () => database.close(),
  };
}

function storeFile(database: Database): StoreFile {
  return {
    storedFormat: async () => database.view(() => readFormat(database)),
    checkIntegrity: async () => {
      const findings = database.all('PRAGMA quick_check').map((row) => text(row, 'quick_check'));
      return findings.filter((finding) => finding !== 'ok');
    },
    copyTo: async (file) => {
      database.run('VACUUM INTO ?', file);
    },
    scrub: async () => database.scrub(),
  };
}
