import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { confirmBatch } from '../../src/aws/control/confirm-batch.ts';
import { type NextWork, nextBatch } from '../../src/aws/control/next-batch.ts';
import { retainRaw } from '../../src/aws/control/retain-raw.ts';
import type { AwsDeployment } from '../../src/aws/deployment/aws-deployment.ts';
import type { GlueCatalog } from '../../src/aws/deployment/glue-catalog.ts';
import { withExpired } from '../../src/aws/figures/expired-rows.ts';
import { newSnapshotId } from '../../src/base/snapshot-id.ts';
import { LeanOpsError } from '../../src/errors/error.ts';
import type { DataFile } from '../../src/iceberg/data-file.ts';
import { type FileSwap, prepareFileSwap } from '../../src/iceberg/file-swap.ts';
import { appendsBetween } from '../../src/iceberg/history.ts';
import { currentSnapshot } from '../../src/iceberg/metadata.ts';
import { planScan } from '../../src/iceberg/scan.ts';
import { loadTable, type Table } from '../../src/iceberg/table.ts';
import { rawTable } from '../../src/pipeline/batches/topic-tables.ts';
import { fatesSum } from '../../src/semantic/fates.ts';
import { contractText, ORDER_ID } from '../contract/sample.ts';
import { fails } from '../state/contract.ts';
import { type MemoryDeployment, memoryDeployment } from './memory-deployment.ts';
import { appendRaw, commitBatch } from './metadata-job.ts';

type Holder = Parameters<typeof retainRaw>[1];

const DAY = 86_400_000_000n;
const NOON = 20_000n * DAY + DAY / 2n;
const SECONDS = 900;
const kept = (days: number) =>
  contractText(ORDER_ID, `slaProperties:\n  - {property: retention, value: ${days}, unit: d}\n`);

const lost = () =>
  new LeanOpsError('AWS_UNAVAILABLE', { operation: 'moving raw.orders', detail: 'no answer' });
const conflict = () =>
  new LeanOpsError('COMMIT_CONFLICT', { operation: 'moving raw.orders', detail: 'it moved' });

/**
 * Invariant: appended rows = live rows + expired rows, whatever happens between the swap of RAW's pointer and the write of
 * the state. And no row expires before a batch has read it.
 */
class Bench {
  readonly deployment: MemoryDeployment;
  constructor(deployment: MemoryDeployment) {
    this.deployment = deployment;
  }

  async as<T>(work: (holder: Holder) => Promise<T>): Promise<T> {
    const scope = { topic: 'orders', work: 'semantic' } as const;
    const owner = crypto.randomUUID();
    const answer = await this.deployment.store.acquireLease(scope, owner, 900_000_000n, this.deployment.now);
    assert.ok(answer.kind === 'acquired');
    try {
      return await work({ topic: 'orders', owner, fencingToken: answer.lease.token });
    } finally {
      const held = await this.deployment.store.leaseHolder(scope);
      if (held?.owner === owner) await this.deployment.store.releaseLease(held);
    }
  }

  append(rows: bigint, daysAgo: bigint): Promise<void> {
    this.deployment.now += 1_000n;
    return appendRaw(this.deployment, 'orders', rows, this.deployment.now - daysAgo * DAY);
  }

  /** A batch over the waiting rows; `dies`: after its intent. */
  run(dies = false): Promise<void> {
    return this.as(async (holder) => {
      const next = await nextBatch(this.deployment, holder, { topic: 'orders', kind: 'incremental' });
      if (dies || next.outcome === 'nothing') return;
      await commitBatch(this.deployment, next.jobArguments, { table: true, outcome: true });
      await confirmBatch(this.deployment, holder, next.id);
    });
  }

  /** Does what the job and the step after it do with a stored intent. */
  finish(said: { readonly carried: number; readonly copies?: number }): Promise<void> {
    return this.as(async (holder) => {
      const next = await nextBatch(this.deployment, holder, { topic: 'orders', kind: 'incremental' });
      assert.ok(next.outcome === 'batch');
      await commitBatch(this.deployment, next.jobArguments, { table: true, outcome: true, ...said });
      await confirmBatch(this.deployment, holder, next.id);
    });
  }

  rebuild(keep: boolean): Promise<NextWork> {
    const request = { topic: 'orders', kind: 'rebuild', keep_unreachable: keep } as const;
    return this.as((holder) => nextBatch(this.deployment, holder, request));
  }

  retain(deployment: AwsDeployment = this.deployment): Promise<boolean> {
    return this.as((holder) => retainRaw(deployment, holder, SECONDS));
  }

  async raw(): Promise<Table> {
    const table = await loadTable(this.deployment.files, this.deployment.catalog, rawTable('orders'));
    assert.ok(table !== null);
    return table;
  }

  async files(): Promise<readonly DataFile[]> {
    const { metadata } = await this.raw();
    return (await planScan(this.deployment.files, metadata, currentSnapshot(metadata))).map(
      ({ file }) => file,
    );
  }

  async rows(): Promise<number> {
    return (await this.files()).reduce((rows, { recordCount }) => rows + Number(recordCount), 0);
  }

  async swap(change: FileSwap): Promise<void> {
    const { deployment } = this;
    const ctx = { workId: crypto.randomUUID(), now: deployment.now, summary: {}, newSnapshotId };
    const prepared = await prepareFileSwap(deployment.files, await this.raw(), change, ctx);
    assert.ok(prepared !== null);
    await deployment.catalog.swap(prepared.swap, prepared.metadata);
  }

  /** Expired rows in the state alone. */
  async expired(): Promise<number> {
    return (await this.deployment.store.checkpoint('orders')).totals.gone.expired;
  }

  /** A record that was written again is one record on DynamoDB, by its start. */
  async records(): Promise<readonly string[]> {
    const records = await this.deployment.store.maintenance('raw.orders', 50);
    const first = records.filter(
      (each, at) => records.findIndex((one) => one.startedAt === each.startedAt) === at,
    );
    return first.map(({ action, before }) => `${action} ${before.rows}`).toSorted();
  }

  async assertBalanced(): Promise<void> {
    const { metadata } = await this.raw();
    const checkpoint = withExpired(await this.deployment.store.checkpoint('orders'), metadata);
    const { outcomes, gone } = checkpoint.totals;
    const backlog = appendsBetween(metadata, checkpoint.snapshotId, metadata['current-snapshot-id'] ?? 0n);
    const waiting = backlog.reduce((rows, { summary }) => rows + Number(summary['added-records']), 0);
    assert.equal((await this.rows()) + gone.expired, fatesSum(outcomes) + gone.unreached + waiting);
  }

  /** The test decides about its swaps. */
  swapping(swaps: (real: GlueCatalog['swap']) => GlueCatalog['swap']): AwsDeployment {
    const { deployment } = this;
    return { ...deployment, catalog: { ...deployment.catalog, swap: swaps(deployment.catalog.swap) } };
  }
}

/** Moves RAW's pointer, and writes no state. */
function crashing(deployment: AwsDeployment): AwsDeployment {
  const store = new Proxy(deployment.store, {
    get: (target, name) => {
      if (name === 'recordMaintenance') return () => Promise.reject(lost());
      const member = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { ...deployment, store };
}

const bench = (contract: string, work: (bench: Bench) => Promise<void>) => async (): Promise<void> => {
  const deployment = await memoryDeployment(contract, NOON);
  try {
    await work(new Bench(deployment));
  } finally {
    await deployment.close();
  }
};

suite('retention of RAW from the control function', () => {
  test(
    'whole days (UTC) that batches have read go, and the checkpoint goes over them; nothing is deleted',
    bench(kept(20), async (bench) => {
      for (const days of [21n, 20n, 1n]) await bench.append(days, days);
      await bench.run();
      // The 21st day ends at midnight, and its last microsecond counts.
      bench.deployment.now = NOON + DAY / 2n - 1n;
      assert.equal(await bench.retain(), true);
      assert.equal(await bench.rows(), 21);
      assert.equal(await bench.expired(), 21);
      bench.deployment.now += 1n;
      assert.equal(await bench.retain(), true);
      assert.deepEqual([await bench.rows(), await bench.expired()], [1, 41]);
      assert.deepEqual(await bench.records(), ['expire-rows 20', 'expire-rows 21']);
      assert.equal(await bench.retain(), false);
      const { snapshotId } = await bench.deployment.store.checkpoint('orders');
      assert.equal(snapshotId, (await bench.raw()).metadata['current-snapshot-id']);
      assert.deepEqual(bench.deployment.files.removed, []);
      await bench.assertBalanced();
    }),
  );

  test(
    'without retention every row stays, and so does a file without bounds for the age of its rows',
    bench(contractText(ORDER_ID), async (bench) => {
      await bench.append(2n, 4_000n);
      await bench.run();
      assert.equal(await bench.retain(), false);
      const [file] = await bench.files();
      assert.ok(file !== undefined);
      const silent = { ...file, path: `${file.path}x`, upperBounds: null };
      await bench.swap({ operation: 'replace', removed: [file], added: [silent] });
      const contract = async () => {
        const found = await bench.deployment.contract('orders');
        return { ...found, topic: { ...found.topic, retentionSeconds: 20 * 86_400 } };
      };
      assert.equal(await bench.retain({ ...bench.deployment, contract }), false);
      assert.equal(await bench.rows(), 2);
    }),
  );

  test(
    'no row expires before a batch has read it, also if an engine compacted it with other rows',
    bench(kept(20), async (bench) => {
      await bench.append(1n, 50n);
      assert.equal(await bench.retain(), false);
      await bench.run();
      await bench.append(2n, 40n);
      await bench.append(3n, 30n);
      const packed = (await bench.files()).filter(({ recordCount }) => recordCount < 3n);
      const [oldest] = packed.toSorted((a, b) => Number(a.recordCount - b.recordCount));
      const [newest] = packed.toSorted((a, b) => Number(b.recordCount - a.recordCount));
      assert.ok(oldest !== undefined && newest !== undefined);
      const both = { ...newest, path: `${newest.path}-packed`, recordCount: 3n };
      await bench.swap({ operation: 'replace', removed: packed, added: [both] });
      assert.equal(await bench.retain(), false);
      assert.equal(await bench.rows(), 6);
      await bench.run();
      assert.equal(await bench.retain(), true);
      assert.deepEqual([await bench.rows(), await bench.expired()], [0, 6]);
      await bench.assertBalanced();
    }),
  );

  test(
    'no row expires while a batch is under way',
    bench(kept(20), async (bench) => {
      await bench.append(2n, 40n);
      await bench.run();
      await bench.append(1n, 0n);
      await bench.run(true);
      assert.equal(await bench.retain(), false);
      assert.equal(await bench.rows(), 3);
      await bench.run();
      assert.equal(await bench.retain(), true);
      await bench.assertBalanced();
    }),
  );

  test(
    'if rows wait, the batch that reads past the removal counts it, once',
    bench(kept(20), async (bench) => {
      await bench.append(2n, 40n);
      await bench.run();
      await bench.append(3n, 40n);
      assert.equal(await bench.retain(), true);
      const before = await bench.deployment.store.checkpoint('orders');
      await bench.assertBalanced();
      assert.equal(await bench.expired(), 0);
      await bench.append(4n, 0n);
      await bench.run();
      assert.equal(await bench.expired(), 2);
      assert.notEqual((await bench.deployment.store.checkpoint('orders')).snapshotId, before.snapshotId);
      await bench.assertBalanced();
      assert.equal(await bench.retain(), true);
      assert.equal(await bench.expired(), 5);
      assert.deepEqual(await bench.records(), ['expire-rows 2', 'expire-rows 3']);
      await bench.assertBalanced();
    }),
  );

  test(
    'rows stay as long as a duplicate may arrive, whatever the contract says',
    bench(kept(1), async (bench) => {
      for (const days of [14n, 15n, 16n]) await bench.append(days, days);
      await bench.run();
      await bench.retain();
      assert.equal(await bench.rows(), 14 + 15);
    }),
  );

  test(
    'a removal is planned again if the stream was faster, and fails if the stream always is',
    bench(kept(20), async (bench) => {
      await bench.append(2n, 40n);
      await bench.run();
      let swaps = 0;
      const racing = bench.swapping((real) => async (change, metadata) => {
        swaps += 1;
        if (swaps === 1) await bench.append(5n, 0n);
        await real(change, metadata);
      });
      assert.equal(await bench.retain(racing), true);
      assert.deepEqual([swaps, await bench.rows()], [2, 5]);
      await bench.assertBalanced();
      await bench.run();
      await bench.assertBalanced();
      bench.deployment.now += 30n * DAY;
      const losing = bench.swapping((real) => async (change, metadata) => {
        await bench.append(1n, 0n);
        await real(change, metadata);
      });
      await assert.rejects(bench.retain(losing), fails('COMMIT_CONFLICT'));
      assert.equal(await bench.rows(), 10);
      await bench.assertBalanced();
    }),
  );

  test(
    'a swap whose answer was lost counts once, also if others committed on it',
    bench(kept(20), async (bench) => {
      // A conflict although our own swap succeeded: the SDK repeated the call, and its version was outdated then.
      for (const [follows, error] of [
        [false, lost()],
        [true, lost()],
        [false, conflict()],
        [true, conflict()],
      ] as const) {
        await bench.append(2n, 40n);
        await bench.run();
        const before = await bench.expired();
        const unsure = bench.swapping((real) => async (change, metadata) => {
          await real(change, metadata);
          if (follows) await bench.append(1n, 0n);
          throw error;
        });
        if (error.code === 'COMMIT_CONFLICT') assert.equal(await bench.retain(unsure), true);
        else await assert.rejects(bench.retain(unsure), fails('AWS_UNAVAILABLE'));
        await bench.assertBalanced();
        if (follows) await bench.run();
        else await bench.retain();
        assert.equal(await bench.expired(), before + 2);
        assert.equal(await bench.retain(), false);
        assert.equal(await bench.expired(), before + 2);
        await bench.assertBalanced();
      }
      assert.deepEqual(await bench.records(), Array(4).fill('expire-rows 2'));
    }),
  );

  test(
    'the next run completes a crash between swap and state',
    bench(kept(20), async (bench) => {
      for (const byBatch of [false, true]) {
        await bench.append(3n, 40n);
        await bench.run();
        const before = await bench.expired();
        await assert.rejects(bench.retain(crashing(bench.deployment)), fails('AWS_UNAVAILABLE'));
        assert.equal(await bench.expired(), before);
        await bench.assertBalanced();
        if (byBatch) {
          await bench.append(1n, 0n);
          await bench.run();
        } else await bench.retain();
        assert.equal(await bench.expired(), before + 3);
        await bench.assertBalanced();
      }
      assert.deepEqual(await bench.records(), ['expire-rows 3', 'expire-rows 3']);
    }),
  );

  test(
    'several such crashes all count',
    bench(kept(20), async (bench) => {
      for (const days of [40n, 19n, 18n]) await bench.append(days, days);
      await bench.run();
      await assert.rejects(bench.retain(crashing(bench.deployment)), fails('AWS_UNAVAILABLE'));
      bench.deployment.now += 2n * DAY;
      await assert.rejects(bench.retain(crashing(bench.deployment)), fails('AWS_UNAVAILABLE'));
      await bench.assertBalanced();
      bench.deployment.now += DAY;
      assert.equal(await bench.retain(), true);
      assert.deepEqual([await bench.rows(), await bench.expired()], [0, 77]);
      assert.deepEqual(await bench.records(), ['expire-rows 18', 'expire-rows 19', 'expire-rows 40']);
      await bench.assertBalanced();
    }),
  );

  test(
    'a stale holder removes nothing',
    bench(kept(20), async (bench) => {
      await bench.append(2n, 40n);
      await bench.run();
      await bench.as(async (stale) => {
        bench.deployment.now += DAY;
        await bench.as(() =>
          assert.rejects(retainRaw(bench.deployment, stale, SECONDS), fails('LEASE_LOST')),
        );
      });
      assert.equal(await bench.rows(), 2);
    }),
  );

  test(
    'a rebuild with keep_unreachable carries over rows whose messages have expired, counted or not',
    bench(kept(20), async (bench) => {
      const plan = async () => {
        const next = await bench.rebuild(true);
        assert.ok(next.outcome === 'batch');
        const uri = next.jobArguments['--plan_uri'] ?? '';
        return JSON.parse(Buffer.from(await bench.deployment.files.read(uri)).toString('utf8'));
      };
      await bench.append(2n, 40n);
      await bench.run();
      const { target, upserts } = await plan();
      assert.equal(target, 'SELECT * FROM {table} WHERE false');
      assert.doesNotMatch(upserts, /carried/);
      // One of its rows is a duplicate of the other. After their expiry nobody can recognize that.
      await bench.finish({ carried: 0, copies: 1 });
      await bench.append(3n, 0n);
      await bench.retain();
      assert.equal(await bench.expired(), 0);
      const keeping = await plan();
      assert.match(keeping.target, /FROM \{table\} t\s+WHERE NOT EXISTS \(SELECT 1 FROM raw_batch/);
      assert.match(keeping.upserts, /UNION ALL .*'carried:'/s);
      await bench.finish({ carried: 2 });
      const { gone, raw } = (await bench.deployment.store.checkpoint('orders')).totals;
      assert.deepEqual([gone.expired, gone.carried, gone.unreached, raw], [2, 2, 2, 1 + 3]);
      await bench.assertBalanced();
    }),
  );

  test(
    'a rebuild is refused as soon as rows have expired, counted or not; a delete by another writer halts',
    bench(kept(20), async (bench) => {
      const rebuild = () => bench.rebuild(false);
      await bench.append(2n, 40n);
      await bench.run();
      await bench.append(3n, 0n);
      await bench.retain();
      assert.equal(await bench.expired(), 0);
      await assert.rejects(rebuild(), fails('RAW_EXPIRED'));
      await bench.append(1n, 0n);
      await bench.run();
      await assert.rejects(rebuild(), fails('RAW_EXPIRED'));
      const [file] = await bench.files();
      assert.ok(file !== undefined);
      await bench.swap({ operation: 'delete', removed: [file], added: [] });
      await bench.append(1n, 0n);
      await assert.rejects(bench.run(), fails('RAW_HISTORY_CHANGED'));
      await assert.rejects(bench.retain(), fails('RAW_HISTORY_CHANGED'));
    }),
  );
});
