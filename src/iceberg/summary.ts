import type { DataFile } from './data-file.ts';
import type { Snapshot, SnapshotSummary } from './metadata.ts';

/** Snapshot summaries with the names and totals of Iceberg's own writers (spec: Optional Snapshot Summary Fields). */

export type Operation = 'append' | 'overwrite' | 'delete' | 'replace';

/** The files that a commit adds to the table and removes from it. */
export interface FileChanges {
  readonly added: readonly DataFile[];
  readonly removed: readonly DataFile[];
}

/** One running total: its name, and the counters of what a commit adds to it and removes from it. */
interface TotalSpec {
  readonly total: string;
  readonly added: string;
  readonly removed: string;
  readonly measure: (file: DataFile) => bigint;
}

const count = (content: DataFile['content']) => (file: DataFile) => (file.content === content ? 1n : 0n);
const rows = (content: DataFile['content']) => (file: DataFile) =>
  file.content === content ? file.recordCount : 0n;

const TOTALS: readonly TotalSpec[] = [
  {
    total: 'total-data-files',
    added: 'added-data-files',
    removed: 'deleted-data-files',
    measure: count('data'),
  },
  { total: 'total-records', added: 'added-records', removed: 'deleted-records', measure: rows('data') },
  {
    total: 'total-files-size',
    added: 'added-files-size',
    removed: 'removed-files-size',
    measure: (file) => file.fileSize,
  },
  {
    total: 'total-delete-files',
    added: 'added-delete-files',
    removed: 'removed-delete-files',
    measure: (file) => (file.content === 'data' ? 0n : 1n),
  },
  {
    total: 'total-position-deletes',
    added: 'added-position-deletes',
    removed: 'removed-position-deletes',
    measure: rows('position-deletes'),
  },
  {
    total: 'total-equality-deletes',
    added: 'added-equality-deletes',
    removed: 'removed-equality-deletes',
    measure: rows('equality-deletes'),
  },
];

const CHANGED_PARTITIONS = 'changed-partition-count';

/** Names of Iceberg's counters in a summary. A writer that counts leaves at least one of them in every summary. */
export const SUMMARY_COUNTERS: readonly string[] = [
  ...TOTALS.flatMap(({ total, added, removed }) => [total, added, removed]),
  CHANGED_PARTITIONS,
];

/** The summary of a snapshot that follows on `parent`; null: on none. `extra` are further entries. */
export function summarize(
  operation: Operation,
  parent: Snapshot | null,
  changes: FileChanges,
  extra: Readonly<Record<string, string>>,
): SnapshotSummary {
  const entries: [string, string][] = TOTALS.flatMap((spec) => totalEntries(spec, parent, changes));
  const positionFiles = sum(changes.added, count('position-deletes'));
  if (positionFiles > 0n) entries.push(['added-position-delete-files', positionFiles.toString()]);
  const partitions = new Set([...changes.added, ...changes.removed].map(partitionKey));
  entries.push([CHANGED_PARTITIONS, String(partitions.size)]);
  return { ...extra, operation, ...Object.fromEntries(entries) };
}

/** Without the parent's total, the snapshot's own total is unknown too: unknown is never zero. */
function totalEntries(spec: TotalSpec, parent: Snapshot | null, changes: FileChanges): [string, string][] {
  const added = sum(changes.added, spec.measure);
  const removed = sum(changes.removed, spec.measure);
  const before = parent === null ? '0' : parent.summary[spec.total];
  const entries: [string, string][] = [];
  if (added > 0n) entries.push([spec.added, added.toString()]);
  if (removed > 0n) entries.push([spec.removed, removed.toString()]);
  if (before !== undefined) entries.push([spec.total, (BigInt(before) + added - removed).toString()]);
  return entries;
}

function sum(files: readonly DataFile[], measure: (file: DataFile) => bigint): bigint {
  return files.reduce((total, file) => total + measure(file), 0n);
}

/** Files with equal keys are in one partition of one partition spec. */
export function partitionKey(file: Pick<DataFile, 'specId' | 'partition'>): string {
  const values = file.partition.map((value) => {
    if (value instanceof Uint8Array) return `bytes:${Buffer.from(value).toString('hex')}`;
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  });
  return `${file.specId}(${values.join(',')})`;
}
