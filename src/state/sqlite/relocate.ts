import { invariant } from '../../errors/error.ts';
import type { Lease } from '../lease.ts';
import type { TableCommit } from '../table-commit.ts';
import type { Database } from './database.ts';
import { writeUnderLease } from './leases.ts';
import { commitTables } from './table-commit.ts';

/** A moved workspace: the folder that its tables name, and its folder now. Absolute paths without a last slash. */
export interface Relocation {
  readonly from: string;
  readonly to: string;
  /** Swaps from the old locations to metadata that names the new ones; removed files by their old paths. */
  readonly tables: TableCommit;
}

/** Columns that hold absolute paths, beside the catalog's current locations. */
const PATHS = [
  ['iceberg_tables', 'previous_metadata_location'],
  ['data_files', 'path'],
  ['removed_files', 'path'],
  ['sources', 'path'],
  ['error_tracker', 'body_pointer'],
] as const;

/** One transaction: afterwards every path in the state names the new folder, or none does. */
export function relocateState(database: Database, lease: Lease, { from, to, tables }: Relocation): void {
  writeUnderLease(database, lease, () => {
    commitTables(database, lease, tables);
    for (const [table, column] of PATHS) {
      database.run(
        `UPDATE ${table} SET ${column} = ? || substr(${column}, length(?) + 1)
         WHERE substr(${column}, 1, length(?) + 1) = ? || '/'`,
        to,
        from,
        from,
        from,
      );
    }
    const moved = database.run('UPDATE workspace SET root = ? WHERE root = ?', to, from);
    invariant(moved === 1, 'the lease keeps others from relocating at the same time');
  });
}
