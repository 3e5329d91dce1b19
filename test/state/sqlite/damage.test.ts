import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { LeanOpsError } from '../../../src/errors/error.ts';
import { deadLetterId } from '../../../src/state/dead-letter.ts';
import type { Lease } from '../../../src/state/lease.ts';
import type { EmbeddedStore } from '../../../src/state/port.ts';
import { CLOSING, checkResult, completionOf, intentAfter, letter, NOON, semantic, TTL } from '../samples.ts';
import { type Folder, newFolder } from './workspace.ts';

const HALT = { work: 'semantic', bad: 1, of: 2, share: 0.1, at: NOON } as const;

describe('SQLite: a row that does not fit is refused by name', () => {
  let folder: Folder;
  let store: EmbeddedStore;
  beforeEach(async () => {
    folder = await newFolder();
    store = folder.open().store;
    await fill(store);
  });
  afterEach(async () => {
    await store.close();
    await folder.remove();
  });

  const damage = (sql: string): void => {
    const raw = new DatabaseSync(folder.file);
    assert.ok(Number(raw.prepare(sql).run().changes) > 0, sql);
    raw.close();
  };

  const cases: readonly (readonly [string, string, (store: EmbeddedStore) => Promise<unknown>])[] = [
    [
      `UPDATE checkpoints SET gone = json_remove(gone, '$.erased')`,
      'table checkpoints, entry (topic_name orders): field gone.erased',
      ({ checkpoint }) => checkpoint('orders'),
    ],
    [
      `UPDATE checkpoints SET intent = json_set(intent, '$.endSnapshotId', 7)`,
      'table checkpoints, entry (topic_name orders): field intent.endSnapshotId',
      ({ checkpoints }) => checkpoints(),
    ],
    [
      `UPDATE checkpoints SET halt = json_set(halt, '$.share', 7)`,
      'table checkpoints, entry (topic_name orders): field halt.share',
      ({ ledgerView }) => ledgerView('orders'),
    ],
    [
      `UPDATE checkpoints SET accepted = 'all'`,
      'table checkpoints, entry (topic_name orders): field accepted',
      ({ recordNothingNew }) => recordNothingNew(['orders'], NOON),
    ],
    [
      `UPDATE check_results SET results = json_set(results, '$[0].metric', 'mean')`,
      'table check_results, entry (topic_name orders, sequence 1): field results.0.metric',
      ({ checkResults }) => checkResults('orders', 9),
    ],
    [
      `UPDATE error_tracker SET status = 'lost'`,
      `table error_tracker, entry (id ${deadLetterId('orders', 'a')}): field status`,
      ({ deadLetters }) => deadLetters({}, 9, null),
    ],
    [
      `UPDATE error_tracker SET status = 'lost'`,
      'table error_tracker: field status',
      ({ deadLetterCounts }) => deadLetterCounts('orders'),
    ],
    [
      `UPDATE topic_registry SET version = -1`,
      'table topic_registry, entry (topic_name orders, version -1): field version',
      ({ latestContract }) => latestContract('orders'),
    ],
    [
      `UPDATE run_failures SET code = 'GONE'`,
      'table run_failures, entry (topic_name orders, day 2026-03-01, code GONE): field code',
      ({ failures }) => failures('orders', '2026-01-01', '2027-01-01'),
    ],
    [
      `UPDATE counters SET batches = 9007199254740992`,
      'table counters, entry (topic_name orders, day 2026-03-01): field batches',
      ({ counters }) => counters('orders', '2026-01-01', '2027-01-01'),
    ],
    [
      `UPDATE compaction_tracking SET after = '{"files": "one"}'`,
      'table compaction_tracking, entry (table_name raw.orders, started_at 1): field after.files',
      ({ maintenance }) => maintenance('raw.orders', 9),
    ],
    [
      `UPDATE alerts SET told = '{"file": {}}'`,
      'table alerts, entry (topic_name orders, kind balance): field told.file.event',
      ({ reconcileAlerts }) => reconcileAlerts([], ['file'], NOON),
    ],
    [
      `UPDATE erasures SET counts = '{'`,
      'table erasures, entry (topic_name orders, key_hash ff): field counts is not a JSON text',
      ({ erasures }) => erasures('orders'),
    ],
    [
      `UPDATE open_work SET directories = '"all"'`,
      'table open_work, entry (work_id work-one): field directories',
      ({ openWorks }) => openWorks(),
    ],
  ];

  for (const [sql, place, read] of cases) {
    it(sql, async () => {
      damage(sql);
      await assert.rejects(read(store), (error: unknown) => {
        assert.ok(error instanceof LeanOpsError, String(error));
        assert.equal(error.code, 'STATE_DAMAGED');
        assert.ok(error.message.includes(place), error.message);
        return true;
      });
    });
  }
});

/** One row of each shape. */
async function fill(store: EmbeddedStore): Promise<void> {
  const answer = await store.acquireLease(semantic('orders'), 'one', TTL, NOON);
  assert.ok(answer.kind === 'acquired');
  const { lease } = answer;
  await completeOne(store, lease);
  await store.haltTopic(lease, HALT);
  await store.resumeTopic('orders', true);
  await store.storeIntent(lease, intentAfter(await store.checkpoint('orders'), 8n));
  await store.haltTopic(lease, HALT);
  const rebuild = { kind: 'rebuild', startSnapshotId: null, generation: 2 } as const;
  await store.storeIntent(lease, intentAfter(await store.checkpoint('orders'), 8n, rebuild));
  const one = letter('orders', 'a');
  await store.storeDeadLetters([one]);
  await store.closeDeadLetters([one.id], 'discarded', CLOSING);
  const contract = { topic: 'orders', hash: 'h', text: 't', registeredAt: NOON, expectedVersion: 0 };
  await store.registerContract(contract);
  await store.recordFailure({ topic: 'orders', code: 'DISK_FULL', at: NOON });
  const times = { startedAt: 1n, endedAt: 2n };
  await store.recordMaintenance(lease, {
    table: 'raw.orders',
    action: 'compact',
    ...times,
    before: {},
    after: {},
  });
  const finding = { code: 'UNBALANCED', severity: 'error', message: 'm', remedy: 'r' } as const;
  await store.reconcileAlerts([{ topic: 'orders', kind: 'balance', finding }], ['file'], NOON);
  await store.openErasure(lease, 'ff', NOON);
  await store.openWork(lease, { workId: 'work-one', kind: 'batch', directories: ['data'] });
}

async function completeOne(store: EmbeddedStore, lease: Lease): Promise<void> {
  const intent = intentAfter(await store.checkpoint('orders'), 7n);
  await store.storeIntent(lease, intent);
  await store.completeBatch(lease, completionOf(intent.batchId, { checks: [checkResult('few nulls')] }));
}
