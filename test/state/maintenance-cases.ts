import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fails, type Pair, type Take } from './contract.ts';
import { completionOf, intentAfter, semantic } from './samples.ts';

/** The state contract's cases for maintenance. */
export function maintenanceCases(pair: () => Pair, take: Take): void {
  it('records maintenance, newest first', async () => {
    const { one } = pair();
    const lease = await take(one, semantic('orders'), 'one');
    const entry = {
      table: 'semantic.orders',
      action: 'compact',
      before: { files: 9 },
      after: { files: 1 },
    } as const;
    await one.recordMaintenance(lease, { ...entry, startedAt: 1n, endedAt: 2n });
    await one.recordMaintenance(lease, { ...entry, startedAt: 5n, endedAt: 6n });
    const [newest, ...older] = await one.maintenance('semantic.orders', 10);
    assert.deepEqual(newest, { ...entry, startedAt: 5n, endedAt: 6n });
    assert.equal(older.length, 1);
    assert.deepEqual(await one.maintenance('semantic.payments', 10), []);
  });

  it('moves the checkpoint together with the removed rows, once, and never while a batch is under way', async () => {
    const { one } = pair();
    const lease = await take(one, semantic('orders'), 'one');
    const first = intentAfter(await one.checkpoint('orders'), 7n);
    await one.storeIntent(lease, first);
    await one.completeBatch(lease, { ...completionOf(first.batchId), expired: 2 });
    const { sequenceNumber, totals } = await one.checkpoint('orders');
    assert.equal(totals.gone.expired, 2);
    const times = { startedAt: 1n, endedAt: 2n };
    const entry = { table: 'raw.orders', action: 'expire-rows', ...times, before: {}, after: {} } as const;
    const to = { snapshotId: 8n, sequenceNumber: sequenceNumber + 1n };
    const change = { checkpoint: to, gone: { expired: 5 } };
    await one.recordMaintenance(lease, entry, change);
    const moved = await one.checkpoint('orders');
    assert.deepEqual([moved.snapshotId, moved.totals.gone.expired], [8n, 7]);
    await assert.rejects(one.recordMaintenance(lease, entry, change), fails('CHECKPOINT_CONFLICT'));
    await one.storeIntent(lease, intentAfter(moved, 9n));
    const later = { ...change, checkpoint: { ...to, sequenceNumber: sequenceNumber + 2n } };
    await assert.rejects(one.recordMaintenance(lease, entry, later), fails('CHECKPOINT_CONFLICT'));
    assert.equal((await one.checkpoint('orders')).totals.gone.expired, 7);
    assert.equal((await one.maintenance('raw.orders', 10)).length, 1);
  });
}
