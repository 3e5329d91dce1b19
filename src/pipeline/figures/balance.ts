import { MICROS_PER_MS } from '../../base/time.ts';
import type { FileIO } from '../../iceberg/file-io.ts';
import { appendsBetween, mainHistory, newestLabelled } from '../../iceberg/history.ts';
import { type ManifestFile, readManifestList } from '../../iceberg/manifest-list.ts';
import { currentSnapshot, type Snapshot, type TableMetadata } from '../../iceberg/metadata.ts';
import { addedRows, knownCounter } from '../../iceberg/snapshot-counters.ts';
import { readMetadata } from '../../iceberg/table.ts';
import { type BalanceFigures, type Figure, type ForeignSnapshot, SETTLED } from '../../quality/balance.ts';
import { BATCH_ID, GENERATION, LIVE_ROWS, MAINTENANCE } from '../../semantic/snapshot-labels.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { LedgerView } from '../../state/ledger-view.ts';
import { unknownBecause } from '../unknown.ts';
import { unstampedErrors } from './unstamped-errors.ts';

/**
 * The figures of the water balance, in rows and messages. AWS replaces those of the intake by its own. A table that cannot
 * be read makes its figures unknown.
 */
export async function measureFigures(files: FileIO, view: LedgerView): Promise<BalanceFigures> {
  const { topic, generation, totals } = view.checkpoint;
  const raw = await loadVersion(files, view.raw);
  const semantic = settled(await loadVersion(files, view.semantic), view.checkpoint);
  const errors = settled(await loadVersion(files, view.errors), view.checkpoint);
  return {
    topic,
    generation,
    received: totals.received,
    // A workspace has no queue: every message that is received is in RAW or the dead letters at once.
    pending: 0,
    rawRows: await liveRows(files, raw),
    backlog: measured(raw, (metadata) => backlogRows(metadata, view.checkpoint.snapshotId)),
    outcomes: totals.outcomes,
    gone: totals.gone,
    liveRows: await liveRows(files, semantic),
    liveRowsCounted: measured(semantic, countedRows),
    unstampedErrors: await measuredErrors(files, errors),
    deadLettersStored: totals.deadLettered,
    deadLetters: view.deadLetters,
    foreignSnapshots: foreignSnapshots(semantic, generation),
    settling: SETTLED,
  };
}

/** null: there is no such table, so it has no rows; unknown: its metadata cannot be read. */
type Version = TableMetadata | null | { readonly unknown: string };

async function loadVersion(files: FileIO, location: string | null): Promise<Version> {
  if (location === null) return null;
  try {
    return await readMetadata(files, location);
  } catch (error) {
    return unknownBecause(error);
  }
}

/**
 * The table at the checkpoint. On AWS a batch commits its tables before its checkpoint. Until then the ledger does not
 * contain snapshots of the batch under way, nor those of a batch that a rebuild under way supersedes.
 */
function settled(version: Version, { batchId, intent, completedAt }: Checkpoint): Version {
  if (version === null || isUnknown(version) || intent === null) return version;
  const history = mainHistory(version);
  const isOpen = (snapshot: Snapshot): boolean =>
    snapshot.summary[BATCH_ID] === intent.batchId ||
    (isBatch(snapshot) && snapshot['timestamp-ms'] * MICROS_PER_MS > (completedAt ?? 0n));
  const booked = history.findIndex((snapshot) => snapshot.summary[BATCH_ID] === batchId);
  const under = history.slice(0, booked < 0 ? undefined : booked).findLastIndex(isOpen);
  const before = history[under + 1];
  return under < 0 ? version : { ...version, 'current-snapshot-id': before?.['snapshot-id'] ?? null };
}

function isUnknown(version: Version): version is { readonly unknown: string } {
  return version !== null && 'unknown' in version;
}

function measured(version: Version, measure: (metadata: TableMetadata) => Figure): Figure {
  if (version === null) return 0;
  if (isUnknown(version)) return version;
  try {
    return measure(version);
  } catch (error) {
    return unknownBecause(error);
  }
}

/** Rows of the live data files less the deleted positions, by the counts in the manifest list. */
async function liveRows(files: FileIO, version: Version): Promise<Figure> {
  if (version === null || isUnknown(version)) return version ?? 0;
  const snapshot = currentSnapshot(version);
  if (snapshot === null) return 0;
  // How many rows an equality delete removes is known only by reading the data.
  const equalityDeletes = snapshot.summary['total-equality-deletes'];
  if (equalityDeletes !== undefined && equalityDeletes !== '0')
    return { unknown: 'the table has equality deletes' };
  try {
    const manifests = await readManifestList(files, snapshot);
    if (equalityDeletes === undefined && manifests.some(holdsDeletes))
      return { unknown: `snapshot ${snapshot['snapshot-id']} does not say whether it has equality deletes` };
    const rows = manifests.map(({ content, added, existing }) => {
      return content === 'data' ? added.rows + existing.rows : -(added.rows + existing.rows);
    });
    return Number(rows.reduce((sum, each) => sum + each, 0n));
  } catch (error) {
    return unknownBecause(error);
  }
}

function holdsDeletes({ content, added, existing }: ManifestFile): boolean {
  return content === 'deletes' && added.rows + existing.rows > 0n;
}

async function measuredErrors(files: FileIO, version: Version): Promise<Figure> {
  if (version === null || isUnknown(version)) return version ?? 0;
  try {
    return await unstampedErrors(files, version);
  } catch (error) {
    return unknownBecause(error);
  }
}

/** Rows that append snapshots after the checkpoint added. Maintenance in between adds none. */
function backlogRows(raw: TableMetadata, checkpoint: bigint | null): Figure {
  const head = raw['current-snapshot-id'];
  if (head === null) return 0;
  const appends = appendsBetween(raw, checkpoint, head);
  return Number(appends.reduce((rows, snapshot) => rows + addedRows(snapshot), 0n));
}

/** The engine's own count after the last batch or the last erasure. */
function countedRows(semantic: TableMetadata): Figure {
  if (semantic['current-snapshot-id'] === null) return 0;
  const live = newestLabelled(semantic, LIVE_ROWS)?.summary[LIVE_ROWS];
  return live === undefined
    ? { unknown: 'no kept snapshot says how many rows a batch counted' }
    : Number(live);
}

/** Only those of the current generation: a rebuild replaced everything that was written before it. */
function foreignSnapshots(semantic: Version, generation: number): readonly ForeignSnapshot[] {
  if (semantic === null || isUnknown(semantic)) return [];
  const history = mainHistory(semantic);
  const earlier = history.findIndex(
    (snapshot) => isBatch(snapshot) && Number(snapshot.summary[GENERATION]) < generation,
  );
  const current = earlier < 0 ? history : history.slice(0, earlier);
  // A rebuild's snapshot is the oldest of its generation, and it replaced everything between it and the earlier generation.
  const first = current.findLastIndex(isBatch);
  return current.slice(0, generation === 1 ? current.length : first + 1).flatMap((snapshot) => {
    const { summary } = snapshot;
    if (isBatch(snapshot) || summary.operation === 'replace' || summary[MAINTENANCE] !== undefined) return [];
    return [{ snapshotId: snapshot['snapshot-id'], rows: netRows(snapshot) }];
  });
}

function isBatch(snapshot: Snapshot): boolean {
  return snapshot.summary[BATCH_ID] !== undefined;
}

/** Rows that the snapshot added less those that it removed; null: its summary does not say. */
function netRows(snapshot: Snapshot): number | null {
  const added = [knownCounter(snapshot, 'added-records'), knownCounter(snapshot, 'removed-position-deletes')];
  const removed = [
    knownCounter(snapshot, 'deleted-records'),
    knownCounter(snapshot, 'added-position-deletes'),
  ];
  const sum = (counters: readonly (bigint | null)[]): bigint | null =>
    counters.reduce((total, each) => (total === null || each === null ? null : total + each), 0n);
  const [more, less] = [sum(added), sum(removed)];
  return more === null || less === null ? null : Number(more - less);
}
