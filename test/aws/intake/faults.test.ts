import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { NOTICE_ATTRIBUTE } from '../../../src/aws/intake/dead-letter-sink.ts';
import { intake } from '../../../src/aws/intake/intake-function.ts';
import { deadLetterId } from '../../../src/state/dead-letter.ts';
import { lambdaContext } from '../lambda-context.ts';
import { type Fault, openWorld, sqsEvent, sqsRecord, type World } from './world.ts';

const KINDS: readonly Fault[] = ['server error', 'forbidden', 'not sent', 'answer lost'];
/** A part of every payload. It may appear only in the stream and in dead letters' bodies. */
const CANARY = 'canary-7f3a';
const GOOD = 4;
const BAD = [`{"idempotency_key":"k","x":"${CANARY}"`, `["${CANARY}"]`, `{"x":"${CANARY}"}`];
/** After so many receptions SQS would give up. */
const MAX_ROUNDS = 5;

suite('the intake under faults', () => {
  let world: World;
  let scenarios = 0;
  let expectedLetters = 0;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.stop());

  const messages = (): readonly SQSRecord[] => {
    scenarios += 1;
    const good = Array.from({ length: GOOD }, (_, index) =>
      sqsRecord(`s${scenarios}-good${index}`, `{"idempotency_key":"k${index}","x":"${CANARY}"}`),
    );
    const bad = BAD.map((body, index) => sqsRecord(`s${scenarios}-bad${index}`, body));
    expectedLetters += bad.length;
    return good.flatMap((record, index) => [record, ...bad.slice(index, index + 1)]);
  };

  /** Delivers until SQS has nothing left. The faults meet the calls of the first delivery, and those of the following. */
  const deliverAll = async (records: readonly SQSRecord[], faults: (call: number) => Fault) => {
    world.setFaults(faults);
    let left = records;
    let rounds = 0;
    while (left.length > 0 && rounds < MAX_ROUNDS) {
      rounds += 1;
      const delivered = left.map((record) => sqsRecord(record.messageId, record.body, rounds));
      const { batchItemFailures } = await intake(world.deployment, sqsEvent(delivered), lambdaContext());
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      left = left.filter(({ messageId }) => failed.has(messageId));
    }
    world.setFaults(() => 'none');
    return { left, rounds };
  };

  /** Each message has exactly one fate, and its dead letter is whole. */
  const assertFates = async (records: readonly SQSRecord[]): Promise<void> => {
    await world.stream.flush();
    const sources = new Set(world.rows.map((row) => row.source));
    for (const { messageId, body } of records) {
      const letter = await world.store.deadLetter(deadLetterId('things', messageId));
      assert.equal(sources.has(messageId), !messageId.includes('bad'), messageId);
      assert.equal(letter !== null, messageId.includes('bad'), messageId);
      if (letter === null) continue;
      assert.equal(letter.letter.status, 'open');
      assert.ok(letter.letter.receiveCount >= 1);
      assert.ok(!letter.letter.errorMessage.includes(CANARY));
      assert.equal(await world.bodyOf(letter.letter.id), body);
    }
    assert.equal((await world.store.deadLetterCounts('things')).open, expectedLetters);
  };

  test('one delivery without faults assigns every message its fate', async () => {
    const records = messages();
    const { left, rounds } = await deliverAll(records, () => 'none');
    assert.deepEqual({ left, rounds }, { left: [], rounds: 1 });
    await assertFates(records);
    const [day] = await world.store.counters('things', '2000-01-01', '2999-01-01');
    assert.deepEqual(day?.intake, { received: GOOD + BAD.length, raw: GOOD, deadLettered: BAD.length });
  });

  for (const kind of KINDS) {
    test(`${kind}, at each call in turn`, async () => {
      // A delivery without faults shows how many calls there are.
      await deliverAll(messages(), () => 'none');
      let calls = 1;
      for (let position = 0; position < calls; position++) {
        const records = messages();
        world.setFaults(() => 'none');
        const { left } = await deliverAll(records, (call) => {
          calls = Math.max(calls, Math.min(call + 1, 12));
          return call === position ? kind : 'none';
        });
        assert.deepEqual(left, [], `call ${position}`);
        await assertFates(records);
      }
      assert.ok(calls >= 8, `only ${calls} calls`);
    });
  }

  test('any faults in the first two deliveries', async () => {
    const faults = fc.array(fc.constantFrom<Fault>('none', 'none', ...KINDS), {
      minLength: 1,
      maxLength: 20,
    });
    const property = fc.asyncProperty(faults, async (all) => {
      const records = messages();
      const { left } = await deliverAll(records, (call) => all[call] ?? 'none');
      // Exactly the messages without a fate are still in the queue.
      const { left: none } = await deliverAll(left, () => 'none');
      assert.deepEqual(none, []);
      await assertFates(records);
    });
    await fc.assert(property, { numRuns: 25, endOnFailure: true });
  });

  test('a throttled stream: records are put again, then left in the queue, each under its own message', async () => {
    const records = messages();
    const [first, , third] = records.filter(({ messageId }) => messageId.includes('good'));
    let seen = 0;
    // One record is refused at first, one always.
    world.throttle((data) => {
      if (data.includes(`"source":"${first?.messageId}"`)) return ++seen <= 2;
      return data.includes(`"source":"${third?.messageId}"`);
    });
    const { batchItemFailures } = await intake(world.deployment, sqsEvent(records), lambdaContext());
    assert.deepEqual(
      batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
      [third?.messageId],
    );
    world.throttle(() => false);
    const before = world.stream.calls;
    await deliverAll(
      records.filter((record) => record === third),
      () => 'none',
    );
    assert.equal(world.stream.calls, before + 1);
    await assertFates(records);
    const copies = world.rows.filter((row) => records.some(({ messageId }) => messageId === row.source));
    assert.equal(copies.length, GOOD, 'nothing was put twice');
  });

  test('a service that is down leaves only its own messages in the queue', async () => {
    const records = messages();
    for (const service of ['S3Client', 'DynamoDBClient', 'SQSClient'] as const) {
      world.failService(service);
      const { batchItemFailures } = await intake(world.deployment, sqsEvent(records), lambdaContext());
      const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort();
      const bad = records.map(({ messageId }) => messageId).filter((id) => id.includes('bad'));
      assert.deepEqual(failed, bad.sort(), service);
    }
    world.failService('FirehoseClient');
    const { batchItemFailures } = await intake(world.deployment, sqsEvent(records), lambdaContext());
    const failed = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort();
    const good = records.map(({ messageId }) => messageId).filter((id) => id.includes('good'));
    assert.deepEqual(failed, good.sort());
    world.failService(null);
    await deliverAll(records, () => 'none');
    await assertFates(records);
  });

  test('every dead letter has a notice in the central queue, and no notice holds payload text', async () => {
    const notices = await world.takeNotices();
    const told = new Set(notices.map((notice) => notice.MessageAttributes?.[NOTICE_ATTRIBUTE]?.StringValue));
    let after: string | null = null;
    let letters = 0;
    do {
      const page = await world.store.deadLetters({ topic: 'things' }, 100, after);
      for (const { id } of page.items) assert.ok(told.has(id), id);
      letters += page.items.length;
      after = page.next;
    } while (after !== null);
    assert.equal(letters, expectedLetters);
    assert.ok(notices.every(({ Body }) => Body !== undefined && !Body.includes(CANARY)));
    assert.equal(JSON.parse(notices[0]?.Body ?? '{}').topic, 'things');
  });
});
