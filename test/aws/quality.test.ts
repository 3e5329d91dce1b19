import assert from 'node:assert/strict';
import { after, before, type Mock, mock, suite, test } from 'node:test';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { makeHandler as freshnessHandler } from '../../lambda/freshness_sla/make-handler.ts';
import { openRuntime } from '../../lambda/runtime.ts';
import { makeHandler as balanceHandler } from '../../lambda/water_balance/make-handler.ts';
import type { AwsDeployment } from '../../src/aws/deployment/aws-deployment.ts';
import { awsConfigFrom } from '../../src/aws/deployment/config.ts';
import { openDeployment } from '../../src/aws/deployment/open-deployment.ts';
import { contractText, ORDER_ID } from '../contract/sample.ts';
import { letter } from '../state/samples.ts';
import { glueVersions } from './glue.ts';
import { deploy, type Infrastructure, PREFIX } from './infrastructure.ts';
import { type LambdaHandler, withContext } from './lambda-functions.ts';
import { appendRaw, commitBatch } from './metadata-job.ts';
import { type EmulatedAws, startEmulatedAws } from './proxy.ts';
import { queueMetrics } from './queue-metrics.ts';

const HOUR = 3_600_000_000n;
const metrics = queueMetrics();

suite('water balance and freshness on emulated AWS', () => {
  let aws: EmulatedAws;
  let infrastructure: Infrastructure;
  let deployment: AwsDeployment;
  let sqs: SQSClient;
  let balance: LambdaHandler;
  let freshness: LambdaHandler;
  let printed: Mock<typeof console.log>;

  before(async () => {
    // Metrics are printed. With this variable they go through `console`, where the test can read them.
    process.env.POWERTOOLS_DEV = 'true';
    process.env.POWERTOOLS_METRICS_DISABLED = 'false';
    process.env.POWERTOOLS_SERVICE_NAME = 'water_balance';
    printed = mock.method(console, 'log', () => undefined);
    aws = await startEmulatedAws([metrics.amendment, glueVersions()]);
    infrastructure = await deploy(aws, { orders: contractText(ORDER_ID) });
    sqs = new SQSClient(aws.settings);
    const runtime = openRuntime(infrastructure.environment, infrastructure.contracts);
    balance = withContext(balanceHandler(runtime, aws.settings));
    freshness = withContext(freshnessHandler(runtime, aws.settings));
    deployment = openDeployment({
      config: awsConfigFrom(infrastructure.environment),
      settings: aws.settings,
      topics: infrastructure.contracts,
      instrument: (client) => client,
    });
    await balance({ action: 'prepare' });
  });
  after(async () => {
    mock.restoreAll();
    for (const name of ['DEV', 'METRICS_DISABLED', 'SERVICE_NAME']) delete process.env[`POWERTOOLS_${name}`];
    await aws.stop();
    await infrastructure.remove();
  });

  const send = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1)
      await sqs.send(
        new SendMessageCommand({ QueueUrl: infrastructure.queueUrl('orders'), MessageBody: '{}' }),
      );
  };
  /** Empties the queue, as the function does on the way to Firehose. */
  const take = async (): Promise<void> => {
    const QueueUrl = infrastructure.queueUrl('orders');
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return;
      for (const { ReceiptHandle } of Messages)
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  };
  const look = async () => {
    const answer = (await balance({ action: 'balance' })) as {
      status: string;
      topics: { equations: { name: string; residual: number | null }[]; unknown: string[] }[];
    };
    const [topic] = answer.topics;
    return { status: answer.status, intake: topic?.equations[0]?.residual, unknown: topic?.unknown ?? [] };
  };
  /** The last value of a metric, with the dimensions that Terraform's alarms name. */
  const emitted = (name: string): number | undefined => {
    const documents = printed.mock.calls.map(({ arguments: [text] }) => JSON.parse(String(text)));
    const last = documents.findLast((each) => each[name] !== undefined && each._aws !== undefined);
    assert.deepEqual(last?._aws.CloudWatchMetrics[0].Dimensions[0].toSorted(), [
      'environment',
      'service',
      'topic',
    ]);
    assert.equal(last.topic, 'orders');
    assert.equal(last._aws.CloudWatchMetrics[0].Namespace, 'LeanOps');
    return last[name];
  };
  const process_ = async (copies = 0): Promise<void> => {
    const scope = { topic: 'orders', owner: `test-${crypto.randomUUID()}`, lease_seconds: 900 };
    const input = { topic: 'orders', kind: 'incremental' };
    const started_at = new Date().toISOString();
    const begun = (await balance({ action: 'begin', input, started_at, ...scope })) as {
      fencing_token: string;
    };
    const held = { ...scope, fencing_token: begun.fencing_token };
    const next = (await balance({ action: 'raw_head', kind: input.kind, input, ...held })) as {
      batch_id: string;
      job_arguments: Record<string, string>;
    };
    await commitBatch(deployment, next.job_arguments, { table: true, outcome: true, copies });
    // Between the two commits the table is ahead of the ledger, and the balance takes that into account.
    assert.equal((await look()).status === 'unbalanced', false);
    const done = { batch_id: next.batch_id, kind: input.kind, following: 'incremental' };
    await balance({ action: 'complete', ...done, ...held });
    await balance({ action: 'release', ...scope });
  };
  const alerts = async () => (await infrastructure.alerts()).map(({ event, code }) => `${event} ${code}`);
  const state = async () => {
    const { topics } = (await freshness({})) as { topics: { state: string; reason: string }[] };
    return topics[0]?.state;
  };

  test('a topic without messages is balanced, and has no data yet', async () => {
    assert.deepEqual(await look(), { status: 'balanced', intake: 0, unknown: [] });
    assert.equal(emitted('ResidualMessages'), 0);
    assert.equal(emitted('BalanceUnknown'), 0);
    assert.equal(await state(), 'NO_DATA_YET');
    assert.equal(emitted('PipelineLate'), 0);
    assert.equal(emitted('FreshnessUnknown'), 0);
  });

  test('messages in the queue are pending; old ones are late', async () => {
    await send(5);
    assert.deepEqual(await look(), { status: 'balanced', intake: 0, unknown: [] });
    metrics.oldest.set(`${PREFIX}-orders-queue`, 60);
    assert.equal(await state(), 'FRESH');
    metrics.oldest.set(`${PREFIX}-orders-queue`, 5 * 3600);
    assert.equal(await state(), 'PIPELINE_LATE');
    assert.equal(emitted('PipelineLate'), 1);
    assert.deepEqual(await alerts(), ['raised PIPELINE_LATE']);
    await take();
    await appendRaw(deployment, 'orders', 5n);
    assert.deepEqual(await look(), { status: 'balanced', intake: 0, unknown: [] });
    assert.equal(await state(), 'FRESH');
    assert.deepEqual(await alerts(), ['recovered PIPELINE_LATE']);
    await process_();
    assert.deepEqual(await look(), { status: 'balanced', intake: 0, unknown: [] });
  });

  test('receptions on the way settle while they are young, and are missing when they are old', async () => {
    await send(3);
    await take();
    assert.deepEqual(await look(), { status: 'settling', intake: 3, unknown: [] });
    assert.equal(emitted('ResidualMessages'), 0);
    metrics.age(2 * 3600);
    assert.deepEqual(await look(), { status: 'unbalanced', intake: 3, unknown: [] });
    assert.equal(emitted('ResidualMessages'), 3);
    await look();
    assert.deepEqual(await alerts(), ['raised UNBALANCED']);
    await appendRaw(deployment, 'orders', 3n);
    assert.equal((await look()).status, 'balanced');
    assert.deepEqual(await alerts(), ['recovered UNBALANCED']);
  });

  test('duplicates do not count as receptions as soon as a batch has read them', async () => {
    await appendRaw(deployment, 'orders', 2n);
    assert.deepEqual(await look(), { status: 'settling', intake: -2, unknown: [] });
    await process_(2);
    assert.deepEqual(await look(), { status: 'balanced', intake: 0, unknown: [] });
  });

  test('dead letters and undelivered records are counted', async () => {
    await send(2);
    await take();
    const place = `s3://${deployment.config.deadLettersBucket}/dead-letters/orders/one`;
    await deployment.putObject(place, Buffer.from('{'));
    await deployment.store.storeDeadLetters([letter('orders', 'one')]);
    assert.equal((await look()).intake, 1);
    const line = (topic: string): string => {
      const rawData = Buffer.from(JSON.stringify({ topic_name: topic })).toString('base64');
      return JSON.stringify({ attemptsMade: 3, errorCode: 'Iceberg.DeliveryFailed', rawData });
    };
    const errors = `s3://${deployment.config.firehoseErrorsBucket}/firehose-errors`;
    const text = `${line('orders')}\n${line('others')}\n`;
    await deployment.putObject(`${errors}/iceberg-failed/2024/01/01/one`, Buffer.from(text));
    assert.deepEqual(await look(), { status: 'balanced', intake: 0, unknown: [] });
    await deployment.putObject(`${errors}/iceberg-failed/2024/01/01/two`, Buffer.from('no record\n'));
    const unknown = await look();
    assert.equal(unknown.status, 'unknown');
    assert.match(unknown.unknown.join(), /^undelivered: METADATA_INVALID_FILE/);
    assert.equal(emitted('BalanceUnknown'), 1);
    assert.deepEqual(await alerts(), ['raised BALANCE_UNKNOWN']);
    await deployment.files.remove(`${errors}/iceberg-failed/2024/01/01/two`);
    assert.equal((await look()).status, 'balanced');
    assert.deepEqual(await alerts(), ['recovered BALANCE_UNKNOWN']);
  });

  test('a source that cannot be read is unknown, never zero', async () => {
    metrics.isDown = true;
    const { status, intake, unknown } = await look();
    assert.deepEqual([status, intake], ['unknown', null]);
    assert.match(unknown.join(), /received: AWS_UNAVAILABLE/);
    await send(1);
    assert.equal(await state(), 'UNKNOWN');
    assert.equal(emitted('FreshnessUnknown'), 1);
    metrics.isDown = false;
    await take();
    await appendRaw(deployment, 'orders', 1n, deployment.clock() - 5n * HOUR);
    assert.equal(await state(), 'PIPELINE_LATE');
    await process_();
    assert.equal(await state(), 'FRESH');
    assert.equal((await look()).status, 'balanced');
  });
});
