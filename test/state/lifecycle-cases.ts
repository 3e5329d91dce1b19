import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { TopicHalt } from '../../src/state/halt.ts';
import type { StateStore } from '../../src/state/port.ts';
import { fails, type Pair, type Take } from './contract.ts';
import { CLOSING, completionOf, ingest, intentAfter, letter, NOON, SECOND, semantic } from './samples.ts';

const HALT: TopicHalt = { work: 'semantic', bad: 60, of: 100, share: 0.5, at: NOON };
const DAY = 86_400n * SECOND;

/** The state contract's cases for closed dead letters, halted topics, redriven rows and failed runs. */
export function lifecycleCases(pair: () => Pair, take: Take): void {
  closingCases(pair);
  haltCases(pair, take);
  selectionCases(pair, take);
  failureCases(pair);
}

/** How dead letters are closed. */
function closingCases(pair: () => Pair): void {
  it('keeps when, by whom and why a dead letter was closed, and what was replayed instead', async () => {
    const { one, two } = pair();
    const [kept, discarded, repaired] = ['a', 'b', 'c'].map((source) => letter('orders', source));
    assert.ok(kept && discarded && repaired);
    await one.storeDeadLetters([kept, discarded, repaired]);
    const reason = { ...CLOSING, reason: 'a test of the producer' };
    const repair = { ...CLOSING, at: NOON + 1n, repair: { sha256: 'f'.repeat(64), size: 2n ** 40n } };
    assert.equal(await one.closeDeadLetters([discarded.id], 'discarded', reason), 1);
    assert.equal(await one.closeDeadLetters([repaired.id], 'replayed', repair), 1);
    // A closed letter keeps its first closing.
    assert.equal(await two.closeDeadLetters([discarded.id], 'replayed', repair), 0);
    assert.equal((await two.deadLetter(kept.id))?.letter.closing, null);
    assert.deepEqual((await two.deadLetter(discarded.id))?.letter.closing, reason);
    const found = await two.deadLetter(repaired.id);
    assert.deepEqual(found?.letter.closing, repair);
    assert.deepEqual([found?.letter.bodySha256, found?.body.kind], [repaired.bodySha256, 'inline']);
    const { items } = await two.deadLetters({ status: 'replayed' }, 10, null);
    assert.deepEqual(
      items.map(({ closing }) => closing),
      [repair],
    );
  });

  it('closes an open dead letter once, and counts by status', async () => {
    const { one, two } = pair();
    const letters = ['a', 'b', 'c', 'd'].map((source) => letter('orders', source));
    const ids = letters.map((each) => each.id);
    await one.storeDeadLetters(letters);
    assert.equal(await one.closeDeadLetters(ids.slice(0, 2), 'replayed', CLOSING), 2);
    assert.equal(await two.closeDeadLetters(ids.slice(0, 3), 'discarded', CLOSING), 1);
    assert.equal(await two.closeDeadLetters(['unknown'], 'discarded', CLOSING), 0);
    assert.deepEqual(await one.deadLetterCounts('orders'), { open: 1, replayed: 2, discarded: 1 });
    assert.deepEqual(await one.deadLetterCounts('payments'), { open: 0, replayed: 0, discarded: 0 });
    // Storing the same reception again does not reopen a closed letter.
    assert.equal(await one.storeDeadLetters(letters), 0);
    assert.equal((await one.deadLetterCounts('orders')).open, 1);
  });
}

/** A batch under way. */
async function beginning(store: StateStore, take: Take) {
  const lease = await take(store, semantic('orders'), 'one');
  const intent = intentAfter(await store.checkpoint('orders'), 7n);
  await store.storeIntent(lease, intent);
  return { lease, intent };
}

/** A halted topic accepts no batch until a person resumes it. */
function haltCases(pair: () => Pair, take: Take): void {
  const begun = (store: StateStore) => beginning(store, take);

  it('halts a topic: discards the batch under way and refuses the next', async () => {
    const { one, two } = pair();
    const { lease, intent } = await begun(one);
    await one.haltTopic(lease, HALT);
    const halted = await two.checkpoint('orders');
    assert.deepEqual([halted.halt, halted.intent, halted.snapshotId], [HALT, null, null]);
    assert.deepEqual((await two.checkpoints())[0]?.halt, HALT);
    await assert.rejects(one.storeIntent(lease, intent), fails('TOPIC_HALTED'));
    const completion = completionOf(intent.batchId);
    await assert.rejects(one.completeBatch(lease, completion), fails('CHECKPOINT_CONFLICT'));
    assert.equal((await two.checkpoint('payments')).halt, null);
  });

  it('resumes a topic: accepts the stopped batch once if a person asks for it', async () => {
    const { one, two } = pair();
    const { lease, intent } = await begun(one);
    await one.haltTopic(lease, HALT);
    assert.deepEqual(await two.resumeTopic('orders', true), HALT);
    assert.equal(await two.resumeTopic('orders', false), null);
    const resumed = await one.checkpoint('orders');
    assert.deepEqual([resumed.halt, resumed.accepted], [null, 'semantic']);
    await one.storeIntent(lease, intent);
    assert.equal((await one.checkpoint('orders')).accepted, 'semantic');
    const completion = completionOf(intent.batchId);
    await one.completeBatch(lease, completion);
    assert.equal((await two.checkpoint('orders')).accepted, null);
    await one.haltTopic(lease, HALT);
    await two.resumeTopic('orders', false);
    assert.equal((await one.checkpoint('orders')).accepted, null);
  });

  it('keeps the batch under way if the ingest halts, and accepts a rebuild, which ends a semantic halt', async () => {
    const { one } = pair();
    const { lease, intent } = await begun(one);
    const intake = await take(one, ingest('orders'), 'one');
    await one.haltTopic(intake, { ...HALT, work: 'ingest' });
    const halted = await one.checkpoint('orders');
    assert.equal(halted.intent?.batchId, intent.batchId);
    await one.resumeTopic('orders', false);
    await one.haltTopic(lease, HALT);
    const before = await one.checkpoint('orders');
    const rebuild = intentAfter(before, 8n, { kind: 'rebuild', startSnapshotId: null, generation: 2 });
    await one.storeIntent(lease, rebuild);
    assert.deepEqual((await one.checkpoint('orders')).halt, HALT);
    const completion = completionOf(rebuild.batchId);
    await one.completeBatch(lease, completion);
    assert.equal((await one.checkpoint('orders')).halt, null);
  });

  it('halts only under the lease of the halted work', async () => {
    const { one, two } = pair();
    const intake = await take(one, ingest('orders'), 'one');
    await assert.rejects(one.haltTopic(intake, HALT), fails('INTERNAL'));
    await one.releaseLease(intake);
    await assert.rejects(one.haltTopic(intake, { ...HALT, work: 'ingest' }), fails('LEASE_LOST'));
    assert.equal((await two.checkpoint('orders')).halt, null);
  });
}

/** The selection of a redrive. */
function selectionCases(pair: () => Pair, take: Take): void {
  it('makes the selection part of the batch id, and keeps it with the intent', async () => {
    const { one, two } = pair();
    const { lease, intent } = await beginning(one, take);
    await one.completeBatch(lease, completionOf(intent.batchId));
    const checkpoint = await one.checkpoint('orders');
    const redrive = (selection: { code: 'CDE_MISSING' | null; messageId: string | null }) =>
      intentAfter(checkpoint, 7n, { kind: 'redrive', startSnapshotId: null, selection });
    const all = redrive({ code: null, messageId: null });
    const some = redrive({ code: 'CDE_MISSING', messageId: null });
    const single = redrive({ code: null, messageId: 'CDE_MISSING' });
    assert.equal(new Set([all, some, single].map(({ batchId }) => batchId)).size, 3);
    await one.storeIntent(lease, some);
    assert.deepEqual((await two.checkpoint('orders')).intent?.selection, some.selection);
    await assert.rejects(one.storeIntent(lease, all), fails('CHECKPOINT_CONFLICT'));
  });
}

/** Failures of runs, counted for people and alerts. */
function failureCases(pair: () => Pair): void {
  it('counts failures per topic, code and UTC day, with the first and the last time', async () => {
    const { one, two } = pair();
    const note = { topic: 'orders', code: 'DISK_FULL', at: NOON } as const;
    await one.recordFailure({ ...note, at: NOON + 5n });
    await two.recordFailure(note);
    await one.recordFailure({ ...note, at: NOON + DAY });
    await one.recordFailure({ ...note, code: 'STATE_BUSY' });
    await one.recordFailure({ ...note, topic: 'payments' });
    const first = { ...note, stage: 'storage', day: '2026-03-01', firstAt: NOON } as const;
    const { at: _at, ...known } = first;
    assert.deepEqual(await two.failures('orders', '2026-03-01', '2026-03-01'), [
      { ...known, count: 2, lastAt: NOON + 5n },
      { ...known, code: 'STATE_BUSY', stage: 'state', count: 1, lastAt: NOON },
    ]);
    assert.equal((await two.failures('orders', '2026-03-01', '2026-03-02')).length, 3);
    assert.deepEqual(await two.failures('unknown', '2026-03-01', '2026-03-02'), []);
  });
}
