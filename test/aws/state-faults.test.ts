import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { LeanOpsError } from '../../src/errors/error.ts';
import type { Item } from '../../src/state/dynamodb/item.ts';
import { type DynamoStore, openDynamoStore } from '../../src/state/dynamodb/store.ts';
import type { StateStore } from '../../src/state/port.ts';
import { fails } from '../state/contract.ts';
import { counts, ingest, intentAfter, letter, NOON, semantic, TTL } from '../state/samples.ts';
import { type Moto, startMoto } from './moto.ts';
import { createStateTables } from './state-tables.ts';

const PREFIX = 'lean-ops-faults';

suite('the state on DynamoDB with lost answers and racing callers', () => {
  let moto: Moto;
  let client: DynamoDBClient;
  let store: DynamoStore;
  /** How many of the next writes lose their answer; the SDK then repeats the call. */
  let losing = 0;
  /** How many of the next writes are refused as if others wrote the same items; moto itself never refuses them. */
  let busy = 0;
  let topics = 0;
  const topic = (): string => `topic${++topics}`;
  before(async () => {
    moto = await startMoto();
    client = new DynamoDBClient({ ...moto.settings, maxAttempts: 3, retryMode: 'standard' });
    await createStateTables(client, PREFIX);
    const { requestHandler } = client.config;
    const handle = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = async (request, options) => {
      const target = String(request.headers['x-amz-target']);
      if (busy > 0 && /UpdateItem|TransactWrite/.test(target)) {
        busy -= 1;
        return { response: conflict(target, JSON.parse(new TextDecoder().decode(request.body))) };
      }
      const answer = await handle(request, options);
      if (losing === 0 || !/Update|Write|Put/.test(target)) return answer;
      losing -= 1;
      throw Object.assign(new Error('a test lost the answer'), { name: 'TimeoutError' });
    };
    store = openDynamoStore({ client, prefix: PREFIX, isOwnerDead: async () => false });
  });
  after(async () => {
    client.destroy();
    await moto.stop();
  });

  const take = async (by: StateStore, name: string) => {
    const answer = await by.acquireLease(semantic(name), 'one', TTL, NOON);
    assert.ok(answer.kind === 'acquired');
    return answer.lease;
  };

  test('a lease whose answers were lost is held, renewed and released by its caller', async () => {
    const name = topic();
    losing = 1;
    const lease = await take(store, name);
    assert.equal(lease.token, 1n);
    losing = 2;
    assert.equal((await store.renewLease(lease, TTL, NOON + TTL)).expiresAt, NOON + 2n * TTL);
    losing = 1;
    await store.releaseLease(lease);
    assert.equal(await store.leaseHolder(semantic(name)), null);
    await assert.rejects(store.releaseLease(lease), fails('LEASE_LOST'));
  });

  test('a batch whose answer was lost is counted once', async () => {
    const name = topic();
    const lease = await take(store, name);
    const intent = intentAfter(await store.checkpoint(name), 7n);
    losing = 1;
    await store.storeIntent(lease, intent);
    const completion = {
      batchId: intent.batchId,
      sequenceNumber: 1n,
      counts: counts({ rawRows: 3, inserted: 3 }),
      checks: [],
      completedAt: NOON,
    };
    losing = 1;
    await store.completeBatch(lease, completion);
    assert.equal(await store.completeBatch(lease, completion), 'already');
    assert.equal((await store.checkpoint(name)).totals.outcomes.inserted, 3);
    const [day] = await store.counters(name, '2026-01-01', '2027-01-01');
    assert.equal(day?.batches, 1);
  });

  test('dead letters whose answer was lost are stored and counted once', async () => {
    const name = topic();
    const letters = Array.from({ length: 120 }, (_, index) => letter(name, `s${index}`));
    losing = 2;
    await store.storeDeadLetters(letters);
    assert.deepEqual(await store.deadLetterCounts(name), { open: 120, replayed: 0, discarded: 0 });
    // Stored again with another time, which is part of its key: the first one stays.
    const [first] = letters;
    assert.ok(first !== undefined);
    assert.equal(await store.storeDeadLetters([{ ...first, firstReceivedAt: NOON + 1n }]), 0);
    assert.equal((await store.deadLetterCounts(name)).open, 120);
    assert.equal((await store.deadLetters({ topic: name }, 1000, null)).items.length, 120);
  });

  test('a write that conflicts with others is repeated, and fails if the conflict does not end', async () => {
    const name = topic();
    const expiresAt = NOON + 2n * TTL;
    busy = 2;
    const lease = await take(store, name);
    busy = 2;
    assert.equal((await store.renewLease(lease, TTL, NOON + TTL)).expiresAt, expiresAt);
    busy = 2;
    await store.storeIntent(lease, intentAfter(await store.checkpoint(name), 7n));
    assert.equal((await store.checkpoint(name)).intent?.endSnapshotId, 7n);
    for (const write of [
      () => store.renewLease(lease, TTL, NOON + 2n * TTL),
      () => store.storeDeadLetters([letter(name, 'busy')]),
    ]) {
      busy = Number.POSITIVE_INFINITY;
      await assert.rejects(write, fails('AWS_UNAVAILABLE'));
      busy = 0;
    }
    assert.equal((await store.leaseHolder(semantic(name)))?.expiresAt, expiresAt);
    assert.equal((await store.deadLetterCounts(name)).open, 0);
  });

  test('one of many callers gets a lease, and each acquisition has its own token', async () => {
    const name = topic();
    for (const round of [0n, 1n, 2n]) {
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          store.acquireLease(ingest(name), `owner${index}`, TTL, NOON + round * TTL),
        ),
      );
      const leases = answers.flatMap((answer) => (answer.kind === 'acquired' ? [answer.lease.token] : []));
      assert.deepEqual(leases, [round + 1n]);
    }
  });

  test('concurrent changes of checkpoints, days, letters and alerts lose nothing', async () => {
    const name = topic();
    const lease = await take(store, name);
    const letters = Array.from({ length: 8 }, (_, index) => letter(name, `race${index}`));
    const verdict = (index: number) => ({
      topic: `${name}_${index}`,
      kind: 'balance' as const,
      finding: { code: 'UNBALANCED', severity: 'error' as const, message: 'm', remedy: 'r' },
    });
    await Promise.all([
      ...[1n, 2n, 3n].map((at) => store.recordNothingNew([name], NOON + at)),
      store.storeIntent(lease, intentAfter(await store.checkpoint(name), 9n)),
      ...letters.map((each) => store.storeDeadLetters([each, ...letters.slice(0, 3)])),
      ...[1, 2, 3, 4].map((index) =>
        store.countIntake(name, { received: 2, raw: 1, deadLettered: 1 }, NOON, `caller${index}`),
      ),
      ...[1, 2, 3].map((index) => store.reconcileAlerts([verdict(index)], ['file'], NOON)),
      ...[1, 2, 3].map(() => store.recordFailure({ topic: name, code: 'INTERNAL', at: NOON })),
    ]);
    assert.equal((await store.checkpoint(name)).intent?.endSnapshotId, 9n);
    assert.notEqual((await store.checkpoint(name)).checkedAt, null);
    assert.equal((await store.deadLetterCounts(name)).open, 8);
    const [day] = await store.counters(name, '2026-01-01', '2027-01-01');
    assert.deepEqual(day?.intake, { received: 8, raw: 4, deadLettered: 4 });
    assert.deepEqual(
      (await store.alerts()).map((alert) => alert.topic),
      [1, 2, 3].map((index) => `${name}_${index}`),
    );
    assert.equal((await store.failures(name, '2026-01-01', '2027-01-01'))[0]?.count, 3);
  });

  test('a missing table and a service that does not answer have their own codes', async () => {
    const elsewhere = openDynamoStore({ client, prefix: 'lean-ops-none', isOwnerDead: async () => false });
    await assert.rejects(elsewhere.checkpoint('x'), fails('AWS_REFUSED'));
    const nobody = new DynamoDBClient({ ...moto.settings, endpoint: 'http://127.0.0.1:9', maxAttempts: 1 });
    const deaf = openDynamoStore({ client: nobody, prefix: PREFIX, isOwnerDead: async () => false });
    await assert.rejects(deaf.checkpoint('x'), fails('AWS_UNAVAILABLE'));
    nobody.destroy();
  });

  test('an item that does not fit is refused by name', async () => {
    const name = topic();
    const lease = await take(store, name);
    await store.storeIntent(lease, intentAfter(await store.checkpoint(name), 7n));
    const set = async (table: string, Key: Item, attribute: string, value: AttributeValue) => {
      const ExpressionAttributeNames = { '#attribute': attribute };
      const change = { UpdateExpression: 'SET #attribute = :value', ExpressionAttributeNames };
      const values = { ExpressionAttributeValues: { ':value': value } };
      await client.send(
        new UpdateItemCommand({ TableName: `${PREFIX}-${table}`, Key, ...change, ...values }),
      );
    };
    const refused = async (read: Promise<unknown>, place: string) => {
      await assert.rejects(read, (error: unknown) => {
        assert.ok(error instanceof LeanOpsError, String(error));
        assert.equal(error.code, 'STATE_DAMAGED');
        assert.ok(error.message.includes(place), error.message);
        return true;
      });
    };
    const key = { topic_name: { S: name } };
    await set('checkpoints', key, 'received', { N: '1.5' });
    await refused(store.checkpoint(name), `table checkpoints, entry (topic_name ${name}): field received`);
    await set('checkpoints', key, 'received', { N: '1' });
    await set('checkpoints', key, 'intent', { M: { batch_id: { S: 'x' } } });
    await refused(store.checkpoint(name), 'field intent.kind');
    const lock = { topic_name: { S: `${name}#semantic` } };
    await set('locks', lock, 'fencing_token', { BOOL: true });
    await refused(
      store.leaseHolder(semantic(name)),
      `entry (topic_name ${name}#semantic): field fencing_token`,
    );
    const alert = { topic_shard: { S: 'ALERTS' }, received_message: { S: `${name}/balance` } };
    await set('error_tracker', alert, 'alert', { S: '{"key": 7}' });
    await refused(store.alerts(), `received_message ${name}/balance): field alert.key`);
    await client.send(new DeleteItemCommand({ TableName: `${PREFIX}-error_tracker`, Key: alert }));
    const maintenance = { table_name: { S: name }, started_at: { S: 'yesterday' } };
    await set('compaction_tracking', maintenance, 'action', { S: 'compact' });
    await refused(store.maintenance(name, 9), `table_name ${name}, started_at yesterday): field started_at`);
    const failure = { topic_name: { S: `${name}#failures` }, date: { S: '2026-03-01#DISK_FULL' } };
    await set('counters', failure, 'code', { S: 'GONE' });
    await refused(
      store.failures(name, '2026-01-01', '2027-01-01'),
      `${name}#failures, date 2026-03-01#DISK_FULL`,
    );
  });

  test('only closed letters, figures and records have an expiry', async () => {
    const name = topic();
    const [open, closed] = [letter(name, 'open'), letter(name, 'closed')];
    await store.storeDeadLetters([open, closed]);
    const closing = { at: NOON, by: 'x', reason: null, repair: null };
    assert.equal(await store.closeDeadLetters([closed.id], 'discarded', closing), 1);
    const expiring = await expiryOf(client, `${PREFIX}-error_tracker`);
    const seconds = NOON / 1_000_000n + 30n * 86_400n;
    assert.equal(expiring.get(closed.id), seconds);
    assert.equal(expiring.has(open.id), false);
    for (const table of ['checkpoints', 'locks', 'topic_registry'])
      assert.equal((await expiryOf(client, `${PREFIX}-${table}`)).size, 0);
  });
});

/** The answer by which DynamoDB refuses a single write, or a transaction because of one of its items. */
function conflict(target: string, { TransactItems }: { readonly TransactItems?: readonly unknown[] }) {
  const error =
    TransactItems === undefined
      ? { __type: 'com.amazonaws.dynamodb.v20120810#TransactionConflictException' }
      : {
          __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
          CancellationReasons: TransactItems.map((_item, at) => ({
            Code: at === 0 ? 'TransactionConflict' : 'None',
          })),
        };
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  const body = Readable.from([Buffer.from(JSON.stringify({ ...error, message: target }))]);
  return { statusCode: 400, headers, body };
}

/** Seconds since 1970, by the item's id, or by its attributes if it has none. */
async function expiryOf(client: DynamoDBClient, TableName: string): Promise<ReadonlyMap<string, bigint>> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName }));
  return new Map(
    Items.filter((item) => item.expires_at_s !== undefined).map((item) => [
      item.id?.S ?? JSON.stringify(item),
      BigInt(item.expires_at_s?.N ?? 0),
    ]),
  );
}
