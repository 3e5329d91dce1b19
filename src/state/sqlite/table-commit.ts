import type { Lease } from '../lease.ts';
import type { FileChecksum, TableCommit } from '../table-commit.ts';
import { swapTable } from './catalog.ts';
import type { Database } from './database.ts';
import { long, text } from './row.ts';
import { closeWork } from './works.ts';

/** The tables' part of a commit, inside the transaction that commits the state belonging to it. */
export function commitTables(database: Database, lease: Lease, tables: TableCommit): void {
  closeWork(database, lease, tables.workId);
  for (const swap of tables.swaps) swapTable(database, swap);
  for (const file of tables.files) {
    database.run(
      'INSERT OR REPLACE INTO data_files (path, sha256, size) VALUES (?, ?, ?)',
      file.path,
      file.sha256,
      file.size,
    );
  }
  for (const path of tables.removedFiles) {
    database.run('DELETE FROM data_files WHERE path = ?', path);
    database.run('INSERT OR IGNORE INTO removed_files (path) VALUES (?)', path);
  }
}

export function readRemovedFiles(database: Database): readonly string[] {
  return database.all('SELECT path FROM removed_files ORDER BY path').map((row) => text(row, 'path'));
}

export function dropRemovedFiles(database: Database, paths: readonly string[]): void {
  for (const path of paths) database.run('DELETE FROM removed_files WHERE path = ?', path);
}

export function readChecksum(database: Database, path: string): FileChecksum | null {
  const row = database.get('SELECT path, sha256, size FROM data_files WHERE path = ?', path);
  if (row === null) return null;
  return { path: text(row, 'path'), sha256: text(row, 'sha256'), size: long(row, 'size') };
}
