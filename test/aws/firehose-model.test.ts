import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { transformRecords } from '../../src/aws/intake/transform-records.ts';
import { newSnapshotId } from '../../src/base/snapshot-id.ts';
import { type Engine, openEngine } from '../../src/duckdb/engine/engine.ts';
import { LeanOpsError } from '../../src/errors/error.ts';
import type { Catalog, TableSwap } from '../../src/iceberg/catalog.ts';
import { prepareTable } from '../../src/iceberg/commit.ts';
import { createTable } from '../../src/iceberg/define.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import { encodeRecord } from '../../src/raw/encoded-record.ts';
import type { RawRecord } from '../../src/raw/record.ts';
import { RAW_DEFINITION } from '../../src/raw/table.ts';
import { topicOf } from '../raw/harness.ts';
import { FirehoseModel, type StreamFaults } from './firehose-model.ts';
import { rawWriter } from './raw-writer.ts';

const REF = { namespace: 'raw', name: 'things' };
const NOW = 1_700_000_000_000_000n;
const DAY = 86_400_000_000n;

const record = (source: string, parts: Partial<RawRecord> = {}): RawRecord => ({
  topicName: 'things',
  messageId: `m ${source}`,
  idempotencyKey: 'k',
  periodReference: null,
  correlationId: 'c"\\\u{1f600}',
  publishTime: NOW - 1n,
  publishTimeOrigin: 'message',
  ingestionTs: NOW,
  source,
  schemaVersion: null,
  envelopeJson: null,
  jsonPayload: '{"a":"\\u0000\\n\\"ä",\r\n\t"n":0.1234567890123456789}',
  inexactNumberPaths: null,
  payloadShape: '0123456789abcdef',
  ...parts,
});

suite('the model of Firehose', () => {
  let folder: string;
  let engine: Engine;
  const pointers = new Map<string, string>();
  const catalog: Catalog = {
    metadataLocation: async ({ namespace, name }) => pointers.get(`${namespace}.${name}`) ?? null,
    tables: async () => [REF],
  };
  const swap = async ({ table, expected, next }: TableSwap): Promise<void> => {
    const name = `${table.namespace}.${table.name}`;
    assert.equal(pointers.get(name) ?? null, expected);
    pointers.set(name, next);
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lean-ops-stream-'));
    engine = await openEngine({ memoryLimit: '256MiB', threads: 1, tempDirectory: join(folder, 'tmp') });
    const table = createTable(REF, join(folder, 'things'), crypto.randomUUID(), RAW_DEFINITION, NOW);
    const context = { workId: crypto.randomUUID(), now: NOW, summary: {}, newSnapshotId };
    await swap((await prepareTable(localFiles, table, context)).swap);
  });
  after(async () => {
    engine.close();
    await rm(folder, { recursive: true });
  });

  const open = (faults: Partial<StreamFaults> = {}): FirehoseModel => {
    const topics = new Map([['things', topicOf()]]);
    const commit = async (prepared: { readonly swap: TableSwap }) => swap(prepared.swap);
    return new FirehoseModel(
      async ({ records }) => transformRecords(records, topics, 'lean_ops_test_raw'),
      rawWriter({ engine, files: localFiles, catalog, commit, clock: () => NOW }),
      faults,
    );
  };
  const put = (stream: FirehoseModel, texts: readonly string[]) =>
    stream.putRecordBatch({ Records: texts.map((text) => ({ Data: Buffer.from(text).toString('base64') })) });
  const sources = async (): Promise<readonly string[]> => {
    const files = await engine.rows(`SELECT source FROM read_parquet('${folder}/things/data/*.parquet')`);
    return files.map((row) => String(row.source)).sort();
  };

  test('writes rows as they were put, into the partitions of their days', async () => {
    const stream = open();
    put(stream, [encodeRecord(record('s1')), encodeRecord(record('s2', { ingestionTs: NOW + DAY }))]);
    await stream.flush();
    assert.deepEqual(await sources(), ['s1', 's2']);
    assert.deepEqual(stream.undelivered, []);
    const [row] = await engine.rows(
      `SELECT json_payload, correlation_id, envelope_json, epoch_us(publish_time) AS at FROM read_parquet('${folder}/things/data/*.parquet') WHERE source = 's1'`,
    );
    const { jsonPayload, correlationId } = record('s1');
    assert.equal(row?.json_payload, jsonPayload);
    assert.equal(row?.correlation_id, correlationId);
    assert.equal(row?.envelope_json, null);
    assert.equal(row?.at, NOW - 1n);
  });

  test('refuses records, duplicates them, and keeps those without a table', async () => {
    const stream = open({ refuses: (number) => number === 1, duplicates: (number) => number === 0 });
    const answer = put(stream, [
      encodeRecord(record('s3')),
      encodeRecord(record('s4')),
      '{"topic_name":"x"}',
    ]);
    assert.equal(answer.FailedPutCount, 1);
    assert.ok('ErrorCode' in (answer.RequestResponses[1] ?? {}));
    await stream.flush();
    assert.deepEqual(await sources(), ['s1', 's2', 's3', 's3']);
    assert.equal(stream.undelivered.length, 1);
    assert.equal(
      Buffer.from(stream.undelivered[0]?.rawData ?? '', 'base64').toString(),
      '{"topic_name":"x"}',
    );
  });

  test('a transformation or a delivery that keeps failing loses nothing', async () => {
    const failing = async (): Promise<never> => {
      throw new LeanOpsError('AWS_UNAVAILABLE', { operation: 'a test', detail: 'down' });
    };
    const text = encodeRecord(record('s5'));
    const untransformed = new FirehoseModel(failing, failing);
    put(untransformed, [text]);
    await untransformed.flush();
    const topics = new Map([['things', topicOf()]]);
    const undelivered = new FirehoseModel(
      async ({ records }) => transformRecords(records, topics, 'lean_ops_test_raw'),
      failing,
    );
    put(undelivered, [text]);
    await undelivered.flush();
    for (const stream of [untransformed, undelivered]) {
      assert.deepEqual(
        stream.undelivered.map(({ rawData }) => Buffer.from(rawData, 'base64').toString()),
        [text],
      );
    }
  });
});
