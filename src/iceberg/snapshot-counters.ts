import { LeanOpsError } from '../errors/error.ts';
import type { Snapshot } from './metadata.ts';
import { SUMMARY_COUNTERS } from './summary.ts';

/** Counters of rows in a snapshot's summary, each with the counter of the files that hold these rows. */
const ROWS_IN_FILES = {
  'added-records': 'added-data-files',
  'deleted-records': 'deleted-data-files',
  'added-position-deletes': 'added-position-delete-files',
  'removed-position-deletes': 'removed-position-delete-files',
} as const;

type RowCounter = keyof typeof ROWS_IN_FILES;
type FileCounter = 'added-data-files' | 'added-delete-files' | 'deleted-data-files' | 'removed-files-size';

/** The rows that the snapshot's data files added. Throws as `snapshotCounter`. */
export function addedRows(snapshot: Snapshot): bigint {
  return snapshotCounter(snapshot, 'added-records');
}

/**
 * One counter of what a snapshot changed: rows, files or, for `removed-files-size`, bytes. Throws TABLE_UNSUPPORTED if
 * the summary does not hold it and its absence does not mean zero, METADATA_INVALID_FILE if it is not a number.
 */
export function snapshotCounter(snapshot: Snapshot, name: RowCounter | FileCounter): bigint {
  const value = knownCounter(snapshot, name);
  if (value !== null) return value;
  const operation = 'counting the changes of a snapshot';
  const file = snapshot['manifest-list'];
  const which = `snapshot ${snapshot['snapshot-id']} (${snapshot.summary.operation ?? 'no operation'})`;
  const text = snapshot.summary[name];
  if (text !== undefined) {
    const detail = `the summary of ${which} says that ${name} is ${JSON.stringify(text)}, which is not a number`;
    throw new LeanOpsError('METADATA_INVALID_FILE', { operation, detail, file });
  }
  throw new LeanOpsError('TABLE_UNSUPPORTED', {
    operation,
    detail: `the summary of ${which} has no ${name}, so the change is unknown`,
    file,
    remedy: REMEDY,
  });
}

/** The commit that wrote the snapshot is done, and Lean-Ops changes no commit of others. */
const REMEDY =
  'Find the program that wrote this snapshot. Let it write with a library that keeps the counters, such as Iceberg for Java. If the table is RAW, rebuild the topic: a rebuild reads all rows and does not need the counters.';

/**
 * As `snapshotCounter`, but null if the counter is unknown. All counters are optional in Iceberg's specification, and its
 * writers leave out those that are zero. So an absent counter is zero only in a summary that has other counters, and that
 * names no files of this kind.
 */
export function knownCounter({ summary }: Snapshot, name: RowCounter | FileCounter): bigint | null {
  const text = summary[name];
  if (text !== undefined) return /^\d+$/.test(text) ? BigInt(text) : null;
  if (!SUMMARY_COUNTERS.some((counter) => summary[counter] !== undefined)) return null;
  return isRowCounter(name) && (summary[ROWS_IN_FILES[name]] ?? '0') !== '0' ? null : 0n;
}

function isRowCounter(name: RowCounter | FileCounter): name is RowCounter {
  return name in ROWS_IN_FILES;
}
