/** The format of a store's file. */
export interface StoredFormat {
  /** From 1. */
  readonly format: number;
  /** The release that wrote the file in this format first. */
  readonly release: string;
  /** Topics whose semantic table cannot be continued since an upgrade, until `lean-ops rebuild`; by name. */
  readonly topicsToRebuild: readonly string[];
}

/** The store as a file. */
export interface StoreFile {
  storedFormat(): Promise<StoredFormat>;
  /** Damage found in the file, in the database's words; empty if there is none. Reads everything. */
  checkIntegrity(): Promise<readonly string[]>;
  /** Writes a consistent copy, of one instant, to a file that must not exist yet. */
  copyTo(file: string): Promise<void>;
  /** Rewrites the file so that it keeps nothing of deleted rows. Throws STATE_BUSY while others use it. */
  scrub(): Promise<void>;
}
