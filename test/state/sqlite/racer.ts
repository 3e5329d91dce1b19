/** One of several processes that complete batches of one topic as soon as they get its lease. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqliteStore } from '../../../src/state/sqlite/store.ts';
import { counts, intentAfter, NOON, semantic, TTL } from '../samples.ts';

const [file = '', root = '', owner = '', rounds = '0'] = process.argv.slice(2);
const { store } = openSqliteStore({ file, root, isOwnerDead: () => false });
for (let done = 0; done < Number(rounds); ) {
  const answer = await store.acquireLease(semantic('orders'), owner, TTL, NOON);
  if (answer.kind === 'held') {
    await sleep(1);
    continue;
  }
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
