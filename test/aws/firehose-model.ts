import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TransformHandler } from '../../lambda/firehose_transform/make-handler.ts';

/** The transformation function, without Lambda's context. */
type Transform = (event: Parameters<TransformHandler>[0]) => ReturnType<TransformHandler>;

import { invariant } from '../../src/errors/error.ts';

/** Faults of the real stream that a test can switch on. `record` is the record's number, from 0. */
export interface StreamFaults {
  /** Throttled: the call succeeds, but the answer has an error for this record. */
  refuses(record: number, data: Buffer): boolean;
  /** Written, but the stream does not get the answer and writes it again. */
  duplicates(record: number): boolean;
}

/** Writes rows (JSON texts) to a table. Throws if they cannot be delivered. */
export type RowWriter = (database: string, table: string, rows: readonly string[]) => Promise<void>;

/** One line of an object under the error prefix, as far as we use it. */
export interface UndeliveredRecord {
  readonly attemptsMade: number;
  readonly errorCode: string;
  readonly errorMessage: string;
  /** Base64: the record as it was put. */
  readonly rawData: string;
}

/** Bytes of records that a transformation gets at most at once: Terraform's BufferSizeInMBs. */
const TRANSFORM_BYTES = 1024 * 1024;
/** Terraform's NumberOfRetries. */
const TRANSFORM_ATTEMPTS = 4;
const DELIVERY_ATTEMPTS = 3;

interface Buffered {
  readonly recordId: string;
  readonly number: number;
  readonly data: Buffer;
}

/**
 * Amazon Data Firehose with an Iceberg destination, as its documentation describes it: records are buffered, passed to
 * the transformation in parts, written to the table that it names, and written to the error prefix if that fails. It
 * delivers at least once and in no guaranteed order. It does not prove what the real service does.
 */
export class FirehoseModel {
  readonly undelivered: UndeliveredRecord[] = [];
  /** Calls of PutRecordBatch that reached the stream. */
  calls = 0;
  private readonly transform: Transform;
  private readonly write: RowWriter;
  private readonly faults: StreamFaults;
  private buffer: Buffered[] = [];
  private numbers = 0;

  constructor(transform: Transform, write: RowWriter, faults: Partial<StreamFaults> = {}) {
    this.transform = transform;
    this.write = write;
    this.faults = { refuses: () => false, duplicates: () => false, ...faults };
  }

  /** PutRecordBatch: the request's and the answer's JSON. */
  putRecordBatch(request: { readonly Records: readonly { readonly Data: string }[] }) {
    this.calls += 1;
    const bytes = request.Records.map(({ Data }) => Buffer.from(Data, 'base64'));
    const total = bytes.reduce((sum, data) => sum + data.length, 0);
    invariant(bytes.length >= 1 && bytes.length <= 500, 'a request holds 1 to 500 records');
    invariant(total <= 4 * 1024 * 1024, 'a request holds up to 4 MiB');
    invariant(
      bytes.every((data) => data.length <= 1000 * 1024),
      'a record holds up to 1,000 KiB',
    );
    const RequestResponses = bytes.map((data) => {
      const number = this.numbers++;
      if (this.faults.refuses(number, data)) {
        return { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' };
      }
      const recordId = `record-${number}`;
      this.buffer.push({ recordId, number, data });
      return { RecordId: recordId };
    });
    const FailedPutCount = RequestResponses.filter((answer) => 'ErrorCode' in answer).length;
    return { FailedPutCount, Encrypted: true, RequestResponses };
  }

  /** The buffer's time is up: every record is delivered or written to the error prefix. */
  async flush(): Promise<void> {
    const buffered = this.buffer.flatMap((each) =>
      this.faults.duplicates(each.number) ? [each, each] : [each],
    );
    this.buffer = [];
    const rows = new Map<string, Routed[]>();
    for (const part of parts(buffered)) {
      for (const routed of await this.transformed(part)) {
        const place = JSON.stringify([routed.database, routed.table]);
        rows.set(place, [...(rows.get(place) ?? []), routed]);
      }
    }
    for (const routed of rows.values()) await this.deliver(routed);
  }

  private async transformed(part: readonly Buffered[]): Promise<readonly Routed[]> {
    const event = {
      records: part.map(({ recordId, data }) => ({
        recordId,
        approximateArrivalTimestamp: 0,
        data: data.toString('base64'),
      })),
    };
    for (let attempt = 1; ; attempt++) {
      try {
        const { records } = await this.transform(event);
        return part.flatMap((each, index) => this.routed(each, records[index]));
      } catch (error) {
        if (attempt < TRANSFORM_ATTEMPTS) continue;
        for (const each of part) this.fail(each, attempt, 'Lambda.InvokeFailed', String(error));
        return [];
      }
    }
  }

  private routed(
    each: Buffered,
    answer: Awaited<ReturnType<TransformHandler>>['records'][number] | undefined,
  ): readonly Routed[] {
    if (answer?.recordId !== each.recordId) {
      this.fail(each, 1, 'Lambda.MissingRecordId', 'One or more record IDs were not returned.');
      return [];
    }
    if (answer.result === 'ProcessingFailed') {
      const message = 'ProcessingFailed status set for record';
      this.fail(each, 1, 'Lambda.ProcessingFailedStatus', message);
      return [];
    }
    const { destinationDatabaseName: database, destinationTableName: table } = answer.metadata.otfMetadata;
    const row = Buffer.from(answer.data, 'base64').toString('utf8');
    return [{ buffered: each, database, table, row }];
  }

  private async deliver(routed: readonly Routed[]): Promise<void> {
    const [first] = routed;
    if (first === undefined) return;
    const rows = routed.map(({ row }) => row);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.write(first.database, first.table, rows);
        return;
      } catch (error) {
        if (attempt < DELIVERY_ATTEMPTS) continue;
        for (const { buffered } of routed)
          this.fail(buffered, attempt, 'Iceberg.DeliveryFailed', String(error));
        return;
      }
    }
  }

  private fail({ data }: Buffered, attemptsMade: number, errorCode: string, errorMessage: string): void {
    this.undelivered.push({ attemptsMade, errorCode, errorMessage, rawData: data.toString('base64') });
  }
}

interface Routed {
  readonly buffered: Buffered;
  readonly database: string;
  readonly table: string;
  readonly row: string;
}

function* parts(records: readonly Buffered[]): Generator<readonly Buffered[]> {
  let part: Buffered[] = [];
  let bytes = 0;
  for (const record of records) {
    if (part.length > 0 && bytes + record.data.length > TRANSFORM_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(record);
    bytes += record.data.length;
  }
  if (part.length > 0) yield part;
}

/** The model behind HTTP, as an SDK client calls it. */
export async function serveFirehose(
  model: FirehoseModel,
): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
  const server: Server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const body = JSON.parse(await text(request));
    invariant(target.endsWith('.PutRecordBatch'), `the model knows PutRecordBatch, not ${target}`);
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify(model.putRecordBatch(body)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
