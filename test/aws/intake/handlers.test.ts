import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { makeHandler as makeTransform } from '../../../lambda/firehose_transform/make-handler.ts';
import { openRuntime } from '../../../lambda/runtime.ts';
import { makeHandler } from '../../../lambda/sqs_processor/make-handler.ts';
import { deadLetterId } from '../../../src/state/dead-letter.ts';
import { fails } from '../../state/contract.ts';
import { lambdaContext } from '../lambda-context.ts';
import { BUCKET, ERRORS_BUCKET, openWorld, PREFIX, sqsEvent, sqsRecord, type World } from './world.ts';

const CONTRACT = `apiVersion: v3.1.0
kind: DataContract
id: things
version: 1.0.0
status: active
schema:
  - name: things
    properties:
      - name: x
        logicalType: string
`;
const CANARY = 'canary-91c2';

suite('the functions of the intake, as Lambda starts them', () => {
  let world: World;
  let contracts: string;
  const environment = (): Record<string, string> => ({
    LEAN_OPS_ENV: 'test',
    LEAN_OPS_PREFIX: PREFIX,
    LEAN_OPS_WAREHOUSE_BUCKET: 'warehouse',
    LEAN_OPS_DEAD_LETTERS_BUCKET: BUCKET,
    LEAN_OPS_ARTIFACTS_BUCKET: 'artifacts',
    LEAN_OPS_FIREHOSE_ERRORS_BUCKET: ERRORS_BUCKET,
    LEAN_OPS_FIREHOSE_STREAM: `${PREFIX}-raw`,
    LEAN_OPS_DLQ_URL: world.deployment.dlqUrl,
    LEAN_OPS_ALERTS_TOPIC_ARN: 'arn:aws:sns:eu-central-1:123456789012:alerts',
    LEAN_OPS_MASKING_SECRET: 'secret',
    LEAN_OPS_GLUE_DATABASE_PREFIX: 'lean_ops_test',
  });
  before(async () => {
    world = await openWorld();
    contracts = await mkdtemp(join(tmpdir(), 'lean-ops-contracts-'));
    await writeFile(join(contracts, 'things.odcs.yaml'), CONTRACT);
    const firehose = new FirehoseClient(world.settings);
    await firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: `${PREFIX}-raw`,
        ExtendedS3DestinationConfiguration: {
          RoleARN: 'arn:aws:iam::123456789012:role/stream',
          BucketARN: `arn:aws:s3:::${BUCKET}`,
          Prefix: 'stream/',
        },
      }),
    );
    firehose.destroy();
  });
  after(async () => {
    await rm(contracts, { recursive: true });
    await world.stop();
  });

  /** What the functions write to standard output and error during the work. */
  const spoken = async (work: () => Promise<void>): Promise<string> => {
    const said: unknown[] = [];
    const names = ['log', 'info', 'warn', 'error', 'debug'] as const;
    const [out, err] = [process.stdout.write, process.stderr.write];
    const kept = names.map((name) => [name, console[name]] as const);
    const write = (chunk: unknown): boolean => said.push(chunk) > 0;
    for (const name of names) console[name] = (...all: unknown[]) => void said.push(...all);
    process.stdout.write = write;
    process.stderr.write = write;
    try {
      await work();
    } finally {
      for (const [name, original] of kept) console[name] = original;
      process.stdout.write = out;
      process.stderr.write = err;
    }
    return said.map(String).join('\n');
  };

  test('a batch goes to the stream and the dead letters, and logs contain no payload', async () => {
    const text = await spoken(async () => {
      const handler = makeHandler(openRuntime(environment(), contracts), {
        ...world.settings,
        forcePathStyle: true,
      });
      const records = [
        sqsRecord('good', `{"idempotency_key":"k","x":"${CANARY}"}`),
        sqsRecord('bad', `{"idempotency_key":"k","x":"${CANARY}",}`),
      ];
      const answer = await handler(sqsEvent(records), lambdaContext());
      assert.deepEqual(answer, { batchItemFailures: [] });
      const drained = await handler({ action: 'drain' }, lambdaContext());
      assert.deepEqual(drained, { drained: 0, settled: 0, open: 1, foreign: 0, failures: [] });
      const again = await handler({ action: 'redeliver' }, lambdaContext());
      assert.deepEqual(again, { redelivered: 0, removed: 0, left: 0, unreadable: [], failure: null });
      // A person's typing error.
      const typo = JSON.parse('{"action":"redelivery"}');
      await assert.rejects(handler(typo, lambdaContext()), { name: 'USAGE' });
    });
    assert.ok(text.includes('MALFORMED_JSON') && text.includes('"Received"'), text);
    assert.ok(!text.includes(CANARY));
    const { Contents = [] } = await world.clients.s3.send(
      new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'stream/' }),
    );
    const { Body } = await world.clients.s3.send(
      new GetObjectCommand({ Bucket: BUCKET, Key: Contents[0]?.Key }),
    );
    const row = JSON.parse((await Body?.transformToString()) ?? '');
    assert.equal(row.source, 'good');
    assert.equal(row.topic_name, 'things');
    const letter = await world.store.deadLetter(deadLetterId('things', 'bad'));
    assert.equal(letter?.letter.errorCode, 'MALFORMED_JSON');
  });

  test('refuses to start if anything is missing, and names all of it', async () => {
    const lacking = environment();
    delete lacking.LEAN_OPS_DLQ_URL;
    lacking.LEAN_OPS_FIREHOSE_STREAM = '';
    assert.throws(() => openRuntime(lacking, contracts), /LEAN_OPS_FIREHOSE_STREAM, LEAN_OPS_DLQ_URL/);
    const nowhere = openRuntime(environment(), join(contracts, 'nowhere'));
    for (const start of [makeHandler, makeTransform])
      assert.throws(() => start(nowhere), fails('CONFIG_INVALID'));
    const broken = await mkdtemp(join(tmpdir(), 'lean-ops-contracts-'));
    await writeFile(join(broken, 'things.odcs.yaml'), CONTRACT.replace('string', 'text'));
    assert.throws(() => makeHandler(openRuntime(environment(), broken)), fails('CONTRACT_INVALID'));
    await rm(broken, { recursive: true });
  });

  test('the transformation counts what it could not route', async () => {
    const text = await spoken(async () => {
      const handler = makeTransform(openRuntime(environment(), contracts));
      const data = Buffer.from(`{"topic_name":"${CANARY}"}`).toString('base64');
      const event = { records: [{ recordId: 'r', data, approximateArrivalTimestamp: 0 }] };
      const { records } = await handler(event, lambdaContext());
      assert.deepEqual(records, [{ recordId: 'r', result: 'ProcessingFailed', data }]);
    });
    assert.match(text, /"ProcessingFailed":1/);
    assert.ok(!text.includes(CANARY));
  });
});
