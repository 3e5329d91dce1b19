/** Names a table inside the catalog. */
export interface TableRef {
  readonly namespace: string;
  readonly name: string;
}

/** `namespace.name`, for people and for records of maintenance. */
export function tableName({ namespace, name }: TableRef): string {
  return `${namespace}.${name}`;
}

/** One pointer to move: from the metadata file that the commit was planned on to the one it wrote. */
export interface TableSwap {
  readonly table: TableRef;
  /** Location of the metadata file that must still be current; null: the table must not exist yet. */
  readonly expected: string | null;
  /** Location of the new metadata file, already written and synced. */
  readonly next: string;
}

/** Where the current metadata of every table stands. Swaps belong to the store, beside what commits with them. */
export interface Catalog {
  /** Location of the table's current metadata file; null where the table does not exist. */
  metadataLocation(table: TableRef): Promise<string | null>;
  tables(): Promise<readonly TableRef[]>;
}
