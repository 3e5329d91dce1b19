import { z } from 'zod';
import { LeanOpsError } from '../../errors/error.ts';
import type { FileIO } from '../../iceberg/file-io.ts';
import { JSON_TEXT } from '../deployment/json-text.ts';

/** The prefix to which Firehose writes what it could not deliver (modules/ingestion/firehose.tf). */
const PREFIX = 'firehose-errors';

/** One line for each record; `rawData` is the record as it was put, in base64. */
const ERROR_LINE = JSON_TEXT.pipe(z.object({ rawData: z.string() }));
const RECORD = JSON_TEXT.pipe(z.object({ topic_name: z.string() }));
const RECEPTION = JSON_TEXT.pipe(z.object({ message_id: z.string(), source: z.string() }));

export interface UndeliveredRecord {
  readonly topic: string;
  /** The record as it was put: a row of RAW as JSON. */
  readonly data: Uint8Array;
}

/** Where Firehose writes records that it could not deliver: an s3:// URI. */
export function undeliveredFolder(bucket: string): string {
  return `s3://${bucket}/${PREFIX}`;
}

/** The records of one object. Throws METADATA_INVALID_FILE if a line is not an error record or names no topic. */
export async function readUndelivered(
  files: FileIO,
  location: string,
): Promise<readonly UndeliveredRecord[]> {
  const text = Buffer.from(await files.read(location)).toString('utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [recordOf(location, line)]));
}

function recordOf(file: string, line: string): UndeliveredRecord {
  const { data: error } = ERROR_LINE.safeParse(line);
  if (error === undefined) throw invalid(file, 'a line is not an error record of Firehose');
  const data = Buffer.from(error.rawData, 'base64');
  const { data: record } = RECORD.safeParse(data.toString('utf8'));
  if (record === undefined) throw invalid(file, 'a record names no topic');
  return { topic: record.topic_name, data };
}

/** The message id and the reception id of a record of that object. Throws METADATA_INVALID_FILE if it has none. */
export function receptionOf(
  file: string,
  data: Uint8Array,
): { readonly messageId: string; readonly source: string } {
  const { data: record } = RECEPTION.safeParse(Buffer.from(data).toString('utf8'));
  if (record === undefined) throw invalid(file, 'a record names no message or no reception');
  return { messageId: record.message_id, source: record.source };
}

/** Without a cause, which would quote values of the message. */
function invalid(file: string, detail: string): LeanOpsError {
  const operation = 'reading records that Firehose could not deliver';
  return new LeanOpsError('METADATA_INVALID_FILE', { operation, detail, file });
}

/**
 * Counts the records in Firehose's error prefix by topic. Its objects never change, so a process reads each object once.
 */
export class UndeliveredRecords {
  readonly #files: FileIO;
  readonly #folder: string;
  readonly #read = new Map<string, ReadonlyMap<string, number>>();

  constructor(files: FileIO, bucket: string) {
    this.#files = files;
    this.#folder = undeliveredFolder(bucket);
  }

  /** Throws METADATA_INVALID_FILE if an object contains a line that is not an error record. */
  async count(topic: string): Promise<number> {
    let records = 0;
    for (const { location } of await this.#files.list(this.#folder)) {
      const counts = this.#read.get(location) ?? countByTopic(await readUndelivered(this.#files, location));
      this.#read.set(location, counts);
      records += counts.get(topic) ?? 0;
    }
    return records;
  }
}

function countByTopic(records: readonly UndeliveredRecord[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { topic } of records) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  return counts;
}
