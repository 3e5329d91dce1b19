import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { LeanOpsError } from '../../src/errors/error.ts';
import type { ErrorCode } from '../../src/errors/taxonomy.ts';
import type { Lease, LeaseScope } from '../../src/state/lease.ts';
import type { StateStore } from '../../src/state/port.ts';
import { alertCases } from './alert-cases.ts';
import { checkCases } from './check-cases.ts';
import { lifecycleCases } from './lifecycle-cases.ts';
import { maintenanceCases } from './maintenance-cases.ts';
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
} from './samples.ts';

/** Two handles on the same state, as two processes have them. */
export interface Pair {
  readonly one: StateStore;
  readonly two: StateStore;
  /** Owners named here count as certainly dead. */
  readonly dead: Set<string>;
  readonly remove: () => Promise<void>;
}

export const fails = (code: ErrorCode) => (error: unknown) => {
  assert.ok(error instanceof LeanOpsError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

/** The cases that every implementation of StateStore must pass. */
export function stateContract(name: string, open: () => Promise<Pair>): void {
  describe(`${name}: the state contract`, () => {
    let pair: Pair;
    beforeEach(async () => {
      pair = await open();
    });
    afterEach(async () => {
      await pair.one.close();
      await pair.two.close();
      await pair.remove();
    });

    const take = async (store: StateStore, scope: LeaseScope, owner: string, now = NOON): Promise<Lease> => {
      const answer = await store.acquireLease(scope, owner, TTL, now);
      assert.equal(answer.kind, 'acquired');
      assert.ok(answer.kind === 'acquired');
      return answer.lease;
    };
    /** Takes over `scope` after its expiry, which makes the first lease stale. */
    const staleLease = async (scope: LeaseScope): Promise<Lease> => {
      const stale = await take(pair.one, scope, 'one');
      await take(pair.two, scope, 'two', NOON + TTL);
      return stale;
    };

    leaseCases(() => pair, take);
    staleCases(() => pair, staleLease);
    intentCases(() => pair, take);
    completionCases(() => pair, take);
    generationCases(() => pair, take);
    checkCases(() => pair, take);
    deadLetterCases(() => pair);
    deadLetterListCases(() => pair);
    registryCases(() => pair);
    maintenanceCases(() => pair, take);
    alertCases(() => pair);
    lifecycleCases(() => pair, take);
  });
}

export type Take = (store: StateStore, scope: LeaseScope, owner: string, now?: bigint) => Promise<Lease>;

function leaseCases(pair: () => Pair, take: Take): void {
  it('grants a scope to one holder at a time', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    assert.equal(lease.token, 1n);
    assert.equal(lease.expiresAt, NOON + TTL);
    assert.deepEqual(await pair().two.acquireLease(semantic('orders'), 'two', TTL, NOON + 1n), {
      kind: 'held',
      owner: 'one',
      expiresAt: NOON + TTL,
    });
    assert.deepEqual(await pair().two.leaseHolder(semantic('orders')), lease);
  });

  it('is not reentrant: the holder itself gets the answer held', async () => {
    await take(pair().one, semantic('orders'), 'one');
    assert.equal((await pair().one.acquireLease(semantic('orders'), 'one', TTL, NOON)).kind, 'held');
  });

  it('separates topics, and ingest and semantic work of one topic', async () => {
    await take(pair().one, semantic('orders'), 'one');
    assert.equal((await take(pair().two, ingest('orders'), 'two')).token, 1n);
    assert.equal((await take(pair().two, semantic('payments'), 'two')).token, 1n);
  });

  it('issues a higher token after release and after expiry, never the same twice', async () => {
    const first = await take(pair().one, semantic('orders'), 'one');
    await pair().one.releaseLease(first);
    assert.equal(await pair().two.leaseHolder(semantic('orders')), null);
    const second = await take(pair().two, semantic('orders'), 'two');
    const third = await take(pair().one, semantic('orders'), 'one', second.expiresAt);
    assert.deepEqual([first.token, second.token, third.token], [1n, 2n, 3n]);
  });

  it('waits for the expiry, to the microsecond', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    const early = await pair().two.acquireLease(semantic('orders'), 'two', TTL, lease.expiresAt - 1n);
    assert.equal(early.kind, 'held');
    await take(pair().two, semantic('orders'), 'two', lease.expiresAt);
  });

  it('grants the scope of a dead owner to the next caller at once', async () => {
    await take(pair().one, semantic('orders'), 'one');
    pair().dead.add('one');
    assert.equal((await take(pair().two, semantic('orders'), 'two')).token, 2n);
  });

  it('moves the expiry of a renewed lease forward, and never back, even if the clock does', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    const later = await pair().one.renewLease(lease, TTL, NOON + 10n * SECOND);
    assert.equal(later.expiresAt, NOON + 10n * SECOND + TTL);
    const back = await pair().one.renewLease(later, TTL, NOON - 3_600n * SECOND);
    assert.equal(back.expiresAt, later.expiresAt);
    assert.equal(back.token, lease.token);
  });

  it('lets the holder renew an expired lease if no other run took over', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    const renewed = await pair().one.renewLease(lease, TTL, NOON + 10n * TTL);
    assert.equal(renewed.expiresAt, NOON + 11n * TTL);
  });

  it('does not grant a held scope to another owner whose clock was set back', async () => {
    await take(pair().one, semantic('orders'), 'one');
    assert.equal((await pair().two.acquireLease(semantic('orders'), 'two', TTL, NOON - TTL)).kind, 'held');
  });
}

function staleCases(pair: () => Pair, staleLease: (scope: LeaseScope) => Promise<Lease>): void {
  it('refuses every write of a stale holder', async () => {
    const stale = await staleLease(semantic('orders'));
    const { one } = pair();
    const intent = intentAfter(await one.checkpoint('orders'), 7n);
    await assert.rejects(one.renewLease(stale, TTL, NOON), fails('LEASE_LOST'));
    await assert.rejects(one.releaseLease(stale), fails('LEASE_LOST'));
    await assert.rejects(one.storeIntent(stale, intent), fails('LEASE_LOST'));
    const completion = completionOf(intent.batchId);
    await assert.rejects(one.completeBatch(stale, completion), fails('LEASE_LOST'));
    const entry = {
      table: 'raw.orders',
      action: 'compact',
      startedAt: 1n,
      endedAt: 2n,
      before: {},
      after: {},
    } as const;
    await assert.rejects(one.recordMaintenance(stale, entry), fails('LEASE_LOST'));
    assert.deepEqual(await one.maintenance('raw.orders', 10), []);
    assert.equal((await one.leaseHolder(semantic('orders')))?.owner, 'two');
    assert.equal((await one.checkpoint('orders')).intent, null);
  });

  it('refuses a released lease', async () => {
    const { one } = pair();
    const answer = await one.acquireLease(semantic('orders'), 'one', TTL, NOON);
    assert.ok(answer.kind === 'acquired');
    await one.releaseLease(answer.lease);
    await assert.rejects(one.releaseLease(answer.lease), fails('LEASE_LOST'));
    const intent = intentAfter(await one.checkpoint('orders'), 7n);
    await assert.rejects(one.storeIntent(answer.lease, intent), fails('LEASE_LOST'));
    // The next lease of the same owner does not make the old one valid again.
    await one.acquireLease(semantic('orders'), 'one', TTL, NOON);
    await assert.rejects(one.storeIntent(answer.lease, intent), fails('LEASE_LOST'));
  });
}

/** Completes one incremental batch up to a RAW snapshot. */
async function batch(
  store: StateStore,
  lease: Lease,
  end: bigint,
  sequenceNumber: bigint,
  inserted: number,
): Promise<string> {
  const intent = intentAfter(await store.checkpoint(lease.scope.topic), end);
  await store.storeIntent(lease, intent);
  const answer = await store.completeBatch(
    lease,
    completionOf(intent.batchId, { sequenceNumber, counts: counts({ rawRows: inserted, inserted }) }),
  );
  assert.equal(answer, 'completed');
  return intent.batchId;
}

function intentCases(pair: () => Pair, take: Take): void {
  it('starts at generation 1 without values', async () => {
    const checkpoint = await pair().one.checkpoint('orders');
    assert.equal(checkpoint.generation, 1);
    assert.equal(checkpoint.snapshotId, null);
    assert.equal(checkpoint.totals.received, 0);
    assert.deepEqual(await pair().one.checkpoints(), []);
  });

  it('keeps 64-bit snapshot ids exact', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    await batch(pair().one, lease, 9_223_372_036_854_775_807n, 9_007_199_254_740_993n, 1);
    const checkpoint = await pair().two.checkpoint('orders');
    assert.equal(checkpoint.snapshotId, 9_223_372_036_854_775_807n);
    assert.equal(checkpoint.sequenceNumber, 9_007_199_254_740_993n);
    assert.equal(checkpoint.fencingToken, lease.token);
  });

  it('keeps a stored intent for the next holder, who continues it under a new token', async () => {
    const first = await take(pair().one, semantic('orders'), 'one');
    const intent = intentAfter(await pair().one.checkpoint('orders'), 7n);
    assert.deepEqual(await pair().one.storeIntent(first, intent), { ...intent, fencingToken: 1n });
    const second = await take(pair().two, semantic('orders'), 'two', NOON + TTL);
    const again = await pair().two.storeIntent(second, { ...intent, createdAt: NOON + TTL });
    assert.deepEqual(again, { ...intent, fencingToken: 2n });
    assert.deepEqual((await pair().one.checkpoint('orders')).intent, again);
  });

  it('refuses another intent while one is stored, unless it is a rebuild', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    const before = await pair().one.checkpoint('orders');
    await pair().one.storeIntent(lease, intentAfter(before, 7n));
    await assert.rejects(
      pair().one.storeIntent(lease, intentAfter(before, 8n)),
      fails('CHECKPOINT_CONFLICT'),
    );
    const rebuild = intentAfter(before, 8n, { kind: 'rebuild', startSnapshotId: null, generation: 2 });
    assert.equal((await pair().one.storeIntent(lease, rebuild)).batchId, rebuild.batchId);
  });

  it('refuses intents that do not continue the checkpoint', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    await batch(pair().one, lease, 7n, 1n, 3);
    const now = await pair().one.checkpoint('orders');
    const wrong = [
      intentAfter(now, 8n, { startSnapshotId: null }),
      intentAfter(now, 8n, { generation: 2 }),
      intentAfter(now, 8n, { afterBatchId: null }),
      intentAfter(now, 8n, { kind: 'rebuild', generation: 1 }),
      intentAfter(now, 8n, { kind: 'redrive' }),
    ];
    for (const intent of wrong) {
      await assert.rejects(pair().one.storeIntent(lease, intent), fails('CHECKPOINT_CONFLICT'));
    }
    await pair().one.storeIntent(lease, intentAfter(now, 7n, { kind: 'redrive' }));
  });
}

function completionCases(pair: () => Pair, take: Take): void {
  it('moves the checkpoint forward only', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    await batch(pair().one, lease, 7n, 5n, 3);
    const before = await pair().one.checkpoint('orders');
    const intent = intentAfter(before, 8n);
    await pair().one.storeIntent(lease, intent);
    const completion = completionOf(intent.batchId);
    for (const sequenceNumber of [5n, 4n, 0n]) {
      await assert.rejects(
        pair().one.completeBatch(lease, { ...completion, sequenceNumber }),
        fails('CHECKPOINT_CONFLICT'),
      );
    }
    assert.equal((await pair().one.checkpoint('orders')).snapshotId, 7n);
    await pair().one.completeBatch(lease, { ...completion, sequenceNumber: 6n });
    assert.equal((await pair().one.checkpoint('orders')).snapshotId, 8n);
  });

  it('refuses to complete a batch that is not under way', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    const completion = completionOf('f'.repeat(32));
    await assert.rejects(pair().one.completeBatch(lease, completion), fails('CHECKPOINT_CONFLICT'));
    await pair().one.storeIntent(lease, intentAfter(await pair().one.checkpoint('orders'), 7n));
    await assert.rejects(pair().one.completeBatch(lease, completion), fails('CHECKPOINT_CONFLICT'));
  });

  it('refuses counts in which a row has no fate or two', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    const intent = intentAfter(await pair().one.checkpoint('orders'), 7n);
    await pair().one.storeIntent(lease, intent);
    const completion = completionOf(intent.batchId);
    await assert.rejects(
      pair().one.completeBatch(lease, { ...completion, counts: counts({ rawRows: 2, inserted: 1 }) }),
      fails('INTERNAL'),
    );
  });

  it('completes a batch once: if it is completed twice, totals and counters grow once', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    const batchId = await batch(pair().one, lease, 7n, 1n, 3);
    const completion = completionOf(batchId, { counts: counts({ rawRows: 3, inserted: 3 }) });
    assert.equal(await pair().one.completeBatch(lease, completion), 'already');
    assert.equal((await pair().one.checkpoint('orders')).totals.outcomes.inserted, 3);
    const [day, ...rest] = await pair().one.counters('orders', '2026-03-01', '2026-03-01');
    assert.deepEqual(rest, []);
    assert.equal(day?.outcomes.inserted, 3);
    assert.equal(day?.batches, 1);
  });
}

function generationCases(pair: () => Pair, take: Take): void {
  it('sums fates over batches, and starts again with a rebuild', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    await batch(pair().one, lease, 7n, 1n, 3);
    await batch(pair().one, lease, 8n, 2n, 4);
    const before = await pair().one.checkpoint('orders');
    assert.equal(before.totals.outcomes.inserted, 7);
    const rebuild = intentAfter(before, 8n, { kind: 'rebuild', startSnapshotId: null, generation: 2 });
    await pair().one.storeIntent(lease, rebuild);
    await pair().one.completeBatch(
      lease,
      completionOf(rebuild.batchId, {
        sequenceNumber: 2n,
        counts: counts({ rawRows: 7, inserted: 6, rejected: 1 }),
      }),
    );
    const after = await pair().one.checkpoint('orders');
    assert.equal(after.generation, 2);
    assert.deepEqual(after.totals.outcomes, counts({ rawRows: 7, inserted: 6, rejected: 1 }));
  });

  it('gives two redrives at one checkpoint different ids, and lets them move rejected rows', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    await batch(pair().one, lease, 7n, 1n, 3);
    const ids = new Set<string>();
    for (const _ of [1, 2]) {
      const intent = intentAfter(await pair().one.checkpoint('orders'), 7n, { kind: 'redrive' });
      ids.add(intent.batchId);
      await pair().one.storeIntent(lease, intent);
      const redriven = counts({ rejected: -1, inserted: 1 });
      const completion = completionOf(intent.batchId, { counts: redriven });
      assert.equal(await pair().one.completeBatch(lease, completion), 'completed');
    }
    assert.equal(ids.size, 2);
    assert.equal((await pair().one.checkpoint('orders')).totals.outcomes.inserted, 5);
  });

  it('records that a topic had nothing new, and moves nothing', async () => {
    const lease = await take(pair().one, semantic('orders'), 'one');
    await batch(pair().one, lease, 7n, 1n, 3);
    const before = await pair().one.checkpoint('orders');
    await pair().two.recordNothingNew(['orders', 'payments'], NOON + 5n);
    assert.deepEqual(await pair().one.checkpoint('orders'), { ...before, checkedAt: NOON + 5n });
    assert.equal((await pair().one.checkpoint('payments')).checkedAt, NOON + 5n);
    assert.deepEqual(
      (await pair().one.checkpoints()).map((each) => each.topic),
      ['orders', 'payments'],
    );
  });
}

function deadLetterCases(pair: () => Pair): void {
  it('stores a dead letter once by its id, with its exact bytes', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const binary = letter('orders', 'file:a@0', { body: { kind: 'inline', bytes } });
    assert.equal(await pair().one.storeDeadLetters([binary]), 1);
    assert.equal(await pair().two.storeDeadLetters([binary, letter('orders', 'file:a@9')]), 1);
    const found = await pair().two.deadLetter(binary.id);
    assert.ok(found !== null && found.body.kind === 'inline');
    assert.deepEqual(Uint8Array.from(found.body.bytes), bytes);
    assert.equal(found.letter.bodySize, 256n);
    assert.equal(found.letter.status, 'open');
    assert.equal(await pair().one.deadLetter('nothing'), null);
  });

  it('keeps an empty body and the pointer of a large one', async () => {
    const empty = letter('orders', 'a', { body: { kind: 'inline', bytes: new Uint8Array() } });
    const large = letter('orders', 'b', {
      body: { kind: 'file', pointer: 'data/dead-letters/ab', size: 2n ** 31n },
    });
    await pair().one.storeDeadLetters([empty, large]);
    assert.deepEqual((await pair().one.deadLetter(large.id))?.body, large.body);
    assert.equal((await pair().one.deadLetter(large.id))?.letter.bodySize, 2n ** 31n);
    const body = (await pair().one.deadLetter(empty.id))?.body;
    assert.ok(body?.kind === 'inline' && body.bytes.byteLength === 0);
  });

  it('lists more than 1,000 in pages, each once and in order, while others are added', async () => {
    const letters = Array.from({ length: 1_205 }, (_, index) =>
      letter('orders', `file:a@${index}`, { firstReceivedAt: NOON + BigInt(index % 7) }),
    );
    await pair().one.storeDeadLetters(letters);
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const page = await pair().two.deadLetters({ topic: 'orders', status: 'open' }, 400, next);
      seen.push(...page.items.map((item) => `${item.firstReceivedAt} ${item.id}`));
      next = page.next;
      await pair().one.storeDeadLetters([
        letter('orders', `earlier ${seen.length}`, { firstReceivedAt: 0n }),
      ]);
    } while (next !== null);
    assert.equal(seen.length, 1_205);
    assert.deepEqual(seen, [...new Set(seen)].sort());
  });
}

function deadLetterListCases(pair: () => Pair): void {
  it('filters by id, topic, code, status, message and time', async () => {
    const { one } = pair();
    const a = letter('orders', 'a', { messageId: 'm1' });
    const b = letter('orders', 'b', { errorCode: 'NOT_UTF8', firstReceivedAt: NOON + 10n });
    const c = letter('payments', 'c', { firstReceivedAt: NOON + 20n });
    await one.storeDeadLetters([a, b, c]);
    assert.equal(await one.closeDeadLetters([c.id], 'discarded', CLOSING), 1);
    const list = async (filter: Parameters<StateStore['deadLetters']>[0]) =>
      (await one.deadLetters(filter, 10, null)).items.map((item) => item.source);
    assert.deepEqual(await list({}), ['a', 'b', 'c']);
    assert.deepEqual(await list({ ids: [c.id, a.id, 'unknown'] }), ['a', 'c']);
    assert.deepEqual(await list({ ids: [] }), []);
    assert.deepEqual(await list({ topic: 'orders' }), ['a', 'b']);
    assert.deepEqual(await list({ errorCode: 'NOT_UTF8' }), ['b']);
    assert.deepEqual(await list({ status: 'discarded' }), ['c']);
    assert.deepEqual(await list({ messageId: 'm1' }), ['a']);
    assert.deepEqual(await list({ from: NOON + 10n, to: NOON + 20n }), ['b']);
    assert.deepEqual(await list({ topic: 'payments', status: 'open' }), []);
    await assert.rejects(one.deadLetters({}, 10, 'nonsense'), fails('USAGE'));
    await assert.rejects(one.deadLetters({}, 1001, null), fails('INTERNAL'));
  });
}

function registryCases(pair: () => Pair): void {
  const contract = (topic: string, hash: string, expectedVersion: number) => ({
    topic,
    hash,
    text: `text of ${hash}`,
    registeredAt: NOON,
    expectedVersion,
  });

  it('numbers contract versions from 1, and registers the same contract once', async () => {
    const { one, two } = pair();
    assert.equal(await one.latestContract('orders'), null);
    assert.equal((await one.registerContract(contract('orders', 'h1', 0))).version, 1);
    assert.equal((await two.registerContract(contract('orders', 'h1', 0))).version, 1);
    assert.equal((await two.registerContract(contract('orders', 'h2', 1))).version, 2);
    await assert.rejects(one.registerContract(contract('orders', 'h3', 1)), fails('COMMIT_CONFLICT'));
    // A return to an earlier contract is a new version too.
    assert.equal((await one.registerContract(contract('orders', 'h1', 2))).version, 3);
    const versions = await one.contractVersions('orders');
    assert.deepEqual(
      versions.map((each) => [each.version, each.text]),
      [
        [1, 'text of h1'],
        [2, 'text of h2'],
        [3, 'text of h1'],
      ],
    );
    assert.deepEqual(await two.latestContract('orders'), versions[2]);
  });

  it('lists topics by their latest version, with their status', async () => {
    const { one } = pair();
    await one.registerContract(contract('payments', 'p1', 0));
    await one.registerContract(contract('orders', 'h1', 0));
    await one.registerContract(contract('orders', 'h2', 1));
    await one.setTopicStatus('orders', 'retired');
    const topics = (await one.registeredTopics()).map((each) => [each.topic, each.version, each.status]);
    assert.deepEqual(topics, [
      ['orders', 2, 'retired'],
      ['payments', 1, 'active'],
    ]);
    await assert.rejects(one.setTopicStatus('unknown', 'retired'), fails('NOT_FOUND'));
  });
}
