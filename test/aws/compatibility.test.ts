import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Checkpoint } from '../../src/state/checkpoint.ts';
import { type DynamoStore, openDynamoStore } from '../../src/state/dynamodb/store.ts';
import type { Lease, LeaseScope } from '../../src/state/lease.ts';
import { type Dump, loadDump } from '../fixtures/releases/dump.ts';
import { RELEASES, releaseFolder } from '../fixtures/releases/open.ts';
import {
  CLOSING,
  completionOf,
  counts,
  ingest,
  intentAfter,
  letter,
  NOON,
  SECOND,
  semantic,
  TTL,
} from '../state/samples.ts';
import { type Moto, startMoto } from './moto.ts';
import { createStateTables } from './state-tables.ts';

const DAY = 86_400n * SECOND;
/** After every lease of the fixtures but the one that is held for a year. */
const LATER = NOON + 2n * DAY;

for (const release of RELEASES) {
  suite(`state tables that release ${release} wrote`, () => {
    let moto: Moto;
    let client: DynamoDBClient;
    let store: DynamoStore;
    before(async () => {
      moto = await startMoto();
      client = new DynamoDBClient(moto.settings);
      await createStateTables(client, 'lean-ops-release');
      const dump: Dump = JSON.parse(readFileSync(join(releaseFolder(release), 'dynamodb.json'), 'utf8'));
      await loadDump(client, 'lean-ops-release', dump);
      store = openDynamoStore({ client, prefix: 'lean-ops-release', isOwnerDead: async () => false });
    });
    after(async () => {
      client.destroy();
      await moto.stop();
    });

    const take = async (scope: LeaseScope): Promise<Lease> => {
      const answer = await store.acquireLease(scope, 'test', TTL, LATER);
      assert.ok(answer.kind === 'acquired', answer.kind);
      return answer.lease;
    };
    /** Ends the batch whose intent is stored. */
    const complete = async (
      topic: string,
      parts: Parameters<typeof completionOf>[1],
    ): Promise<Checkpoint> => {
      const lease = await take(semantic(topic));
      const { intent } = await store.checkpoint(topic);
      assert.ok(intent !== null);
      await store.storeIntent(lease, intent);
      assert.equal(await store.completeBatch(lease, completionOf(intent.batchId, parts)), 'completed');
      await store.releaseLease(lease);
      return store.checkpoint(topic);
    };

    test('contain checkpoints with totals and intents, which can be completed', async () => {
      const topics = ['deliveries', 'events', 'orders', 'payments', 'readings', 'samples', 'visits'];
      assert.deepEqual(
        (await store.checkpoints()).map(({ topic }) => topic),
        topics,
      );
      const orders = await store.checkpoint('orders');
      assert.deepEqual(
        [orders.snapshotId, orders.sequenceNumber, orders.generation, orders.contractVersion],
        [9_223_372_036_854_775_802n, 2n, 1, 1],
      );
      const outcomes = { inserted: 7, updated: 3, duplicate: 1, superseded: 1, stale: 1, rejected: 1 };
      assert.deepEqual(orders.totals.outcomes, counts({ rawRows: 14, ...outcomes }));
      assert.deepEqual([orders.totals.raw, orders.totals.gone.expired], [4, 2]);
      assert.equal(orders.intent?.endSnapshotId, 9_223_372_036_854_775_803n);
      assert.deepEqual([orders.intent.contractVersion, orders.intent.fencingToken], [2, 1n]);
      const parts = { sequenceNumber: 3n, counts: counts({ rawRows: 1, inserted: 1 }) };
      const completed = await complete('orders', parts);
      assert.deepEqual([completed.contractVersion, completed.totals.outcomes.inserted], [2, 8]);
      assert.equal((await store.checkpoint('samples')).totals.gone.expired, 4);
    });

    test('contain an unfinished redrive and rebuild, which can be completed', async () => {
      const { intent: redrive } = await store.checkpoint('readings');
      assert.deepEqual(
        [redrive?.kind, redrive?.selection],
        ['redrive', { code: 'CDE_MISSING', messageId: null }],
      );
      assert.equal(redrive?.maskingKeyFingerprint, '0123456789abcdef');
      const redriven = { counts: counts({ inserted: 1, rejected: -1 }) };
      const readings = await complete('readings', redriven);
      assert.deepEqual(readings.totals.outcomes, counts({ rawRows: 3, inserted: 3 }));
      const { intent: rebuild } = await store.checkpoint('events');
      assert.deepEqual([rebuild?.kind, rebuild?.generation], ['rebuild', 2]);
      const parts = { sequenceNumber: 2n, counts: counts({ rawRows: 6, inserted: 6 }) };
      const events = await complete('events', parts);
      assert.deepEqual([events.generation, events.totals.outcomes.inserted], [2, 6]);
    });

    test('contain halts, which can be ended', async () => {
      const halt = { bad: 60, of: 100, share: 0.5, at: NOON };
      assert.deepEqual((await store.checkpoint('payments')).halt, { work: 'semantic', ...halt });
      assert.deepEqual(await store.resumeTopic('deliveries', false), { work: 'ingest', ...halt });
      assert.equal((await store.checkpoint('deliveries')).halt, null);
      const visits = await store.checkpoint('visits');
      assert.deepEqual([visits.halt, visits.accepted], [null, 'semantic']);
    });

    test('contain dead letters with their bodies, which can be closed', async () => {
      assert.deepEqual(await store.deadLetterCounts('orders'), { open: 2, replayed: 1, discarded: 1 });
      const { items, next } = await store.deadLetters({}, 10, null);
      assert.equal(next, null);
      assert.deepEqual(items.map(({ topic, source, status }) => `${topic} ${source} ${status}`).sort(), [
        'orders queue:a open',
        'orders queue:b open',
        'orders queue:c discarded',
        'orders queue:d replayed',
        'payments queue:a open',
      ]);
      const found = async (topic: string, source: string) =>
        (await store.deadLetter(letter(topic, source).id)) ?? assert.fail(source);
      const inline = await found('orders', 'queue:a');
      assert.deepEqual([inline.letter.messageId, inline.letter.correlationId], ['m-1', 'c-1']);
      assert.ok(inline.body.kind === 'inline');
      assert.deepEqual(
        [...inline.body.bytes],
        Array.from({ length: 256 }, (_, index) => index),
      );
      const pointer = 's3://lean-ops-release-dead-letters/dead-letters/orders/large';
      assert.deepEqual((await found('orders', 'queue:b')).body, { kind: 'file', pointer, size: 2n ** 31n });
      const closing = { at: NOON + DAY, by: 'dlq', reason: 'a test of the producer', repair: null };
      assert.deepEqual((await found('orders', 'queue:c')).letter.closing, closing);
      const replayed = (await found('orders', 'queue:d')).letter;
      assert.deepEqual(replayed.closing?.repair, { sha256: 'f'.repeat(64), size: 2n ** 40n });
      assert.deepEqual([replayed.errorCode, replayed.errorOffset], ['NOT_UTF8', null]);
      assert.equal(await store.closeDeadLetters([inline.letter.id], 'discarded', CLOSING), 1);
      assert.equal(
        await store.storeDeadLetters([letter('orders', 'queue:b'), letter('orders', 'queue:e')]),
        1,
      );
      assert.deepEqual(await store.deadLetterCounts('orders'), { open: 2, replayed: 1, discarded: 2 });
    });

    test('contain contract versions, and accept the next one', async () => {
      const [first, second, ...more] = await store.contractVersions('orders');
      assert.deepEqual([first?.version, second?.version, more.length], [1, 2, 0]);
      assert.match(first?.text ?? '', /^apiVersion: v3\.1\.0\n/);
      assert.deepEqual([second?.hash, second?.registeredAt], ['2'.repeat(64), NOON + DAY]);
      const registered = await store.registeredTopics();
      assert.deepEqual(
        registered.map(({ topic, version, status }) => `${topic} ${version} ${status}`),
        ['events 1 active', 'orders 2 active', 'payments 1 retired', 'readings 1 active'],
      );
      const third = { topic: 'orders', hash: '3'.repeat(64), text: 'third', registeredAt: LATER };
      assert.equal((await store.registerContract({ ...third, expectedVersion: 2 })).version, 3);
    });

    test('contain counters, failures and check results, which can be increased', async () => {
      const [day, next, ...more] = await store.counters('readings', '2026-03-01', '2026-03-02');
      assert.deepEqual([day?.batches, next, more.length], [2, undefined, 0]);
      const [orders] = await store.counters('orders', '2026-03-01', '2026-03-01');
      assert.deepEqual(orders?.intake, { received: 14, raw: 10, deadLettered: 4 });
      await store.countIntake('orders', { received: 1, raw: 1, deadLettered: 0 }, NOON, 'one');
      const [counted] = await store.counters('orders', '2026-03-01', '2026-03-01');
      assert.equal(counted?.intake.received, 15);
      const note = { topic: 'orders', code: 'LEASE_LOST' } as const;
      await store.recordFailure({ ...note, at: NOON + 2n * SECOND });
      const [failure] = await store.failures('orders', '2026-03-01', '2026-03-01');
      assert.deepEqual([failure?.code, failure?.count], ['LEASE_LOST', 3]);
      const [newest, oldest] = await store.checkResults('orders', 10);
      assert.deepEqual(
        newest?.results.map(({ passed }) => passed),
        [true],
      );
      assert.deepEqual(
        oldest?.results.map(({ rule, passed, reason }) => [rule, passed, reason]),
        [
          ['few nulls', false, null],
          ['share', null, 'no rows'],
        ],
      );
    });

    test('contain the records of maintenance, and accept new ones', async () => {
      const times = { startedAt: NOON, endedAt: NOON + SECOND };
      const packed = { action: 'compact', before: { data_files: 9 }, after: { data_files: 1 } } as const;
      const entry = { table: 'semantic.samples', ...packed, ...times };
      assert.deepEqual(await store.maintenance('semantic.samples', 10), [entry]);
      const lease = await take(semantic('samples'));
      await store.recordMaintenance(lease, { ...entry, startedAt: LATER, endedAt: LATER });
      assert.equal((await store.maintenance('semantic.samples', 10)).length, 2);
      assert.equal((await store.maintenance('raw.samples', 10))[0]?.action, 'expire-rows');
      const { snapshotId, sequenceNumber } = await store.checkpoint('samples');
      assert.deepEqual([snapshotId, sequenceNumber], [41n, 3n]);
    });

    test('contain alerts, which can be updated', async () => {
      const told = { event: 'raised', code: 'PIPELINE_LATE', at: NOON };
      const stored = (await store.alerts()).map((alert) => [alert.key, alert.recoveredAt, alert.told.sns]);
      assert.deepEqual(stored, [
        ['orders/freshness', null, told],
        ['payments/freshness', null, null],
        ['readings/freshness', NOON + SECOND, told],
      ]);
      const verdict = { kind: 'freshness', finding: null } as const;
      await store.reconcileAlerts([{ ...verdict, topic: 'payments' }], ['sns'], LATER);
      const recovered = { event: 'recovered', code: 'PIPELINE_LATE', at: LATER } as const;
      const keys = ['payments/freshness', 'readings/freshness'];
      await store.recordDelivery(
        'sns',
        keys.map((key) => ({ key, told: recovered })),
      );
      assert.deepEqual(
        (await store.alerts()).map(({ key }) => key),
        ['orders/freshness'],
      );
    });

    test('contain leases: tokens continue, and a held lease stays held', async () => {
      const held = await store.acquireLease(ingest('orders'), 'test', TTL, LATER);
      assert.deepEqual(held, { kind: 'held', owner: 'release', expiresAt: NOON + 365n * DAY });
      const expired = await take(semantic('payments'));
      assert.equal(expired.token, 2n);
      const intent = intentAfter(await store.checkpoint('payments'), 51n);
      await store.resumeTopic('payments', false);
      await store.storeIntent(expired, intent);
      assert.equal((await store.checkpoint('payments')).intent?.fencingToken, 2n);
    });
  });
}
