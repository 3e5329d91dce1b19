import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { IngestCommit } from '../../../src/state/ingest-commit.ts';
import type { Lease, LeaseScope } from '../../../src/state/lease.ts';
import type { SourceProgress } from '../../../src/state/source.ts';
import type { OpenedStore } from '../../../src/state/sqlite/store.ts';
import type { TableCommit } from '../../../src/state/table-commit.ts';
import { fails, stateContract } from '../contract.ts';
import { counts, ingest, intentAfter, letter, NOON, semantic, TTL } from '../samples.ts';
import { type Folder, newFolder } from './workspace.ts';

stateContract('SQLite', async () => {
  const folder = await newFolder();
  return { one: folder.open().store, two: folder.open().store, dead: folder.dead, remove: folder.remove };
});

const RAW = { namespace: 'raw', name: 'orders' };
const TABLE = { namespace: 'semantic', name: 'orders' };
const ERRORS = { namespace: 'semantic', name: 'orders_errors' };

const progress = (offset: bigint, parts: Partial<SourceProgress> = {}): SourceProgress => ({
  sourceId: 's1',
  topic: 'orders',
  path: '/in/orders.ndjson',
  inode: 42n,
  size: 1000n,
  firstHash: 'f',
  lastHash: 'l',
  offset,
  offsetHash: `h${offset}`,
  messages: 10n,
  arrivedAt: NOON,
  complete: false,
  updatedAt: NOON,
  ...parts,
});

const tables = (workId: string, parts: Partial<TableCommit> = {}): TableCommit => ({
  workId,
  swaps: [],
  files: [],
  removedFiles: [],
  ...parts,
});

const unit = (workId: string, parts: Partial<IngestCommit> = {}): IngestCommit => ({
  tables: tables(workId, { swaps: [{ table: RAW, expected: null, next: 'v1' }] }),
  progress: progress(500n),
  expectedOffset: null,
  counts: { received: 3, raw: 2, deadLettered: 1 },
  deadLetters: [letter('orders', 'file:s1@9')],
  replayed: [],
  committedAt: NOON,
  ...parts,
});

describe('SQLite: a commit is complete or absent', () => {
  let folder: Folder;
  let opened: OpenedStore;
  beforeEach(async () => {
    folder = await newFolder();
    opened = folder.open();
  });
  afterEach(async () => {
    await opened.store.close();
    await folder.remove();
  });

  const take = async (scope: LeaseScope, now = NOON): Promise<Lease> => {
    const answer = await opened.store.acquireLease(scope, 'me', TTL, now);
    assert.ok(answer.kind === 'acquired');
    return answer.lease;
  };
  const work = (lease: Lease, workId: string) =>
    opened.store.openWork(lease, { workId, kind: 'ingest', directories: ['data/warehouse/raw/orders'] });

  /** Everything that a commit of the ingest may change, for comparison before and after. */
  const everything = async () => ({
    checkpoint: await opened.store.checkpoint('orders'),
    raw: await opened.catalog.metadataLocation(RAW),
    sources: await opened.store.sources('orders'),
    letters: await opened.store.deadLetters({}, 100, null),
    days: await opened.store.counters('orders', '0000', '9999'),
    file: await opened.store.fileChecksum('/w/a.parquet'),
    works: await opened.store.openWorks(),
  });

  it('commits a unit: table, offset, totals, counters, dead letters, checksums, closed work', async () => {
    const lease = await take(ingest('orders'));
    await work(lease, 'work-one');
    const files = [{ path: '/w/a.parquet', sha256: 'aa', size: 9n }];
    const swaps = [{ table: RAW, expected: null, next: 'v1' }];
    await opened.store.commitIngest(
      lease,
      unit('work-one', { tables: tables('work-one', { swaps, files }) }),
    );
    const after = await everything();
    assert.equal(after.raw, 'v1');
    assert.deepEqual(after.sources, [progress(500n)]);
    assert.equal(after.letters.items.length, 1);
    assert.deepEqual(after.days[0]?.intake, { received: 3, raw: 2, deadLettered: 1 });
    assert.equal(after.checkpoint.totals.received, 3);
    assert.deepEqual(after.file, files[0]);
    assert.deepEqual(after.works, []);
    assert.deepEqual(await opened.catalog.tables(), [RAW]);
  });

  it('keeps nothing of a unit whose last step fails', async () => {
    const lease = await take(ingest('orders'));
    await opened.store.storeDeadLetters([letter('orders', 'old')]);
    await work(lease, 'work-one');
    const before = await everything();
    const broken: readonly [string, Partial<IngestCommit>][] = [
      [
        'COMMIT_CONFLICT',
        { tables: tables('work-one', { swaps: [{ table: RAW, expected: 'v0', next: 'v1' }] }) },
      ],
      ['CHECKPOINT_CONFLICT', { expectedOffset: 7n }],
      ['CHECKPOINT_CONFLICT', { replayed: ['unknown'] }],
      ['INTERNAL', { deadLetters: [letter('orders', 'old')] }],
      ['INTERNAL', { counts: { received: 4, raw: 2, deadLettered: 1 } }],
      ['LEASE_LOST', { tables: tables('work-two') }],
    ];
    for (const [code, parts] of broken) {
      await assert.rejects(opened.store.commitIngest(lease, unit('work-one', parts)), { code });
      assert.deepEqual(await everything(), before);
    }
  });

  it('does not commit a unit twice', async () => {
    const lease = await take(ingest('orders'));
    await work(lease, 'work-one');
    await opened.store.commitIngest(lease, unit('work-one'));
    const before = await everything();
    await assert.rejects(opened.store.commitIngest(lease, unit('work-one')), fails('LEASE_LOST'));
    await work(lease, 'work-two');
    const again = unit('work-two', { tables: tables('work-two') });
    await assert.rejects(opened.store.commitIngest(lease, again), fails('CHECKPOINT_CONFLICT'));
    await opened.store.dropWorks(lease, ['work-two']);
    assert.deepEqual(await everything(), before);
  });

  it('closes a replayed letter in the commit that replays it', async () => {
    const old = letter('orders', 'old');
    await opened.store.storeDeadLetters([old]);
    const lease = await take(ingest('orders'));
    await work(lease, 'work-one');
    const replay = unit('work-one', {
      progress: null,
      counts: { received: 1, raw: 1, deadLettered: 0 },
      deadLetters: [],
      replayed: [old.id],
      repair: { sha256: 'f'.repeat(64), size: 9n },
    });
    await opened.store.commitIngest(lease, replay);
    assert.deepEqual(await opened.store.deadLetterCounts('orders'), { open: 0, replayed: 1, discarded: 0 });
    const closing = { at: NOON, by: 'me', reason: null, repair: { sha256: 'f'.repeat(64), size: 9n } };
    assert.deepEqual((await opened.store.deadLetter(old.id))?.letter.closing, closing);
  });

  it('halts a topic with the unit that exceeded its budget, and then accepts only replays', async () => {
    const lease = await take(ingest('orders'));
    const commit = async (workId: string, parts: Partial<IngestCommit> = {}) => {
      await work(lease, workId);
      await opened.store.commitIngest(lease, unit(workId, { tables: tables(workId), ...parts }));
    };
    const halt = { work: 'ingest', bad: 1, of: 3, share: 0.1, at: NOON } as const;
    await commit('work-one', { halt });
    assert.deepEqual((await opened.store.checkpoint('orders')).halt, halt);
    assert.equal((await opened.store.checkpoint('orders')).totals.received, 3);
    const next = { progress: progress(600n), expectedOffset: 500n, deadLetters: [letter('orders', 'b')] };
    await assert.rejects(commit('work-two', next), fails('TOPIC_HALTED'));
    const [open] = (await opened.store.deadLetters({}, 1, null)).items;
    assert.ok(open);
    const replay = { progress: null, deadLetters: [], replayed: [open.id] };
    await commit('work-three', { ...replay, counts: { received: 1, raw: 1, deadLettered: 0 } });
    await opened.store.resumeTopic('orders', true);
    await opened.store.dropWorks(lease, ['work-two']);
    await commit('work-four', next);
    assert.equal((await opened.store.checkpoint('orders')).accepted, 'ingest');
    const last = { progress: progress(700n), expectedOffset: 600n, deadLetters: [letter('orders', 'c')] };
    await commit('work-five', { ...last, endsAcceptance: true });
    assert.equal((await opened.store.checkpoint('orders')).accepted, null);
  });

  it('commits a batch with all its tables, or none of them', async () => {
    const lease = await take(semantic('orders'));
    const intent = intentAfter(await opened.store.checkpoint('orders'), 7n);
    await opened.store.storeIntent(lease, intent);
    const completion = {
      batchId: intent.batchId,
      sequenceNumber: 1n,
      counts: counts({ rawRows: 1, inserted: 1 }),
      checks: [],
      completedAt: NOON,
    };
    await work(lease, 'work-one');
    const before = await everything();
    const first = { table: TABLE, expected: null, next: 't1' };
    const conflicting = tables('work-one', { swaps: [first, { table: ERRORS, expected: 'e0', next: 'e1' }] });
    await assert.rejects(
      opened.store.completeBatch(lease, completion, conflicting),
      fails('COMMIT_CONFLICT'),
    );
    assert.deepEqual(await everything(), before);
    assert.equal(await opened.catalog.metadataLocation(TABLE), null);
    const whole = tables('work-one', { swaps: [first, { table: ERRORS, expected: null, next: 'e1' }] });
    assert.equal(await opened.store.completeBatch(lease, completion, whole), 'completed');
    assert.equal(await opened.store.completeBatch(lease, completion, whole), 'already');
    const view = await opened.store.ledgerView('orders');
    assert.deepEqual([view.raw, view.semantic, view.errors], [null, 't1', 'e1']);
    assert.equal(view.checkpoint.snapshotId, 7n);
  });

  it('does not commit work that a new holder dropped', async () => {
    const stale = await take(ingest('orders'));
    await work(stale, 'work-one');
    const lease = await take(ingest('orders'), NOON + TTL);
    await opened.store.dropWorks(lease, ['work-one']);
    await assert.rejects(opened.store.commitIngest(stale, unit('work-one')), fails('LEASE_LOST'));
    assert.deepEqual(await opened.store.openWorks(), []);
  });

  it('drops only works of its own scope', async () => {
    const lease = await take(ingest('orders'));
    const other = await take(ingest('payments'));
    await work(lease, 'work-one');
    await opened.store.dropWorks(other, ['work-one']);
    assert.equal((await opened.store.openWorks()).length, 1);
  });

  it('finds a source by path, inode or first bytes', async () => {
    const lease = await take(ingest('orders'));
    await work(lease, 'work-one');
    await opened.store.commitIngest(lease, unit('work-one'));
    const none = { path: '', inode: 0n, firstHash: '' };
    const find = (parts: Partial<typeof none>) => opened.store.findSources('orders', { ...none, ...parts });
    assert.equal((await find({ path: '/in/orders.ndjson' })).length, 1);
    assert.equal((await find({ inode: 42n })).length, 1);
    assert.equal((await find({ firstHash: 'f' })).length, 1);
    assert.equal((await find({})).length, 0);
    assert.equal((await opened.store.findSources('payments', { ...none, inode: 42n })).length, 0);
  });
});
