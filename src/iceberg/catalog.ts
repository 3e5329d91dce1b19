/** The name of a table in the catalog. */
export interface TableRef {
  readonly namespace: string;
  readonly name: string;
}

/** `namespace.name`, as messages and the records of maintenance show it. */
export function tableName({ namespace, name }: TableRef): string {
  return `${namespace}.${name}`;
}

/** One pointer that a commit moves: from the metadata file that the commit was planned on to the one that it wrote. */
export interface TableSwap {
  readonly table: TableRef;
  /** Location of the metadata file that must still be current; null: the table must not exist yet. */
  readonly expected: string | null;
  /** Location of the new metadata file, already written and synced. */
  readonly next: string;
}

/** The location of every table's current metadata. The store makes the swaps, together with what commits with them. */
export interface Catalog {
  /** Location of the table's current metadata file; null: the table does not exist. */
  metadataLocation(table: TableRef): Promise<string | null>;
  tables(): Promise<readonly TableRef[]>;
}
