import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { drain } from '../../../src/aws/intake/drain.ts';
import { intake } from '../../../src/aws/intake/intake-function.ts';
import { readDeadLetterBody, replayDeadLetter } from '../../../src/aws/intake/replay.ts';
import { LeanOpsError } from '../../../src/errors/error.ts';
import { deadLetterId } from '../../../src/state/dead-letter.ts';
import { fails } from '../../state/contract.ts';
import { lambdaContext } from '../lambda-context.ts';
import { openWorld, PREFIX, QUEUE_ARN, sqsEvent, sqsRecord, type World } from './world.ts';

const NOW = 1_800_000_000_000_000n;
const never = (): boolean => false;

suite('dead letters on AWS: replay, discard, drain', () => {
  let world: World;
  let queueUrl: string;
  before(async () => {
    world = await openWorld();
    const { QueueUrl = '' } = await world.clients.sqs.send(
      new GetQueueUrlCommand({ QueueName: `${PREFIX}-things-queue` }),
    );
    queueUrl = QueueUrl;
    const { sqs } = world.clients;
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: world.deployment.dlqUrl, AttributeNames: ['QueueArn'] }),
    );
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 2 });
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
  });
  after(() => world.stop());

  /** The messages of the topic's queue, as Lambda would pass them; they stay in the queue. */
  const receive = async () => {
    const { Messages = [] } = await world.clients.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        VisibilityTimeout: 0,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
      }),
    );
    return Messages.map(({ MessageId = '', Body = '', MessageAttributes = {} }) => ({
      ...sqsRecord(MessageId, Body),
      messageAttributes: Object.fromEntries(
        Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [
          name,
          { stringValue: StringValue, dataType: 'String' as const },
        ]),
      ),
    }));
  };
  const bury = async (messageId: string, body: string): Promise<string> => {
    await intake(world.deployment, sqsEvent([sqsRecord(messageId, body)]), lambdaContext());
    return deadLetterId('things', messageId);
  };
  const replay = (id: string, repaired: string | null) =>
    replayDeadLetter(
      { ...world.clients, store: world.store, prefix: PREFIX },
      { id, repaired: repaired === null ? null : Buffer.from(repaired), by: 'tester', at: NOW },
    );
  const status = async (id: string) => (await world.store.deadLetter(id))?.letter.status;

  test('a repaired body goes back once, as a new reception with the original’s time', async () => {
    const id = await bury('broken', '{"idempotency_key":"k1"');
    assert.equal(await replay(id, '{"idempotency_key":"k1"}'), true);
    assert.equal(await replay(id, '{"idempotency_key":"k1"}'), false, 'it is no longer open');
    const [record, ...others] = await receive();
    assert.ok(record !== undefined);
    assert.deepEqual(others, []);
    // SQS and Lambda deliver at least once.
    for (const _ of [1, 2]) await intake(world.deployment, sqsEvent([record]), lambdaContext());
    await world.stream.flush();
    const rows = world.rows.filter((row) => row.source === `replay:${id}`);
    assert.equal(rows.length, 2);
    for (const row of rows) assert.equal(row.publish_time, 1_700_000_000_000_000);
    const { letter } = (await world.store.deadLetter(id)) ?? {};
    assert.equal(letter?.status, 'replayed');
    assert.equal(letter?.closing?.repair?.size, 24n);
    assert.equal(await world.bodyOf(id), '{"idempotency_key":"k1"');
  });

  test('replayed unchanged, it becomes another dead letter, and the first stays replayed', async () => {
    const id = await bury('still broken', '[1]');
    assert.equal(await replay(id, null), true);
    const records = (await receive()).filter(({ body }) => body === '[1]');
    for (const _ of [1, 2]) await intake(world.deployment, sqsEvent(records), lambdaContext());
    assert.equal(await status(id), 'replayed');
    assert.equal(await status(deadLetterId('things', `replay:${id}`)), 'open');
  });

  test('refuses a body that SQS does not accept, and one that changed', async () => {
    await assert.rejects(replay('0'.repeat(32), null), fails('NOT_FOUND'));
    const id = await bury('a control character', '{"x":1');
    for (const body of ['', 'a\u0000', '\ufffe', '\u001f'])
      await assert.rejects(replay(id, body), fails('NOT_UTF8'));
    assert.equal(await status(id), 'open');
    const found = await world.store.deadLetter(id);
    assert.ok(found !== null);
    assert.equal(
      Buffer.from(await readDeadLetterBody(world.clients.s3, found.letter, found.body)).toString(),
      '{"x":1',
    );
    const changed = { ...found.letter, bodySha256: '0'.repeat(64) };
    await assert.rejects(
      readDeadLetterBody(world.clients.s3, changed, found.body),
      fails('DEAD_LETTER_DAMAGED'),
    );
  });

  test('a forged replay attribute of another form is ignored', async () => {
    const forged = {
      ...sqsRecord('forged', '{"idempotency_key":"k"}'),
      messageAttributes: { lean_ops_replay: { stringValue: '../../x', dataType: 'String' as const } },
    };
    await intake(world.deployment, sqsEvent([forged]), lambdaContext());
    await world.stream.flush();
    assert.ok(world.rows.some((row) => row.source === 'forged'));
  });

  test('a message that SQS gave up on becomes one dead letter, however often the drain fails', async () => {
    await world.takeNotices();
    const { MessageId: messageId = '' } = await world.clients.sqs.send(
      new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: '{"idempotency_key":"given up"}' }),
    );
    await world.clients.sqs.send(
      new SendMessageCommand({ QueueUrl: world.deployment.dlqUrl, MessageBody: 'a person wrote this' }),
    );
    for (const _ of [1, 2, 3]) await receive();
    const id = deadLetterId('things', messageId);
    for (let position = 0; position < 12; position++) {
      world.setFaults((call) => (call === position ? 'answer lost' : 'none'));
      try {
        await drain({ ...world.deployment, hiddenSeconds: 0 }, NOW, never);
      } catch (error) {
        assert.ok(error instanceof LeanOpsError && error.code === 'AWS_UNAVAILABLE', String(error));
      }
    }
    world.setFaults(() => 'none');
    assert.ok((await drain({ ...world.deployment, hiddenSeconds: 0 }, NOW, never)).drained <= 1);
    const outcome = await drain({ ...world.deployment, hiddenSeconds: 0 }, NOW, never);
    assert.deepEqual(outcome.failures, []);
    assert.equal(outcome.drained, 0);
    assert.ok(outcome.open >= 1, 'the notice stays while the letter is open');
    assert.equal(outcome.foreign, 1);
    const found = await world.store.deadLetter(id);
    assert.equal(found?.letter.errorCode, 'RETRIES_EXHAUSTED');
    assert.equal(found?.letter.topic, 'things');
    assert.equal(found?.letter.source, messageId);
    assert.equal(await world.bodyOf(id), '{"idempotency_key":"given up"}');
    // A notice is removed when its letter is closed. It does not become a dead letter.
    await world.store.closeDeadLetters([id], 'discarded', { at: NOW, by: 'x', reason: null, repair: null });
    const settled = await drain({ ...world.deployment, hiddenSeconds: 0 }, NOW, never);
    assert.ok(settled.settled >= 1);
    assert.equal(settled.drained, 0);
    const after = await drain({ ...world.deployment, hiddenSeconds: 0 }, NOW, never);
    assert.deepEqual([after.drained, after.settled, after.foreign], [0, 0, 1]);
  });

  test('a drain ends when its time is up', async () => {
    const outcome = await drain(world.deployment, NOW, () => true);
    assert.deepEqual(outcome, { drained: 0, settled: 0, open: 0, foreign: 0, failures: [] });
  });

  test('a queue without a contract keeps its messages', async () => {
    const record = { ...sqsRecord('m', '{}'), eventSourceARN: QUEUE_ARN.replace('things', 'others') };
    await assert.rejects(
      intake(world.deployment, sqsEvent([record]), lambdaContext()),
      fails('TOPIC_UNKNOWN'),
    );
  });
});
