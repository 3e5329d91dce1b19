import { z } from 'zod';
import { LeanOpsError } from '../errors/error.ts';
import type { FileIO } from '../iceberg/file-io.ts';

/** Where Firehose lays down what it could not deliver (modules/ingestion/firehose.tf). */
const PREFIX = 'firehose-errors';

/** What Firehose writes of one record; `rawData` is the record as it was sent, in base64. */
const ERROR_LINE = z.object({ rawData: z.string() });
const RECORD = z.object({ topic_name: z.string() });

/**
 * Records that Firehose could not deliver, by topic: what lies in its error prefix. Its objects never change, so each
 * is read once by a process. Throws METADATA_INVALID_FILE for one that can't be told apart by topic.
 */
export class UndeliveredRecords {
  readonly #files: FileIO;
  readonly #folder: string;
  readonly #read = new Map<string, ReadonlyMap<string, number>>();

  constructor(files: FileIO, bucket: string) {
    this.#files = files;
    this.#folder = `s3://${bucket}/${PREFIX}`;
  }

  async count(topic: string): Promise<number> {
    let records = 0;
    for (const { location } of await this.#files.list(this.#folder)) {
      const counts = this.#read.get(location) ?? countByTopic(location, await this.#files.read(location));
      this.#read.set(location, counts);
      records += counts.get(topic) ?? 0;
    }
    return records;
  }
}

function countByTopic(location: string, bytes: Uint8Array): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of Buffer.from(bytes).toString('utf8').split('\n')) {
    if (line === '') continue;
    const topic = topicOf(location, line);
    counts.set(topic, (counts.get(topic) ?? 0) + 1);
  }
  return counts;
}

function topicOf(file: string, line: string): string {
  try {
    const { rawData } = ERROR_LINE.parse(JSON.parse(line));
    return RECORD.parse(JSON.parse(Buffer.from(rawData, 'base64').toString('utf8'))).topic_name;
  } catch (cause) {
    const operation = 'counting records that Firehose could not deliver';
    throw new LeanOpsError('METADATA_INVALID_FILE', { operation, detail: 'no error record', file, cause });
  }
}
