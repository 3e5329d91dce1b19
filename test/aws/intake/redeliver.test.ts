import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { actOn, intake } from '../../../src/aws/intake/intake-function.ts';
import { type RedeliverOutcome, redeliver } from '../../../src/aws/intake/redeliver.ts';
import { UndeliveredRecords } from '../../../src/aws/intake/undelivered.ts';
import { fails } from '../../state/contract.ts';
import { lambdaContext } from '../lambda-context.ts';
import { ERRORS_BUCKET, openWorld, sqsEvent, sqsRecord, type World } from './world.ts';

const never = (): boolean => false;

suite('redelivery of what Firehose could not deliver', () => {
  let world: World;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.stop());

  /** Takes messages while RAW is broken, which leaves them in one object of the error prefix. */
  const fail = async (object: string, ids: readonly string[]): Promise<string> => {
    const records = ids.map((id) => sqsRecord(id, `{"idempotency_key":"${id}","text":"ä\\u0000 ${id}"}`));
    await intake(world.deployment, sqsEvent(records), lambdaContext());
    world.breakTable(true);
    await world.stream.flush();
    world.breakTable(false);
    return world.layDownUndelivered(object);
  };
  /** The balance's figure. */
  const undelivered = () => new UndeliveredRecords(world.deployment.files, ERRORS_BUCKET).count('things');
  const again = () => redeliver(world.deployment, never);
  const delivered = async (...prefix: readonly string[]) => {
    await world.stream.flush();
    const sources = world.rows.map(({ source }) => String(source));
    return sources.filter((source) => prefix.some((each) => source.startsWith(each))).sort();
  };
  const done = (parts: Partial<RedeliverOutcome>): RedeliverOutcome => ({
    ...{ redelivered: 0, removed: 0, left: 0, unreadable: [], failure: null },
    ...parts,
  });

  test('delivers each record once, as it was put, and no record is undelivered afterwards', async () => {
    await fail('a1', ['a1', 'a2']);
    await fail('a2', ['a3']);
    assert.equal(await undelivered(), 3);
    assert.deepEqual(await delivered('a'), []);
    const outcome = await actOn(world.deployment, { action: 'redeliver' }, lambdaContext());
    assert.deepEqual(outcome, done({ redelivered: 3, removed: 2 }));
    assert.equal(await undelivered(), 0);
    assert.deepEqual(await delivered('a'), ['a1', 'a2', 'a3']);
    const [row] = world.rows.filter(({ source }) => source === 'a2');
    assert.equal(row?.json_payload, '{"idempotency_key":"a2","text":"ä\\u0000 a2"}');
    assert.deepEqual(await again(), done({}));
  });

  test('a put that fails partly keeps the object; records are delivered twice, and none is lost', async () => {
    await fail('b', ['b1', 'b2', 'b3']);
    world.throttle((data) => data.includes('"b2"'));
    const { failure, ...rest } = await again();
    assert.equal(failure?.code, 'AWS_UNAVAILABLE');
    assert.deepEqual({ ...rest, failure: null }, done({ left: 1 }));
    assert.equal(await undelivered(), 3);
    await assert.rejects(
      actOn(world.deployment, { action: 'redeliver' }, lambdaContext()),
      fails('AWS_UNAVAILABLE'),
    );
    world.throttle(never);
    assert.deepEqual(await again(), done({ redelivered: 3, removed: 1 }));
    assert.equal(await undelivered(), 0);
    assert.deepEqual([...new Set(await delivered('b'))], ['b1', 'b2', 'b3']);
  });

  test('a fault at any call, also a lost answer, loses no record', async () => {
    for (const fault of ['not sent', 'answer lost', 'server error'] as const) {
      for (const at of [0, 1, 2, 3]) {
        const id = `c-${fault}-${at}`;
        await fail(id, [id]);
        world.setFaults((call) => (call === at ? fault : 'none'));
        await assert.doesNotReject(again().catch(fails('AWS_UNAVAILABLE')));
        world.setFaults(() => 'none');
        await again();
        assert.equal(await undelivered(), 0);
        assert.deepEqual([...new Set(await delivered(id))], [id]);
      }
    }
  });

  test('an object that cannot be read stays and is named, and the others are delivered', async () => {
    await fail('d2', ['d1']);
    const Key = 'firehose-errors/iceberg-failed/2024/01/01/d1';
    const place = { Bucket: ERRORS_BUCKET, Key };
    await world.clients.s3.send(new PutObjectCommand({ ...place, Body: 'no record\n' }));
    const unreadable = [`s3://${ERRORS_BUCKET}/${Key}`];
    assert.deepEqual(await again(), done({ redelivered: 1, removed: 1, unreadable }));
    assert.deepEqual(await delivered('d'), ['d1']);
    await world.deployment.files.remove(unreadable[0] ?? '');
  });

  test('when time is up the run ends between requests, and the next run does the rest', async () => {
    await fail('e1', ['e1']);
    await fail('e2', ['e2']);
    let looks = 0;
    assert.deepEqual(
      await redeliver(world.deployment, () => ++looks > 2),
      done({ redelivered: 1, removed: 1, left: 1 }),
    );
    assert.deepEqual(await again(), done({ redelivered: 1, removed: 1 }));
    assert.deepEqual(await delivered('e'), ['e1', 'e2']);
  });

  test('records that still fail are under the error prefix again', async () => {
    await fail('f1', ['f']);
    world.breakTable(true);
    await again();
    await world.stream.flush();
    world.breakTable(false);
    await world.layDownUndelivered('f2');
    assert.equal(await undelivered(), 1);
    await again();
    assert.deepEqual(await delivered('f'), ['f']);
  });
});
