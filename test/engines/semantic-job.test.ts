import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { sparkMaintenanceDocument } from '../../src/aws/spark-maintenance.ts';
import type { SparkPlanDocument } from '../../src/aws/spark-plan.ts';
import { derivedTable, rawTable } from '../../src/engine/semantic/tables.ts';
import type { Intent } from '../../src/semantic/intent.ts';
import { type Moto, startMoto } from '../aws/moto.ts';
import { contractOf, KEY, property } from './conformance/cases.ts';
import { type Message, NAMES, TwoHomes } from './conformance/two-homes.ts';
import { sameRows } from './same-rows.ts';

const BUCKET = 'artifacts';
const LOCKS = 'lean-ops-t-locks';
const CHECKPOINTS = 'lean-ops-t-checkpoints';
const SECRET = 'lean-ops-t/masking-key';
const OWNER = 'execution-1';
const JOB = path.join(import.meta.dirname, '..', '..', 'modules', 'semantic', 'semantic_job.py');
const NAME = 'Ada Lovelace, 12 Oxford Street';

const contract = (topic: string, ...more: readonly object[]) =>
  contractOf(topic, [
    KEY,
    property('v', 'integer', { required: true }),
    property('name', 'string', { custom: { masking: 'hash' } }),
    ...more.map((one) => ({ ...one })),
  ]);

const message = (id: string, seconds: number, value: string): Message => ({
  id,
  time: BigInt(seconds) * 1_000_000n,
  members: `"k":"${id[0]}","v":${value},"name":"${NAME}"`,
});

interface Ended {
  /** null: it ended well. */
  readonly error: string | null;
  readonly outcome: Readonly<Record<string, unknown>>;
}

/** The job as Glue starts it, on real Spark and Iceberg, with the rest of AWS emulated. */
suite('semantic_job.py', () => {
  let homes: TwoHomes;
  let moto: Moto;
  let dynamodb: DynamoDBClient;
  let s3: S3Client;
  let token = 0;

  before(async () => {
    [homes, moto] = await Promise.all([TwoHomes.open(), startMoto()]);
    dynamodb = new DynamoDBClient(moto.settings);
    s3 = new S3Client({ ...moto.settings, forcePathStyle: true });
    for (const table of [LOCKS, CHECKPOINTS]) {
      await dynamodb.send(
        new CreateTableCommand({
          TableName: table,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'topic_name', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'topic_name', AttributeType: 'S' }],
        }),
      );
    }
    const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration }));
    const key = await homes.workspace.maskingKey();
    assert.ok(key !== null);
    await new SecretsManagerClient(moto.settings).send(
      new CreateSecretCommand({ Name: SECRET, SecretString: Buffer.from(key.bytes).toString('hex') }),
    );
    await homes.spark.aws(moto.settings);
  });

  after(async () => {
    await homes.close();
    await moto.stop();
  });

  const put = (table: string, item: Readonly<Record<string, unknown>>) =>
    dynamodb.send(new PutItemCommand({ TableName: table, Item: marshall(item) }));

  /** What the state machine has done before it starts the job. */
  const granted = async (topic: string, intent: Intent, lease: object = {}): Promise<void> => {
    token += 1;
    const expires_at = (BigInt(Date.now()) + 60_000n) * 1_000n;
    await put(LOCKS, {
      topic_name: `${topic}#semantic`,
      owner: OWNER,
      fencing_token: token,
      expires_at,
      ...lease,
    });
    await put(CHECKPOINTS, { topic_name: topic, intent: { batch_id: intent.batchId } });
  };

  const args = async (
    topic: string,
    intent: Intent,
    change: (plan: SparkPlanDocument) => object = (plan) => plan,
  ) => {
    const plan = change(await homes.plan(topic, intent));
    const Key = `plans/${intent.batchId}.json`;
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: JSON.stringify(plan) }));
    const values = {
      topic,
      batch_id: intent.batchId,
      plan_uri: `s3://${BUCKET}/${Key}`,
      outcome_uri: `s3://${BUCKET}/outcomes/${intent.batchId}.json`,
      locks_table: LOCKS,
      checkpoints_table: CHECKPOINTS,
      lease_owner: OWNER,
      fencing_token: String(token),
      masking_secret: SECRET,
      JOB_NAME: 'as Glue adds it',
    };
    return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
  };

  const outcome = async (intent: Intent) => {
    const Key = `outcomes/${intent.batchId}.json`;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    return JSON.parse((await Body?.transformToString()) ?? '');
  };

  const run = async (
    topic: string,
    intent: Intent,
    change?: (plan: SparkPlanDocument) => object,
  ): Promise<Ended> => {
    const error = await homes.spark.main(await args(topic, intent, change));
    return { error, outcome: error === null ? await outcome(intent) : {} };
  };

  const same = async (topic: string) => {
    const [duckdb, spark] = [await homes.duckdbTables(topic), await homes.sparkTables(topic)];
    for (const table of ['semantic', 'errors', 'drift'] as const)
      sameRows(spark[table], duckdb[table], table);
  };

  const snapshots = async (table: string) =>
    (await homes.spark.sql(`SELECT snapshot_id FROM lean_ops.spark.${table}.snapshots`)).length;

  test('runs the batch under its lease, which it keeps alive, and says what it did', async () => {
    await homes.contract('ran', contract('ran'));
    const { intent, duckdb } = await homes.embedded('ran', [
      message('a', 1, '1'),
      message('b', 1, '"x"'),
      message('a2', 2, '2'),
    ]);
    await granted('ran', intent);
    const ended = await run('ran', intent);
    assert.equal(ended.error, null);
    const { live_rows, ...counts } = duckdb;
    assert.deepEqual(
      Object.fromEntries(
        Object.entries(ended.outcome.counts as object).map(([name, value]) => [name, String(value)]),
      ),
      counts,
    );
    assert.equal(String(ended.outcome.live_rows), live_rows);
    assert.equal(ended.outcome.raw_distinct_sources, 3);
    assert.equal(ended.outcome.raw_extra_copies, 0);
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: LOCKS, Key: marshall({ topic_name: 'ran#semantic' }) }),
    );
    assert.ok(
      Number(unmarshall(Item ?? {}).expires_at) > (Date.now() + 200_000) * 1_000,
      'the heartbeat moved the expiry',
    );
    await same('ran');
    // Among them the empty one that Iceberg makes for the branch of a topic's first batch.
    const strange = await homes.spark.sql(
      `SELECT snapshot_id FROM lean_ops.spark.ran.snapshots
       WHERE summary['lean-ops.batch-id'] IS NULL AND summary['lean-ops.maintenance'] IS NULL`,
    );
    assert.deepEqual(strange, []);
  });

  test('a run of a batch that has committed changes nothing and says the same', async () => {
    const { intent } = await homes.embedded('ran', [message('c', 1, '1'), message('d', 1, 'null')]);
    await granted('ran', intent);
    const first = await run('ran', intent);
    const before = await Promise.all(['ran', 'ran_errors', 'ran_drift'].map(snapshots));
    await granted('ran', intent);
    const second = await run('ran', intent);
    assert.deepEqual({ ...second.outcome, seconds: 0 }, { ...first.outcome, seconds: 0 });
    assert.deepEqual(await Promise.all(['ran', 'ran_errors', 'ran_drift'].map(snapshots)), before);
    await same('ran');
  });

  for (const step of ['its first write', 'its second write', 'its commit', 'its outcome']) {
    test(`a run that died before ${step} is finished by the next, as if it had not died`, async () => {
      const topic = `died_before_${step.replaceAll(' ', '_')}`;
      await homes.contract(topic, contract(topic));
      for (const messages of [
        [message('a', 1, '1'), message('b', 1, '"x"')],
        [message('a2', 2, '2'), message('c', 1, '"y"')],
      ]) {
        const { intent } = await homes.embedded(topic, messages);
        await granted(topic, intent);
        await homes.spark.disturb(step, null);
        assert.match((await run(topic, intent)).error ?? '', /"error": "INTERNAL", "detail": "RuntimeError"/);
        await homes.spark.disturb(null, null);
        await granted(topic, intent);
        assert.equal((await run(topic, intent)).error, null);
        await same(topic);
      }
    });
  }

  test('a batch beyond its budget commits nothing, and is whole when it is let through', async () => {
    await homes.contract('held', contract('held'));
    const all = [message('a', 1, '1'), message('b', 1, '"x"'), message('c', 1, '2')];
    const { intent } = await homes.embedded('held', all);
    const budget = (share: number, minimum: number) => (plan: SparkPlanDocument) => {
      return { ...plan, batch: { ...plan.batch, budget: { share, minimum } } };
    };
    await granted('held', intent);
    const { error, outcome } = await run('held', intent, budget(0.3, 3));
    assert.equal(error, null);
    assert.equal(outcome.over_budget, true);
    const fates = { inserted: 2, updated: 0, duplicate: 0, superseded: 0, stale: 0, rejected: 1 };
    assert.deepEqual(outcome.counts, { raw_rows: 3, ...fates });
    assert.equal(outcome.live_rows, 0);
    for (const table of ['held', 'held_errors', 'held_drift'])
      assert.deepEqual(await homes.spark.sql(`SELECT 1 FROM lean_ops.spark.${table}`), []);
    assert.deepEqual(await homes.spark.sql('SELECT name FROM lean_ops.spark.held.refs'), []);
    await granted('held', intent);
    const done = await run('held', intent, budget(0.3, 4));
    assert.deepEqual(done.outcome.counts, outcome.counts);
    assert.equal(done.outcome.over_budget, undefined);
    await same('held');
    // What is committed is not judged any more.
    await granted('held', intent);
    assert.equal((await run('held', intent, budget(0.3, 3))).outcome.over_budget, undefined);
  });

  test('without the lease, or with another intent stored, nothing is written', async () => {
    await homes.contract('lost', contract('lost'));
    const { intent } = await homes.embedded('lost', [message('a', 1, '1')]);
    const states: readonly (() => Promise<unknown>)[] = [
      () => granted('lost', intent, { owner: 'another' }),
      () => granted('lost', intent, { fencing_token: 999 }),
      () => granted('lost', { ...intent, batchId: 'another' }),
    ];
    for (const state of states) {
      await state();
      assert.match((await run('lost', intent)).error ?? '', /"error": "LEASE_LOST".*"remedy": "/);
    }
    const tables = await homes.spark.sql("SHOW TABLES IN lean_ops.spark LIKE 'lost*'");
    assert.deepEqual(tables, []);
    await granted('lost', intent);
    assert.equal((await run('lost', intent)).error, null);
    await same('lost');
  });

  test('a table follows its contract: new columns, wider types, other partitions, columns that are gone', async () => {
    const columns = (...more: readonly object[]) =>
      contractOf('grown', [KEY, ...more.map((one) => ({ ...one }))], { compatibility: 'NONE' });
    const small = property('n', 'integer', { physicalType: 'int', required: true });
    const gone = property('gone', 'string');
    const day = (transform: string) => property('day', 'date', { partitioned: true, custom: { transform } });
    const rounds: readonly (readonly [string, readonly string[]])[] = [
      [
        columns(small, gone, day('month')),
        ['"n":1,"gone":"x","day":"2026-01-01"', '"n":2,"gone":"y","day":"2026-02-01"'],
      ],
      [
        columns(
          property('n', 'integer', { required: true }),
          gone,
          day('day'),
          property('more', 'number', { physicalType: 'decimal(5,2)' }),
        ),
        ['"n":3000000000,"gone":"z","day":"2026-01-01","more":1.25'],
      ],
      [
        columns(
          property('n', 'integer', { required: true }),
          day('day'),
          property('more', 'number', { physicalType: 'decimal(9,2)' }),
        ),
        ['"n":5,"day":"2026-03-01","more":1234567.25'],
      ],
    ];
    for (const [round, [text, rows]] of rounds.entries()) {
      await homes.contract('grown', text);
      const messages = rows.map((members, at) => ({
        id: `${round}${at}`,
        time: BigInt(round),
        members: `"k":"${at}",${members}`,
      }));
      const { intent } = await homes.embedded('grown', messages);
      await granted('grown', intent);
      assert.equal((await run('grown', intent)).error, null);
      await same('grown');
    }
  });

  test('a rebuild takes a contract that no table can follow, and keeps the table', async () => {
    const typed = (type: string) =>
      contractOf('retyped', [KEY, property('v', type, { required: true })], { compatibility: 'NONE' });
    await homes.contract('retyped', typed('string'));
    const first = await homes.embedded('retyped', [message('a', 1, '"1"'), message('b', 1, '2')]);
    await granted('retyped', first.intent);
    assert.equal((await run('retyped', first.intent)).error, null);
    await same('retyped');
    await homes.contract('retyped', typed('integer'));
    const { intent } = await homes.embedded('retyped', [], 'rebuild');
    await granted('retyped', intent);
    assert.equal((await run('retyped', intent)).error, null);
    await same('retyped');
    await granted('retyped', intent);
    assert.equal((await run('retyped', intent)).error, null);
    await same('retyped');
  });

  test('a rebuild drops what a batch left that it supersedes', async () => {
    await homes.contract('superseded', contract('superseded'));
    const left = await homes.embedded('superseded', [message('a', 1, '1'), message('b', 1, '"x"')]);
    await granted('superseded', left.intent);
    await homes.spark.disturb('its commit', null);
    assert.match((await run('superseded', left.intent)).error ?? '', /INTERNAL/);
    await homes.spark.disturb(null, null);
    const refs = () => homes.spark.sql('SELECT name FROM lean_ops.spark.superseded.refs ORDER BY name');
    assert.deepEqual(await refs(), [{ name: `batch_${left.intent.batchId}` }]);
    const { intent } = await homes.embedded('superseded', [], 'rebuild');
    await granted('superseded', intent);
    assert.equal((await run('superseded', intent)).error, null);
    assert.deepEqual(await refs(), [{ name: 'main' }]);
    for (const table of ['semantic', 'errors'] as const)
      sameRows(
        (await homes.sparkTables('superseded'))[table],
        (await homes.duckdbTables('superseded'))[table],
        table,
      );
  });

  test('a redrive takes rejected rows again, once', async () => {
    const limited = (maximum: number) =>
      contractOf('redriven', [
        KEY,
        property('v', 'integer', { required: true, logicalTypeOptions: { maximum } }),
      ]);
    await homes.contract('redriven', limited(10));
    const message11 = message('b', 1, '11');
    const first = await homes.embedded('redriven', [
      message('a', 1, '1'),
      message11,
      message11,
      message('c', 1, '"x"'),
      message('d', 1, '99'),
    ]);
    await granted('redriven', first.intent);
    assert.equal((await run('redriven', first.intent)).error, null);
    await same('redriven');
    await homes.contract('redriven', limited(50));
    const { intent, duckdb } = await homes.redriven('redriven', { code: 'ABOVE_MAXIMUM', messageId: null });
    await granted('redriven', intent);
    await homes.spark.disturb('its commit', null);
    assert.match((await run('redriven', intent)).error ?? '', /INTERNAL/);
    await homes.spark.disturb(null, null);
    await granted('redriven', intent);
    const { error, outcome: said } = await run('redriven', intent);
    assert.equal(error, null);
    const { live_rows, ...counts } = duckdb;
    assert.deepEqual(
      Object.fromEntries(Object.entries(said.counts as object).map(([name, value]) => [name, String(value)])),
      { ...counts, chosen: '2', redriven: '2' },
    );
    await same('redriven');
    const ofNobody = { ...intent, batchId: 'c'.repeat(32), selection: { code: null, messageId: 'nobody' } };
    await granted('redriven', ofNobody);
    const none = await run('redriven', ofNobody);
    assert.deepEqual(new Set(Object.values(none.outcome.counts as object)), new Set([0]));
    await same('redriven');
  });

  test('main that moved meanwhile is not overwritten', async () => {
    await homes.contract('moved', contract('moved'));
    const first = await homes.embedded('moved', [message('a', 1, '1')]);
    await granted('moved', first.intent);
    assert.equal((await run('moved', first.intent)).error, null);
    const { intent } = await homes.embedded('moved', [message('b', 1, '1')]);
    await granted('moved', intent);
    await homes.spark.disturb('its first write', "DELETE FROM lean_ops.spark.moved WHERE k = 'a'");
    assert.match((await run('moved', intent)).error ?? '', /COMMIT_CONFLICT/);
    await homes.spark.disturb(null, null);
    assert.deepEqual(await homes.spark.sql('SELECT k FROM lean_ops.spark.moved'), []);
  });

  test('RAW whose history changed halts the batch', async () => {
    await homes.contract('changed', contract('changed'));
    const first = await homes.embedded('changed', [message('a', 1, '1')]);
    await granted('changed', first.intent);
    assert.equal((await run('changed', first.intent)).error, null);
    const { intent } = await homes.embedded('changed', [message('b', 1, '1')]);
    const start = { ...intent, startSnapshotId: 1n };
    await granted('changed', start);
    assert.match((await run('changed', start)).error ?? '', /RAW_HISTORY_CHANGED.*lean-ops rebuild/);
  });

  test('another masking key is refused', async () => {
    await homes.contract('keyed', contract('keyed'));
    const { intent } = await homes.embedded('keyed', [message('a', 1, '1')]);
    const other = { ...intent, maskingKeyFingerprint: '0123456789abcdef' };
    await granted('keyed', other);
    assert.match((await run('keyed', other)).error ?? '', /MASKING_KEY_CHANGED/);
  });

  test('upkeep compacts and expires, but nothing that the checkpoint or the newest batch needs', async () => {
    await homes.contract('kept', contract('kept'));
    const intents: Intent[] = [];
    for (const second of [1, 2, 3]) {
      const { intent } = await homes.embedded('kept', [
        message('a', second, String(second)),
        message('b', second, '"x"'),
      ]);
      await granted('kept', intent);
      assert.equal((await run('kept', intent)).error, null);
      intents.push(intent);
    }
    const rows = await homes.sparkTables('kept');
    const [, second, third] = intents;
    assert.ok(second !== undefined && third !== undefined);
    const tables = [...['kept', 'kept_errors', 'kept_drift'].map(derivedTable), rawTable('kept')];
    const document = sparkMaintenanceDocument('kept', NAMES, {
      id: 'upkeep-1',
      now: BigInt(Date.now()) * 1_000n,
      rawSnapshotId: second.endSnapshotId,
      tables: tables.map((ref) => ({ ref, olderThan: BigInt(Date.now() + 60_000) * 1_000n, before: {} })),
    });
    const upkeep = { ...third, batchId: 'upkeep-1' };
    await granted('kept', upkeep);
    const { error, outcome } = await run('kept', upkeep, () => document);
    assert.equal(error, null);
    assert.equal((outcome.maintenance as readonly unknown[]).length, 20);
    const left = async (table: string) =>
      await homes.spark.sql(
        `SELECT snapshot_id, summary['lean-ops.batch-id'] AS batch FROM lean_ops.${table}.snapshots`,
      );
    assert.ok((await left('spark.kept')).some(({ batch }) => batch === third.batchId));
    assert.ok((await left('spark.kept')).every(({ batch }) => batch === third.batchId || batch === null));
    const raw = (await left('raw.kept')).map(({ snapshot_id }) => snapshot_id);
    for (const { endSnapshotId } of [second, third]) assert.ok(raw.includes(String(endSnapshotId)));
    const after = await homes.sparkTables('kept');
    for (const table of ['raw', 'semantic', 'errors', 'drift'] as const)
      sameRows(after[table], rows[table], table);
    const next = await homes.embedded('kept', [message('a', 9, '9')]);
    await granted('kept', next.intent);
    assert.equal((await run('kept', next.intent)).error, null);
    await same('kept');
  });

  test('neither the key nor a value shows in logs, plans, the event log or forced errors', async () => {
    await homes.contract('secret', contract('secret'));
    const { intent } = await homes.embedded('secret', [message('a', 1, '1'), message('b', 1, '"x"')]);
    const key = Buffer.from((await homes.workspace.maskingKey())?.bytes ?? []);
    const logs = realpathSync(mkdtempSync(path.join(tmpdir(), 'lean-ops-events-')));
    try {
      let shown = '';
      for (const broken of [true, false]) {
        await granted('secret', intent);
        const argv = await args('secret', intent, (plan) =>
          broken
            ? {
                ...plan,
                upserts: 'SELECT s.*, assert_true(isnull(k.ipad)) FROM staged s CROSS JOIN masking_key k',
              }
            : plan,
        );
        const { stdout, stderr, status } = spawnSync(process.env.LEAN_OPS_PYTHON ?? '', [JOB, ...argv], {
          encoding: 'utf8',
          env: { ...process.env, ...homes.spark.environment(moto.settings, logs) },
        });
        assert.equal(status, broken ? 1 : 0, stderr);
        shown += stdout + stderr;
      }
      for (const file of readdirSync(logs)) shown += readFileSync(path.join(logs, file), 'utf8');
      assert.match(shown, /Analyzed Logical Plan/);
      assert.ok(!shown.includes(NAME), 'a personal value');
      assert.match(shown, /"error": "INTERNAL"/);
      const pads = [0x36, 0x5c].map((pad) => Buffer.from(key.map((byte) => byte ^ pad)));
      for (const secret of [key, ...pads]) {
        for (const form of ['hex', 'base64', 'latin1'] as const)
          assert.ok(!shown.toLowerCase().includes(secret.toString(form).toLowerCase()), `the key as ${form}`);
        assert.ok(!shown.includes([...secret].join(', ')), 'the key as a list');
      }
      await same('secret');
    } finally {
      rmSync(logs, { recursive: true });
    }
  });
});
