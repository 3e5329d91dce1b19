import { FILE_CHECKSUM } from '../codec/embedded.ts';
import type { Lease } from '../lease.ts';
import type { TableCommit, TableFileStore } from '../table-commit.ts';
import { swapTable } from './catalog.ts';
import type { Database } from './database.ts';
import { fromRow, insertRow, text } from './row.ts';
import { closeWork } from './works.ts';

/** Checksums and removed files of tables in SQLite. */
export function tableFileStore(database: Database): TableFileStore {
  return {
    fileChecksum: async (path) => {
      const row = database.get('SELECT * FROM data_files WHERE path = ?', path);
      return row === null ? null : fromRow(FILE_CHECKSUM, 'data_files', row);
    },
    removedFiles: async () =>
      database.all('SELECT path FROM removed_files ORDER BY path').map((row) => text(row, 'path')),
    dropRemovedFiles: async (paths) =>
      database.write(() => {
        for (const path of paths) database.run('DELETE FROM removed_files WHERE path = ?', path);
      }),
  };
}

/** Commits tables; must run in the transaction that commits the state belonging to them. */
export function commitTables(database: Database, lease: Lease, tables: TableCommit): void {
  closeWork(database, lease, tables.workId);
  for (const swap of tables.swaps) swapTable(database, swap);
  for (const file of tables.files)
    insertRow(database, 'data_files', FILE_CHECKSUM.encode(file), 'is replaced');
  for (const path of tables.removedFiles) {
    database.run('DELETE FROM data_files WHERE path = ?', path);
    database.run('INSERT OR IGNORE INTO removed_files (path) VALUES (?)', path);
  }
}
