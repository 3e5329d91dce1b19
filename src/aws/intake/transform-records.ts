import { MIB } from '../../base/bytes.ts';
import type { Topic } from '../../contract/model.ts';
import { RAW_COLUMNS } from '../../raw/table.ts';

/** A record as Firehose passes it to a transformation. */
export interface StreamRecord {
  readonly recordId: string;
  /** Base64. */
  readonly data: string;
}

/** The answer for one record. Firehose writes a 'ProcessingFailed' record to the error prefix; it can be put again. */
export type TransformedRecord =
  | {
      readonly recordId: string;
      readonly result: 'Ok';
      readonly data: string;
      readonly metadata: { readonly otfMetadata: TableRoute };
    }
  | {
      readonly recordId: string;
      readonly result: 'ProcessingFailed';
      /** Absent if the answer has no room for it. */
      readonly data?: string;
    };

/** https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-format-input-record-different.html */
interface TableRoute {
  readonly destinationDatabaseName: string;
  readonly destinationTableName: string;
  readonly operation: 'insert';
}

/** Why a record has no table, for the log. */
export type RoutingFault = 'not JSON' | 'not a row of RAW' | 'unknown topic' | 'no room in the answer';

export interface TransformOutcome {
  /** One answer for each record, in their order. */
  readonly records: readonly TransformedRecord[];
  readonly faults: readonly RoutingFault[];
}

/** A function's answer is at most 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAX_ANSWER_BYTES = 6 * MIB;
/** Bytes of a record in the answer in addition to its data, id and table: names, quotes, result and route. */
const RECORD_OVERHEAD_BYTES = 256;

/** Names the RAW table of each record. No record is dropped, and the data does not change. */
export function transformRecords(
  records: readonly StreamRecord[],
  topics: ReadonlyMap<string, Topic>,
  database: string,
): TransformOutcome {
  const faults: RoutingFault[] = [];
  let room = MAX_ANSWER_BYTES - records.length * RECORD_OVERHEAD_BYTES;
  const transformed = records.map(({ recordId, data }): TransformedRecord => {
    const route = routeOf(data, topics, database);
    const size = data.length + recordId.length;
    if (size > room) {
      faults.push('no room in the answer');
      return { recordId, result: 'ProcessingFailed' };
    }
    room -= size;
    if (typeof route !== 'string') return { recordId, result: 'Ok', data, metadata: { otfMetadata: route } };
    faults.push(route);
    return { recordId, result: 'ProcessingFailed', data };
  });
  return { records: transformed, faults };
}

function routeOf(
  data: string,
  topics: ReadonlyMap<string, Topic>,
  database: string,
): TableRoute | RoutingFault {
  const row = parsed(Buffer.from(data, 'base64').toString('utf8'));
  if (row === null) return 'not JSON';
  if (!isRow(row)) return 'not a row of RAW';
  const topic = String(row.topic_name);
  if (!topics.has(topic)) return 'unknown topic';
  return { destinationDatabaseName: database, destinationTableName: topic, operation: 'insert' };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The caller marks the record as failed, and Firehose writes it unchanged to the error prefix.
    return null;
  }
}

/** Whether Firehose can write the row. One row that it cannot write would fail the delivery of its whole buffer. */
function isRow(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const row = new Map<string, unknown>(Object.entries(value));
  return RAW_COLUMNS.every(({ name, type, required }) => {
    const cell = row.get(name) ?? null;
    if (cell === null) return !required;
    return type === 'string' ? typeof cell === 'string' : Number.isInteger(cell);
  });
}
