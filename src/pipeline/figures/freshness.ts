import { MICROS_PER_SECOND, type Micros } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { decodeBound } from '../../iceberg/bounds.ts';
import type { DataFile } from '../../iceberg/data-file.ts';
import type { FileIO } from '../../iceberg/file-io.ts';
import { currentSchema, currentSnapshot, type TableMetadata } from '../../iceberg/metadata.ts';
import { appendedFiles, planScan } from '../../iceberg/scan.ts';
import { fieldByName } from '../../iceberg/schema.ts';
import { readMetadata } from '../../iceberg/table.ts';
import {
  type Clocks,
  type Freshness,
  type FutureEvents,
  type freshnessOf,
  MAX_SKEW_SECONDS,
  type Moment,
} from '../../quality/freshness.ts';
import type { LedgerView } from '../../state/ledger-view.ts';
import { registeredTopic } from '../contracts/registered-topic.ts';
import type { Place } from '../place.ts';
import { unknownBecause } from '../unknown.ts';

export interface TopicFreshness extends Freshness {
  readonly topic: string;
  readonly clocks: Clocks;
  /** null: no contract sets limits. */
  readonly limits: { readonly warnSeconds: number; readonly lateSeconds: number } | null;
}

/** The clocks that are read from the tables' metadata. */
export async function tableClocks(
  files: FileIO,
  view: LedgerView,
  now: Micros,
): Promise<Omit<Clocks, 'oldestPending'>> {
  const times = await readTimes(files, view);
  return {
    now,
    newestEvent: 'unknown' in times ? times : newestOf(times),
    future: 'unknown' in times ? null : futureOf(times, now),
    oldestUnprocessed: await known(() => oldestUnprocessed(files, view)),
  };
}

async function known(read: () => Promise<Moment>): Promise<Moment> {
  try {
    return await read();
  } catch (error) {
    return unknownBecause(error);
  }
}

/** The service level of the contract's file or, without a file, of the latest registered version. */
export async function limitsOf(place: Place, topic: string): Promise<Parameters<typeof freshnessOf>[1]> {
  try {
    return (await place.contract(topic)).topic.freshness;
  } catch (error) {
    const gone = error instanceof LeanOpsError && error.code === 'TOPIC_UNKNOWN';
    const latest = gone ? await place.store.latestContract(topic) : null;
    return latest === null ? unknownBecause(error) : registeredTopic(latest).freshness;
  }
}

/** The newest time of one live file by its bounds, and its rows. */
interface FileTimes {
  readonly newest: Micros;
  readonly rows: bigint;
}

/** RAW alone is not enough: retention may have removed messages whose rows the semantic table still has. */
async function readTimes(
  files: FileIO,
  { raw, semantic }: LedgerView,
): Promise<readonly FileTimes[] | { unknown: string }> {
  try {
    return [
      ...(await fileTimes(files, raw, 'publish_time')),
      ...(await fileTimes(files, semantic, '_publish_time')),
    ];
  } catch (error) {
    return unknownBecause(error);
  }
}

async function fileTimes(io: FileIO, location: string | null, column: string): Promise<readonly FileTimes[]> {
  if (location === null) return [];
  const metadata = await readMetadata(io, location);
  const files = await planScan(io, metadata, currentSnapshot(metadata));
  return files.map(({ file }) => ({
    newest: boundOf(metadata, file, column, 'upperBounds'),
    rows: file.recordCount,
  }));
}

function newestOf(times: readonly FileTimes[]): Moment {
  return times.reduce<Micros | null>(
    (newest, each) => (newest === null || each.newest > newest ? each.newest : newest),
    null,
  );
}

/** Events in the future: one wrong clock must not make a silent topic look fresh. null: there are none. */
function futureOf(times: readonly FileTimes[], now: Micros): FutureEvents | null {
  const ahead = times.filter(({ newest }) => newest > now + BigInt(MAX_SKEW_SECONDS) * MICROS_PER_SECOND);
  if (ahead.length === 0) return null;
  return { files: ahead.length, rowsAtMost: Number(ahead.reduce((sum, { rows }) => sum + rows, 0n)) };
}

/** Ingestion time of the first RAW row after the checkpoint; null: there is none. */
async function oldestUnprocessed(io: FileIO, { checkpoint, raw }: LedgerView): Promise<Moment> {
  if (raw === null) return null;
  const metadata = await readMetadata(io, raw);
  const head = metadata['current-snapshot-id'];
  if (head === null) return null;
  const files = await appendedFiles(io, metadata, checkpoint.snapshotId, head);
  const moments = files.map((file) => boundOf(metadata, file, 'ingestion_ts', 'lowerBounds'));
  return moments.reduce<Micros | null>(
    (oldest, each) => (oldest === null || each < oldest ? each : oldest),
    null,
  );
}

/** Throws TABLE_UNSUPPORTED if the writer gave no bound, because such a file could hold any time. */
function boundOf(
  metadata: TableMetadata,
  file: DataFile,
  column: string,
  side: 'lowerBounds' | 'upperBounds',
): Micros {
  const field = fieldByName(currentSchema(metadata), column);
  const bytes = file[side]?.get(field.id);
  const value = bytes === undefined ? null : decodeBound('timestamptz', bytes);
  if (typeof value === 'bigint') return value;
  throw new LeanOpsError('TABLE_UNSUPPORTED', {
    operation: 'reading the bounds of a file',
    detail: `the file has no bound of ${column}`,
    file: file.path,
  });
}
