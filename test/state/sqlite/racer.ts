import assert from 'node:assert/strict';
import type { LeaseAnswer } from '../../../src/state/lease.ts';
import { openSqliteStore } from '../../../src/state/sqlite/store.ts';
import { until } from '../../support/until.ts';
import { counts, intentAfter, NOON, semantic, TTL } from '../samples.ts';

/** One of several processes that complete batches of one topic as soon as they get its lease. */
const [file = '', root = '', owner = '', rounds = '0'] = process.argv.slice(2);
const { store } = openSqliteStore({ file, root, isOwnerDead: () => false });
for (let done = 0; done < Number(rounds); ) {
  const answer = await acquired();
  const before = await store.checkpoint('orders');
  const next = before.sequenceNumber + 1n;
  const intent = await store.storeIntent(answer.lease, intentAfter(before, next));
  await store.completeBatch(answer.lease, {
    batchId: intent.batchId,
    sequenceNumber: next,
    counts: counts({ rawRows: 1, inserted: 1 }),
    checks: [],
    completedAt: NOON,
  });
  await store.releaseLease(answer.lease);
  done++;
}
await store.close();

/** The lease, when the other racers let this one have it. */
async function acquired(): Promise<LeaseAnswer & { readonly kind: 'acquired' }> {
  let answer = await store.acquireLease(semantic('orders'), owner, TTL, NOON);
  const isAcquired = async (): Promise<boolean> => {
    if (answer.kind === 'held') answer = await store.acquireLease(semantic('orders'), owner, TTL, NOON);
    return answer.kind === 'acquired';
  };
  await until(`${owner} acquires the lease`, isAcquired, { pollMs: 1 });
  assert.equal(answer.kind, 'acquired');
  return answer;
}
