/** One file in a folder or below it. */
export interface FileEntry {
  readonly location: string;
  readonly size: bigint;
  /** Milliseconds since 1970. */
  readonly modifiedMs: bigint;
}

/**
 * Reads and writes a table's files. A location is the text in the table's metadata: an absolute path on one machine, an
 * s3:// URI on AWS. Files are immutable: none is ever written twice.
 */
export interface FileIO {
  /** Throws METADATA_INVALID_FILE if the file is missing. */
  read(location: string): Promise<Uint8Array>;
  /** Durable on return: file and folder are synced. Throws if the file exists, and DISK_FULL. */
  write(location: string, bytes: Uint8Array): Promise<void>;
  exists(location: string): Promise<boolean>;
  /** A missing file is not an error, because a removal may be repeated after a crash. */
  remove(location: string): Promise<void>;
  /** Every file below the folder, at any depth, by location; none if the folder is missing. */
  list(folder: string): Promise<readonly FileEntry[]>;
}
