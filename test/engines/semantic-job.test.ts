import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { sparkMaintenanceDocument, type TableMaintenance } from '../../src/aws/spark/maintenance.ts';
import type { SparkPlanDocument } from '../../src/aws/spark/plan.ts';
import { derivedTable, rawTable } from '../../src/pipeline/batches/topic-tables.ts';
import type { Intent } from '../../src/semantic/intent.ts';
import { contractOf, KEY, property } from './conformance/cases.ts';
import { type Message, NAMES } from './conformance/two-places.ts';
import { type JobWorld, openJobWorld } from './job-world.ts';
import { sameRows } from './same-rows.ts';

const JOB = path.join(import.meta.dirname, '..', '..', 'modules', 'semantic', 'semantic_job.py');
const NAME = 'Ada Lovelace, 12 Oxford Street';

const contract = (topic: string, ...more: readonly object[]) =>
  contractOf(topic, [
    KEY,
    property('v', 'integer', { required: true }),
    property('name', 'string', { custom: { masking: 'hash' } }),
    ...more.map((one) => ({ ...one })),
  ]);

const MORE = property('more', 'string');

const message = (id: string, seconds: number, value: string): Message => ({
  id,
  time: BigInt(seconds) * 1_000_000n,
  members: `"k":"${id[0]}","v":${value},"name":"${NAME}"`,
});

/** The job as Glue starts it, on real Spark and Iceberg, with the rest of AWS emulated. */
suite('semantic_job.py', () => {
  let world: JobWorld;

  before(async () => {
    world = await openJobWorld();
  });
  after(() => world.close());

  test('runs the batch under its lease, renews it, and reports what it did', async () => {
    await world.places.contract('ran', contract('ran'));
    const { intent, duckdb } = await world.places.embedded('ran', [
      message('a', 1, '1'),
      message('b', 1, '"x"'),
      message('a2', 2, '2'),
    ]);
    await world.granted('ran', intent);
    const ended = await world.run('ran', intent);
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
    assert.ok(
      Number(await world.leaseExpiry('ran')) > (Date.now() + 200_000) * 1_000,
      'the heartbeat moved the expiry',
    );
    await world.same('ran');
    // Among them is the empty one that Iceberg creates for the branch of a topic's first batch.
    const strange = await world.places.spark.sql(
      `SELECT snapshot_id FROM lean_ops.spark.ran.snapshots
       WHERE summary['lean-ops.batch-id'] IS NULL AND summary['lean-ops.maintenance'] IS NULL`,
    );
    assert.deepEqual(strange, []);
  });

  test('another run of a committed batch changes nothing and reports the same', async () => {
    const { intent } = await world.places.embedded('ran', [message('c', 1, '1'), message('d', 1, 'null')]);
    await world.granted('ran', intent);
    const first = await world.run('ran', intent);
    const before = await Promise.all(
      ['ran', 'ran_errors', 'ran_drift'].map((table) => world.snapshots(table)),
    );
    await world.granted('ran', intent);
    const second = await world.run('ran', intent);
    assert.deepEqual({ ...second.outcome, seconds: 0 }, { ...first.outcome, seconds: 0 });
    assert.deepEqual(
      await Promise.all(['ran', 'ran_errors', 'ran_drift'].map((table) => world.snapshots(table))),
      before,
    );
    await world.same('ran');
  });

  for (const step of ['its first write', 'its second write', 'its commit', 'its outcome']) {
    test(`the next run finishes one that died before ${step}, with the same result`, async () => {
      const topic = `died_before_${step.replaceAll(' ', '_')}`;
      await world.places.contract(topic, contract(topic));
      for (const messages of [
        [message('a', 1, '1'), message('b', 1, '"x"')],
        [message('a2', 2, '2'), message('c', 1, '"y"')],
      ]) {
        const { intent } = await world.places.embedded(topic, messages);
        await world.granted(topic, intent);
        await world.places.spark.disturb(step, null);
        assert.match(
          (await world.run(topic, intent)).error ?? '',
          /"error": "INTERNAL", "detail": "RuntimeError"/,
        );
        await world.places.spark.disturb(null, null);
        await world.granted(topic, intent);
        assert.equal((await world.run(topic, intent)).error, null);
        await world.same(topic);
      }
    });
  }

  test('a batch over its budget commits nothing, and commits all rows when it is accepted', async () => {
    await world.places.contract('held', contract('held'));
    const all = [message('a', 1, '1'), message('b', 1, '"x"'), message('c', 1, '2')];
    const { intent } = await world.places.embedded('held', all);
    const budget = (share: number, minimum: number) => (plan: SparkPlanDocument) => {
      return { ...plan, batch: { ...plan.batch, budget: { share, minimum } } };
    };
    await world.granted('held', intent);
    const { error, outcome } = await world.run('held', intent, budget(0.3, 3));
    assert.equal(error, null);
    assert.equal(outcome.over_budget, true);
    const fates = { inserted: 2, updated: 0, duplicate: 0, superseded: 0, stale: 0, rejected: 1 };
    assert.deepEqual(outcome.counts, { raw_rows: 3, ...fates });
    assert.equal(outcome.live_rows, 0);
    for (const table of ['held', 'held_errors', 'held_drift'])
      assert.deepEqual(await world.places.spark.sql(`SELECT 1 FROM lean_ops.spark.${table}`), []);
    assert.deepEqual(await world.places.spark.sql('SELECT name FROM lean_ops.spark.held.refs'), []);
    await world.granted('held', intent);
    const done = await world.run('held', intent, budget(0.3, 4));
    assert.deepEqual(done.outcome.counts, outcome.counts);
    assert.equal(done.outcome.over_budget, undefined);
    await world.same('held');
    // A committed batch is not judged again.
    await world.granted('held', intent);
    assert.equal((await world.run('held', intent, budget(0.3, 3))).outcome.over_budget, undefined);
  });

  test('without the lease, or with another intent stored, nothing is written', async () => {
    await world.places.contract('lost', contract('lost'));
    const { intent } = await world.places.embedded('lost', [message('a', 1, '1')]);
    const states: readonly (() => Promise<unknown>)[] = [
      () => world.granted('lost', intent, { owner: 'another' }),
      () => world.granted('lost', intent, { fencing_token: 999 }),
      () => world.granted('lost', { ...intent, batchId: 'another' }),
    ];
    for (const state of states) {
      await state();
      assert.match((await world.run('lost', intent)).error ?? '', /"error": "LEASE_LOST".*"remedy": "/);
    }
    const tables = await world.places.spark.sql("SHOW TABLES IN lean_ops.spark LIKE 'lost*'");
    assert.deepEqual(tables, []);
    await world.granted('lost', intent);
    assert.equal((await world.run('lost', intent)).error, null);
    await world.same('lost');
  });

  test('a table follows its contract: new columns, wider types, other partitions, removed columns', async () => {
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
      await world.places.contract('grown', text);
      const messages = rows.map((members, at) => ({
        id: `${round}${at}`,
        time: BigInt(round),
        members: `"k":"${at}",${members}`,
      }));
      const { intent } = await world.places.embedded('grown', messages);
      await world.granted('grown', intent);
      assert.equal((await world.run('grown', intent)).error, null);
      await world.same('grown');
    }
  });

  test('a rebuild applies an incompatible contract, and keeps the table', async () => {
    const typed = (type: string) =>
      contractOf('retyped', [KEY, property('v', type, { required: true })], { compatibility: 'NONE' });
    await world.places.contract('retyped', typed('string'));
    const first = await world.places.embedded('retyped', [message('a', 1, '"1"'), message('b', 1, '2')]);
    await world.granted('retyped', first.intent);
    assert.equal((await world.run('retyped', first.intent)).error, null);
    await world.same('retyped');
    await world.places.contract('retyped', typed('integer'));
    const { intent } = await world.places.embedded('retyped', [], 'rebuild');
    await world.granted('retyped', intent);
    assert.equal((await world.run('retyped', intent)).error, null);
    await world.same('retyped');
    await world.granted('retyped', intent);
    assert.equal((await world.run('retyped', intent)).error, null);
    await world.same('retyped');
  });

  for (const [what, v] of [
    ['the same columns', property('v', 'integer', { required: true })],
    ['another type', property('v', 'string', { required: true })],
  ] as const)
    test(`a rebuild carries over rows whose messages have expired: ${what}`, async () => {
      const topic = `kept_${v.logicalType}`;
      const sheet = (version: string, first: Readonly<Record<string, unknown>>, masking: string) =>
        JSON.stringify({
          ...JSON.parse(
            contractOf(topic, [KEY, first, property('name', 'string', { custom: { masking } }), MORE]),
          ),
          version,
          slaProperties: [{ property: 'retention', value: 10, unit: 'd' }],
        });
      await world.places.contract(
        topic,
        sheet('1.0.0', property('v', 'integer', { required: true }), 'hash'),
      );
      const batches = [
        [message('gone', 10, '1'), message('newest', 90, '2'), message('older', 10, '3')],
        [message('newest2', 20, '4'), message('older2', 20, '5'), message('young', 20, '6')],
      ];
      for (const messages of batches) {
        const { intent } = await world.places.embedded(topic, messages);
        await world.granted(topic, intent);
        assert.equal((await world.run(topic, intent)).error, null);
        await world.places.daysLater(topic, 6);
      }
      await world.places.contract(topic, sheet('2.0.0', v, 'redact'));
      const { duckdb, intent, plan } = await world.places.keepingRebuild(topic);
      await world.granted(topic, intent);
      const { error, outcome } = await world.run(topic, intent, () => plan);
      assert.equal(error, null);
      assert.deepEqual([String(outcome.live_rows), outcome.carried], [duckdb.live_rows, 2]);
      await world.same(topic);
      const { semantic } = await world.places.sparkTables(topic);
      const carried = semantic.filter(({ _batch_id: batch }) => String(batch).startsWith('carried:'));
      assert.deepEqual(carried.map(({ k, name }) => [k, name]).toSorted(), [
        ['g', null],
        ['n', null],
      ]);
      // A carried row is carried over again, and replaced by a newer version.
      const next = await world.places.embedded(topic, [
        message('gone2', 95, v.logicalType === 'string' ? '"x"' : '7'),
      ]);
      await world.granted(topic, next.intent);
      assert.equal((await world.run(topic, next.intent)).error, null);
      await world.same(topic);
    });

  test('a rebuild drops the branch of the batch that it replaces', async () => {
    await world.places.contract('superseded', contract('superseded'));
    const left = await world.places.embedded('superseded', [message('a', 1, '1'), message('b', 1, '"x"')]);
    await world.granted('superseded', left.intent);
    await world.places.spark.disturb('its commit', null);
    assert.match((await world.run('superseded', left.intent)).error ?? '', /INTERNAL/);
    await world.places.spark.disturb(null, null);
    const refs = () =>
      world.places.spark.sql('SELECT name FROM lean_ops.spark.superseded.refs ORDER BY name');
    assert.deepEqual(await refs(), [{ name: `batch_${left.intent.batchId}` }]);
    const { intent } = await world.places.embedded('superseded', [], 'rebuild');
    await world.granted('superseded', intent);
    assert.equal((await world.run('superseded', intent)).error, null);
    assert.deepEqual(await refs(), [{ name: 'main' }]);
    for (const table of ['semantic', 'errors'] as const)
      sameRows(
        (await world.places.sparkTables('superseded'))[table],
        (await world.places.duckdbTables('superseded'))[table],
        table,
      );
  });

  test('a redrive processes rejected rows again, once', async () => {
    const limited = (maximum: number) =>
      contractOf('redriven', [
        KEY,
        property('v', 'integer', { required: true, logicalTypeOptions: { maximum } }),
      ]);
    await world.places.contract('redriven', limited(10));
    const message11 = message('b', 1, '11');
    const first = await world.places.embedded('redriven', [
      message('a', 1, '1'),
      message11,
      message11,
      message('c', 1, '"x"'),
      message('d', 1, '99'),
    ]);
    await world.granted('redriven', first.intent);
    assert.equal((await world.run('redriven', first.intent)).error, null);
    await world.same('redriven');
    await world.places.contract('redriven', limited(50));
    const { intent, duckdb } = await world.places.redriven('redriven', {
      code: 'ABOVE_MAXIMUM',
      messageId: null,
    });
    await world.granted('redriven', intent);
    await world.places.spark.disturb('its commit', null);
    assert.match((await world.run('redriven', intent)).error ?? '', /INTERNAL/);
    await world.places.spark.disturb(null, null);
    await world.granted('redriven', intent);
    const { error, outcome: said } = await world.run('redriven', intent);
    assert.equal(error, null);
    const { live_rows, ...counts } = duckdb;
    assert.deepEqual(
      Object.fromEntries(Object.entries(said.counts as object).map(([name, value]) => [name, String(value)])),
      { ...counts, chosen: '2', redriven: '2' },
    );
    await world.same('redriven');
    const ofNobody = { ...intent, batchId: 'c'.repeat(32), selection: { code: null, messageId: 'nobody' } };
    await world.granted('redriven', ofNobody);
    const none = await world.run('redriven', ofNobody);
    assert.deepEqual(new Set(Object.values(none.outcome.counts as object)), new Set([0]));
    await world.same('redriven');
  });

  test('main is not overwritten if another writer moved it', async () => {
    await world.places.contract('moved', contract('moved'));
    const first = await world.places.embedded('moved', [message('a', 1, '1')]);
    await world.granted('moved', first.intent);
    assert.equal((await world.run('moved', first.intent)).error, null);
    const { intent } = await world.places.embedded('moved', [message('b', 1, '1')]);
    await world.granted('moved', intent);
    await world.places.spark.disturb('its first write', "DELETE FROM lean_ops.spark.moved WHERE k = 'a'");
    assert.match((await world.run('moved', intent)).error ?? '', /COMMIT_CONFLICT/);
    await world.places.spark.disturb(null, null);
    assert.deepEqual(await world.places.spark.sql('SELECT k FROM lean_ops.spark.moved'), []);
  });

  test('RAW whose history changed halts the batch', async () => {
    await world.places.contract('changed', contract('changed'));
    const first = await world.places.embedded('changed', [message('a', 1, '1')]);
    await world.granted('changed', first.intent);
    assert.equal((await world.run('changed', first.intent)).error, null);
    const { intent } = await world.places.embedded('changed', [message('b', 1, '1')]);
    const start = { ...intent, startSnapshotId: 1n };
    await world.granted('changed', start);
    assert.match((await world.run('changed', start)).error ?? '', /RAW_HISTORY_CHANGED.*kind.*rebuild/);
  });

  test('another masking key is refused', async () => {
    await world.places.contract('keyed', contract('keyed'));
    const { intent } = await world.places.embedded('keyed', [message('a', 1, '1')]);
    const other = { ...intent, maskingKeyFingerprint: '0123456789abcdef' };
    await world.granted('keyed', other);
    assert.match((await world.run('keyed', other)).error ?? '', /MASKING_KEY_CHANGED/);
  });

  test('maintenance compacts and expires, but keeps the snapshots that the checkpoint and the newest batch need', async () => {
    await world.places.contract('kept', contract('kept'));
    const intents: Intent[] = [];
    for (const second of [1, 2, 3]) {
      const { intent } = await world.places.embedded('kept', [
        message('a', second, String(second)),
        message('b', second, '"x"'),
      ]);
      await world.granted('kept', intent);
      assert.equal((await world.run('kept', intent)).error, null);
      intents.push(intent);
    }
    const rows = await world.places.sparkTables('kept');
    const [, second, third] = intents;
    assert.ok(second !== undefined && third !== undefined);
    const tables = [...['kept', 'kept_errors', 'kept_drift'].map(derivedTable), rawTable('kept')];
    const newestBatch = async (name: string): Promise<bigint | null> => {
      const [newest] = await world.places.spark.sql(
        `SELECT CAST(snapshot_id AS string) AS id FROM lean_ops.spark.${name}.snapshots
         WHERE summary['lean-ops.batch-id'] IS NOT NULL ORDER BY committed_at DESC LIMIT 1`,
      );
      return newest === undefined ? null : BigInt(String(newest.id));
    };
    const due: TableMaintenance[] = [];
    for (const ref of tables) {
      const oldestNeeded = ref.namespace === 'raw' ? second.endSnapshotId : await newestBatch(ref.name);
      due.push({ ref, olderThan: BigInt(Date.now() + 60_000) * 1_000n, oldestNeeded, before: {} });
    }
    const document = sparkMaintenanceDocument('kept', NAMES, {
      id: 'maintain-1',
      now: BigInt(Date.now()) * 1_000n,
      tables: due,
    });
    const maintenance = { ...third, batchId: 'maintain-1' };
    await world.granted('kept', maintenance);
    const { error, outcome } = await world.run('kept', maintenance, () => document);
    assert.equal(error, null);
    assert.equal((outcome.maintenance as readonly unknown[]).length, 20);
    const left = async (table: string) =>
      await world.places.spark.sql(
        `SELECT snapshot_id, summary['lean-ops.batch-id'] AS batch FROM lean_ops.${table}.snapshots`,
      );
    assert.ok((await left('spark.kept')).some(({ batch }) => batch === third.batchId));
    assert.ok((await left('spark.kept')).every(({ batch }) => batch === third.batchId || batch === null));
    const raw = (await left('raw.kept')).map(({ snapshot_id }) => snapshot_id);
    for (const { endSnapshotId } of [second, third]) assert.ok(raw.includes(String(endSnapshotId)));
    const after = await world.places.sparkTables('kept');
    for (const table of ['raw', 'semantic', 'errors', 'drift'] as const)
      sameRows(after[table], rows[table], table);
    const next = await world.places.embedded('kept', [message('a', 9, '9')]);
    await world.granted('kept', next.intent);
    assert.equal((await world.run('kept', next.intent)).error, null);
    await world.same('kept');
  });

  test('neither the key nor a value appears in logs, plans, the event log or forced errors', async () => {
    await world.places.contract('secret', contract('secret'));
    const { intent } = await world.places.embedded('secret', [message('a', 1, '1'), message('b', 1, '"x"')]);
    const key = Buffer.from((await world.places.workspace.maskingKey())?.bytes ?? []);
    const logs = realpathSync(mkdtempSync(path.join(tmpdir(), 'lean-ops-events-')));
    try {
      let shown = '';
      for (const broken of [true, false]) {
        await world.granted('secret', intent);
        const argv = await world.args('secret', intent, (plan) =>
          broken
            ? {
                ...plan,
                upserts: 'SELECT s.*, assert_true(isnull(k.ipad)) FROM staged s CROSS JOIN masking_key k',
              }
            : plan,
        );
        const { stdout, stderr, status } = spawnSync(process.env.LEAN_OPS_PYTHON ?? '', [JOB, ...argv], {
          encoding: 'utf8',
          env: { ...process.env, ...world.places.spark.environment(world.moto.settings, logs) },
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
      await world.same('secret');
    } finally {
      rmSync(logs, { recursive: true });
    }
  });
});
