import { LeanOpsError } from '../../errors/error.ts';
import type { Catalog, TableRef, TableSwap } from '../../iceberg/catalog.ts';
import type { Database } from './database.ts';
import { optionalText, text } from './row.ts';

/** The JDBC catalog's tables. Other engines read them under the catalog name lean_ops. */
export class SqliteCatalog implements Catalog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async metadataLocation(table: TableRef): Promise<string | null> {
    return readLocation(this.#database, table);
  }

  async tables(): Promise<readonly TableRef[]> {
    return this.#database
      .all(
        `SELECT table_namespace, table_name FROM iceberg_tables WHERE catalog_name = 'lean_ops'
         ORDER BY table_namespace, table_name`,
      )
      .map((row) => ({ namespace: text(row, 'table_namespace'), name: text(row, 'table_name') }));
  }
}

/** Where the table's current metadata is; null if there is no such table. */
export function readLocation(database: Database, table: TableRef): string | null {
  const row = database.get(
    `SELECT metadata_location FROM iceberg_tables
     WHERE catalog_name = 'lean_ops' AND table_namespace = ? AND table_name = ?`,
    table.namespace,
    table.name,
  );
  return row === null ? null : optionalText(row, 'metadata_location');
}

/** Compare-and-set; throws COMMIT_CONFLICT, and the surrounding transaction then undoes every swap. */
export function swapTable(database: Database, swap: TableSwap): void {
  const { namespace, name } = swap.table;
  const moved =
    swap.expected === null
      ? database.run(
          `INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, iceberg_type)
           VALUES ('lean_ops', ?, ?, ?, 'TABLE') ON CONFLICT DO NOTHING`,
          namespace,
          name,
          swap.next,
        )
      : database.run(
          `UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = metadata_location
           WHERE catalog_name = 'lean_ops' AND table_namespace = ? AND table_name = ? AND metadata_location = ?`,
          swap.next,
          namespace,
          name,
          swap.expected,
        );
  if (moved === 0) {
    throw new LeanOpsError('COMMIT_CONFLICT', {
      operation: `committing ${namespace}.${name}`,
      detail: `its metadata is no longer ${swap.expected ?? 'absent'}`,
    });
  }
}
