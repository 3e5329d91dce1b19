import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { prepareAppend } from '../../../src/iceberg/append.ts';
import type { TableRef } from '../../../src/iceberg/catalog.ts';
import type { PreparedCommit } from '../../../src/iceberg/commit.ts';
import { createTable } from '../../../src/iceberg/define.ts';
import { keptSnapshots, prepareExpiry } from '../../../src/iceberg/expiry.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import type { Table } from '../../../src/iceberg/table.ts';
import { derivedTable, rawTable } from '../../../src/pipeline/batches/topic-tables.ts';
import { neededSnapshots } from '../../../src/pipeline/maintenance/needed-snapshots.ts';
import { RAW_DEFINITION } from '../../../src/raw/table.ts';
import { BATCH_ID, MAINTENANCE } from '../../../src/semantic/snapshot-labels.ts';

const BEFORE_ANY_BATCH = { snapshotId: null, intent: null };

suite('the snapshots that must not expire', () => {
  let folder = '';
  let now = 1_767_225_600_000_000n;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lean-ops-needed-'));
  });
  after(() => rm(folder, { recursive: true }));

  const context = (id: bigint, summary: Readonly<Record<string, string>>) => {
    now += 1_000_000n;
    return { workId: randomUUID(), now, summary, newSnapshotId: () => id };
  };
  /** The columns do not matter here: every table has RAW's. */
  const newTable = (ref: TableRef): Table =>
    createTable(ref, join(folder, randomUUID()), randomUUID(), RAW_DEFINITION, now);
  const committed = ({ swap, metadata }: PreparedCommit): Table => {
    return { ref: swap.table, metadataLocation: swap.next, metadata };
  };
  /** The table with one snapshot for each summary, whose ids are 1, 2, … */
  const history = async (
    ref: TableRef,
    ...summaries: readonly Readonly<Record<string, string>>[]
  ): Promise<Table> => {
    let table = newTable(ref);
    for (const [index, summary] of summaries.entries())
      table = committed(await prepareAppend(localFiles, table, [], context(BigInt(index + 1), summary)));
    return table;
  };
  const expire = async (table: Table, maxSnapshots: number): Promise<Table> => {
    const kept = keptSnapshots(table.metadata, { olderThan: 0n, maxSnapshots, needed: [] });
    return committed(await prepareExpiry(localFiles, table, kept, [], context(0n, {})));
  };
  const needed = ({ ref, metadata }: Table, checkpoint: Parameters<typeof neededSnapshots>[2]) =>
    neededSnapshots(ref.namespace, metadata, checkpoint);

  test('RAW keeps everything before the first batch', async () => {
    assert.equal(needed(await history(rawTable('things'), {}, {}), BEFORE_ANY_BATCH), null);
    assert.equal(needed(await history(rawTable('things')), BEFORE_ANY_BATCH), null);
  });

  test("RAW keeps the checkpoint's snapshot, and during a batch its end too", async () => {
    const raw = await history(rawTable('things'), {}, {}, {});
    assert.deepEqual(needed(raw, { snapshotId: 2n, intent: null }), [2n]);
    assert.deepEqual(needed(raw, { snapshotId: 1n, intent: { endSnapshotId: 3n } }), [1n, 3n]);
  });

  test("RAW keeps everything if its history has lost the checkpoint's snapshot", async () => {
    const raw = await expire(await history(rawTable('things'), {}, {}, {}), 2);
    assert.deepEqual(
      raw.metadata.snapshots.map((snapshot) => snapshot['snapshot-id']),
      [2n, 3n],
    );
    assert.equal(needed(raw, { snapshotId: 1n, intent: null }), null);
    assert.deepEqual(needed(raw, { snapshotId: 2n, intent: null }), [2n]);
    assert.equal(needed(await history(rawTable('things')), { snapshotId: 1n, intent: null }), null);
  });

  test('RAW keeps everything if only another branch holds the checkpoint', async () => {
    const raw = await history(rawTable('things'), {}, {}, {});
    const rolledBack = { ...raw.metadata, 'current-snapshot-id': 2n };
    assert.equal(neededSnapshots('raw', rolledBack, { snapshotId: 3n, intent: null }), null);
  });

  test('a derived table keeps the snapshot of its newest batch, behind snapshots of maintenance', async () => {
    const table = await history(
      derivedTable('things'),
      { [BATCH_ID]: 'first' },
      { [BATCH_ID]: 'second' },
      { [MAINTENANCE]: 'compact' },
      {},
    );
    assert.deepEqual(needed(table, { snapshotId: 9n, intent: null }), [2n]);
  });

  test('a derived table without a snapshot of a batch keeps none for its own sake', async () => {
    assert.deepEqual(needed(await history(derivedTable('things'), {}), BEFORE_ANY_BATCH), []);
    assert.deepEqual(needed(await history(derivedTable('things')), BEFORE_ANY_BATCH), []);
  });

  test('a batch on another branch of a derived table is not its newest', async () => {
    const table = await history(derivedTable('things'), { [BATCH_ID]: 'first' }, { [BATCH_ID]: 'second' });
    const rolledBack = { ...table.metadata, 'current-snapshot-id': 1n };
    assert.deepEqual(neededSnapshots('semantic', rolledBack, BEFORE_ANY_BATCH), [1n]);
  });
});
