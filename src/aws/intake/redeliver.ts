import type { FirehoseClient } from '@aws-sdk/client-firehose';
import { LeanOpsError } from '../../errors/error.ts';
import type { FileIO } from '../../iceberg/file-io.ts';
import { MAX_RECORD_BYTES } from '../../raw/record.ts';
import { type Failures, putRecords, type StreamRecord } from './put-records.ts';
import { splitRecords } from './split-records.ts';
import { readUndelivered, undeliveredFolder } from './undelivered.ts';

export interface RedeliverAccess {
  readonly firehose: FirehoseClient;
  readonly stream: string;
  readonly files: FileIO;
  readonly errorsBucket: string;
}

export interface RedeliverOutcome {
  /** Records of the removed objects. */
  readonly redelivered: number;
  /** Objects whose records are all in the stream. They are removed. */
  readonly removed: number;
  /** Objects that are kept, because not all of their records were put. The next call continues with them. */
  readonly left: number;
  /** Locations of objects that do not contain error records. They are kept, so that a person can inspect them. */
  readonly unreadable: readonly string[];
  /** The error that ended the run early; null if there was none. */
  readonly failure: LeanOpsError | null;
}

/**
 * Puts records that Firehose could not deliver into the stream again, object by object. An object is removed only when
 * the stream has all of its records. So some records are delivered twice after a crash or a partial put. The ledger
 * counts them as extra copies of one `source`. Ends at the first record that the stream refuses, because it would
 * refuse the next too.
 */
export async function redeliver(access: RedeliverAccess, isTimeUp: () => boolean): Promise<RedeliverOutcome> {
  const objects = await access.files.list(undeliveredFolder(access.errorsBucket));
  const outcome = { redelivered: 0, removed: 0, unreadable: [] as string[] };
  const left = () => objects.length - outcome.removed - outcome.unreadable.length;
  for (const { location } of objects) {
    if (isTimeUp()) break;
    const records = await readRecords(access.files, location);
    if (records === null) {
      outcome.unreadable.push(location);
      continue;
    }
    const failures: Failures = new Map();
    const isPut = await putAll(access, records, failures, isTimeUp);
    const [failure] = failures.values();
    if (failure !== undefined) return { ...outcome, left: left(), failure };
    if (!isPut) break;
    await access.files.remove(location);
    outcome.removed += 1;
    outcome.redelivered += records.length;
  }
  return { ...outcome, left: left(), failure: null };
}

/** null for an object that does not contain error records. Throws AWS_UNAVAILABLE, AWS_REFUSED. */
async function readRecords(files: FileIO, location: string): Promise<readonly StreamRecord[] | null> {
  try {
    const records = await readUndelivered(files, location);
    if (records.some(({ data }) => data.byteLength > MAX_RECORD_BYTES)) return null;
    return records.map(({ data }, index) => ({ message: { messageId: `${location} ${index}` }, data }));
  } catch (error) {
    if (error instanceof LeanOpsError && error.code === 'METADATA_INVALID_FILE') return null;
    throw error;
  }
}

/** One request after the other, because batches of the queues need the stream too. False if not all records were put. */
async function putAll(
  { firehose, stream }: RedeliverAccess,
  records: readonly StreamRecord[],
  failures: Failures,
  isTimeUp: () => boolean,
): Promise<boolean> {
  for (const request of splitRecords(records)) {
    if (isTimeUp()) return false;
    await putRecords(firehose, stream, request, failures);
    if (failures.size > 0) return false;
  }
  return true;
}
