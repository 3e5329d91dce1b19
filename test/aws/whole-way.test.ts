import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { makeHandler as transformHandler } from '../../lambda/firehose_transform/make-handler.ts';
import { openRuntime } from '../../lambda/runtime.ts';
import {
  type IntakeHandler,
  makeHandler as processorHandler,
} from '../../lambda/sqs_processor/make-handler.ts';
import { makeHandler as balanceHandler } from '../../lambda/water_balance/make-handler.ts';
import { begin, release } from '../../src/aws/control/lease.ts';
import { retainRaw } from '../../src/aws/control/retain-raw.ts';
import type { AwsDeployment } from '../../src/aws/deployment/aws-deployment.ts';
import { awsConfigFrom } from '../../src/aws/deployment/config.ts';
import { openDeployment } from '../../src/aws/deployment/open-deployment.ts';
import { type Engine, openEngine } from '../../src/duckdb/engine/engine.ts';
import { loadTable } from '../../src/iceberg/table.ts';
import { derivedTable } from '../../src/pipeline/batches/topic-tables.ts';
import { until } from '../support/until.ts';
import { leanOps as commandLine, type Env, functionConfiguration, onTarget, userOf } from './cli-process.ts';
import { FirehoseModel } from './firehose-model.ts';
import { glueJobs, glueVersions, type JobEnd, type JobRunner } from './glue.ts';
import { deploy, expireLease, type Infrastructure, MASKING_KEY, PREFIX } from './infrastructure.ts';
import { lambdaContext } from './lambda-context.ts';
import { type LambdaHandler, lambdaFunctions, withContext } from './lambda-functions.ts';
import { type Amendment, type EmulatedAws, jsonAnswer, startEmulatedAws } from './proxy.ts';
import { queueMetrics } from './queue-metrics.ts';
import { rawWriter } from './raw-writer.ts';
import { assertSameRows, awsRows, comparable, EmbeddedOrders, type Row, STAMP } from './same-rows.ts';
import { runJob } from './spark-process.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MESSAGES = 240;
/** More messages, after a change of the contract. */
const LATE = 12;
const TOPIC = 'orders';
const MICROS_PER_DAY = 86_400_000_000n;
const QUEUE_ARN = `arn:aws:sqs:eu-central-1:123456789012:${PREFIX}-${TOPIC}-queue`;
const MENDED = 'BELOW_MINIMUM';

/** Promise: the same messages give the same rows on AWS (emulated, with real Spark) and in a workspace. */
suite('from queue to table', () => {
  let aws: EmulatedAws;
  let infrastructure: Infrastructure;
  let deployment: AwsDeployment;
  let engine: Engine;
  let stream: FirehoseModel;
  let processor: IntakeHandler;
  let balance: LambdaHandler;
  let sqs: SQSClient;
  let job: JobRunner;
  let folder: string;
  let messages: readonly string[];
  let late: readonly string[];
  let embedded: EmbeddedOrders;
  const metrics = queueMetrics();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lean-ops-whole-way-'));
    embedded = new EmbeddedOrders(folder);
    const handlers = new Map<string, LambdaHandler>([[`${PREFIX}-water-balance`, (event) => balance(event)]]);
    const firehose: Amendment = async ({ target, body }) =>
      target === 'Firehose_20150804.PutRecordBatch'
        ? jsonAnswer(200, stream.putRecordBatch(JSON.parse(body.toString('utf8'))))
        : null;
    const amendments = [lambdaFunctions(handlers, () => null), glueJobs((args) => job(args)), glueVersions()];
    const configuration = functionConfiguration(() => infrastructure.environment);
    aws = await startEmulatedAws([...amendments, metrics.amendment, firehose, configuration]);
    infrastructure = await deploy(aws, { [TOPIC]: await exampleContract() });
    const { environment, contracts } = infrastructure;
    sqs = new SQSClient(aws.settings);
    const runtime = openRuntime(environment, contracts);
    balance = withContext(balanceHandler(runtime, aws.settings));
    processor = processorHandler(runtime, aws.settings);
    const config = awsConfigFrom(environment);
    deployment = openDeployment({
      config,
      settings: aws.settings,
      topics: contracts,
      instrument: (client) => client,
    });
    engine = await openEngine({ memoryLimit: '256MiB', threads: 1, tempDirectory: join(folder, 'tmp') });
    const { files, catalog, clock } = deployment;
    const commit: Parameters<typeof rawWriter>[0]['commit'] = ({ swap, metadata }) =>
      catalog.swap(swap, metadata);
    const write = rawWriter({ engine, files, catalog, clock, commit });
    // Throttled at first. Every seventh record is delivered twice.
    const transform = transformHandler(runtime);
    stream = new FirehoseModel((event) => transform(event, lambdaContext()), write, {
      refuses: (record) => record < 5,
      duplicates: (record) => record % 7 === 0,
    });
    await balance({ action: 'prepare' });
    const taken = await sample();
    messages = taken.slice(0, MESSAGES).toSorted((a, b) => a.length - b.length);
    late = taken.slice(MESSAGES);
  });
  after(async () => {
    engine?.close();
    await aws?.stop();
    await infrastructure?.remove();
    await rm(folder, { recursive: true });
  });

  /** SQS as an event source: passes batches until the queue is empty; `again`: each batch is delivered twice. */
  const drainQueue = async (again: boolean): Promise<void> => {
    const QueueUrl = infrastructure.queueUrl(TOPIC);
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      );
      if (Messages.length === 0) return;
      const event: SQSEvent = { Records: Messages.map(recordOf) };
      if (again) await processor(event, lambdaContext());
      const { batchItemFailures } = (await processor(event, lambdaContext())) as SQSBatchResponse;
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const { MessageId, ReceiptHandle } of Messages) {
        if (!failed.has(MessageId ?? ''))
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        else
          await sqs.send(
            new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
          );
      }
    }
  };
  const send = async (bodies: readonly string[]): Promise<void> => {
    const QueueUrl = infrastructure.queueUrl(TOPIC);
    for (const MessageBody of bodies) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  };
  const spark = (args: Readonly<Record<string, string>>): Promise<JobEnd> =>
    runJob(aws, deployment.paths.warehouse, args);
  /** `waiting`: some rows were read by no batch. They may be duplicates, so the intake may be settling. */
  const assertBalanced = async (waiting = false): Promise<void> => {
    const answer = (await balance({ action: 'balance' })) as { status: string };
    const statuses = waiting ? ['balanced', 'settling'] : ['balanced'];
    assert.ok(statuses.includes(answer.status), JSON.stringify(answer));
  };
  /** Does what maintenance would do in 60 days, under a contract that keeps rows for a day. */
  const expireRaw = async (): Promise<void> => {
    const later: AwsDeployment = {
      ...deployment,
      clock: () => deployment.clock() + 60n * MICROS_PER_DAY,
      contract: async (topic) => {
        const found = await deployment.contract(topic);
        return { ...found, topic: { ...found.topic, retentionSeconds: 86_400 } };
      },
    };
    const holder = { topic: TOPIC, owner: 'maintenance', fencingToken: 0n };
    const begun = await begin(deployment, {
      ...holder,
      leaseSeconds: 900,
      kind: 'maintain',
      startedAt: deployment.clock(),
    });
    assert.ok(begun.outcome === 'acquired');
    assert.ok(await retainRaw(later, { ...holder, fencingToken: begun.fencingToken }, 900));
    await release(deployment, TOPIC, holder.owner);
  };
  /** The command line's answers, on AWS and for the workspace. */
  const ask = async (argv: readonly string[], env: Env) => {
    const { status, stdout, stderr } = await commandLine(argv, folder, env);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  };
  const both = async (...argv: readonly string[]) => {
    const question = [...argv, '--json', '--quiet'];
    const here = ['--workspace', embedded.workspace, ...question];
    const keyed = { ...process.env, LEAN_OPS_MASKING_KEY: MASKING_KEY };
    return [await ask(onTarget(question), userOf(aws, folder)), await ask(here, keyed)];
  };
  const deepBalance = async () => {
    const question = onTarget(['balance', TOPIC, '--deep', '--json', '--quiet']);
    const { stdout, stderr } = await commandLine(question, folder, userOf(aws, folder));
    assert.notEqual(stdout, '', stderr);
    return JSON.parse(stdout).topics[0].deep;
  };
  const execute = (input: object = { kind: 'incremental' }) => infrastructure.run({ topic: TOPIC, ...input });

  test('a first half, throttled, delivered twice, with a job that fails first', async () => {
    await send(messages.slice(0, MESSAGES / 2));
    await drainQueue(false);
    await stream.flush();
    job = async () => ({ state: 'FAILED', error: 'ExecutorLost' });
    assert.equal((await (await execute()).end()).error, 'JOB_FAILED');
    job = spark;
    const ended = await (await execute()).end();
    assert.equal(ended.status, 'SUCCEEDED', ended.cause);
    assert.equal(JSON.parse(ended.output ?? '').result, 'Processed');
  });

  test('a second half, each batch redelivered, with a lease that is lost', async () => {
    await send(messages.slice(MESSAGES / 2));
    await drainQueue(true);
    await stream.flush();
    let finish = (): void => assert.fail('the first job has not started');
    let started = 0;
    job = (args) => {
      started += 1;
      if (started > 1) return spark(args);
      return new Promise<void>((resolve) => {
        finish = resolve;
      }).then(() => spark(args));
    };
    const stale = await execute();
    await until('the job of the stale holder starts', () => started > 0);
    await expireLease(aws);
    const fresh = await (await execute()).end();
    assert.equal(fresh.status, 'SUCCEEDED', fresh.cause);
    // The stale holder's job runs after all. It may write nothing, and reports that.
    finish();
    assert.equal((await stale.end()).error, 'LEASE_LOST');
  });

  test('Spark wrote what DuckDB derives from RAW', async () => {
    const deep = await deepBalance();
    assert.deepEqual([deep.status, deep.differing, deep.differing_errors], ['equal', 0, 0]);
    assert.ok(deep.rows > 0);
  });

  test('a redrive after a fix of the contract, and maintenance after it', async () => {
    job = spark;
    await writeFile(join(infrastructure.contracts, `${TOPIC}.odcs.yaml`), await mendedContract());
    const redrive = await (await execute({ kind: 'redrive', redrive: { code: MENDED } })).end();
    const { result, chosen, redriven } = JSON.parse(redrive.output ?? '{}');
    assert.deepEqual([result, chosen, redriven], ['Redriven', 1, 1], redrive.cause);
    const maintenance = await (await execute({ kind: 'maintain' })).end();
    assert.equal(JSON.parse(maintenance.output ?? '{}').result, 'Maintained', maintenance.cause);
    const [record] = await deployment.store.maintenance(`semantic.${TOPIC}`, 1);
    assert.ok(record !== undefined);
    assert.equal(
      JSON.parse((await (await execute({ kind: 'maintain' })).end()).output ?? '').result,
      'NothingToMaintain',
    );
  });

  test('the balance holds, and both places have the same rows', async () => {
    await assertBalanced();
    const { totals } = await deployment.store.checkpoint(TOPIC);
    assert.ok(totals.raw < totals.outcomes.rawRows, 'copies were delivered, and told from receptions');
    assert.ok((await deployment.store.deadLetterCounts(TOPIC)).open > 0, 'some messages are dead letters');
    await embedded.contract(await exampleContract());
    embedded.run(['run', await embedded.input('orders', messages)]);
    await embedded.contract(await mendedContract());
    embedded.run(['errors', 'redrive', TOPIC, '--code', MENDED]);
    await assertSameRows(aws, embedded);
  });

  test('the command line reads tables of Spark and of DuckDB in the same way', async () => {
    const findings = ({ errors }: { errors: readonly Row[] }) => comparable(errors);
    const [errors, embeddedErrors] = await both('errors', TOPIC, '--redriven');
    assert.ok(errors.errors.some((row: Row) => row[STAMP]));
    assert.deepEqual(findings(errors), findings(embeddedErrors));
    // Batches and duplicates differ, and so does which version lost to which. Received messages and current rows do not.
    const key = embeddedErrors.errors.find((row: Row) => row[STAMP])?.key;
    const [explained, embeddedExplained] = await both('explain', '--key', key, '--topic', TOPIC);
    const fates = ({ receptions }: { receptions: readonly Row[] }) =>
      [...new Set(receptions.map(({ message_id, fate }) => `${message_id} ${fate}`))].sort();
    assert.ok(fates(explained).length > 0);
    assert.deepEqual(fates(explained), fates(embeddedExplained));
  });

  test('an incompatible contract halts the run, and a rebuild applies it in both places', async () => {
    await writeFile(join(infrastructure.contracts, `${TOPIC}.odcs.yaml`), await brokenContract());
    await send(late.slice(1));
    await drainQueue(false);
    await stream.flush();
    await infrastructure.alerts();
    assert.equal((await (await execute()).end()).error, 'REBUILD_REQUIRED');
    assert.deepEqual(await infrastructure.alerts(), [
      { event: 'raised', code: 'REBUILD_REQUIRED', topic: TOPIC },
    ]);
    assert.equal((await deployment.store.checkpoint(TOPIC)).intent, null);
    const rebuild = await (await execute({ kind: 'rebuild' })).end();
    assert.equal(JSON.parse(rebuild.output ?? '{}').result, 'Processed', rebuild.cause);
    assert.deepEqual(
      (await infrastructure.alerts()).map(({ event }) => event),
      ['recovered'],
    );
    assert.equal((await deployment.store.checkpoint(TOPIC)).generation, 2);
    // Older snapshots show hashes of names, which the contract hides now.
    const table = await loadTable(deployment.files, deployment.catalog, derivedTable(TOPIC));
    assert.deepEqual(
      table?.metadata.snapshots.map(({ summary }) => summary['lean-ops.generation']),
      ['2'],
    );
    await assertBalanced();
    await embedded.contract(await brokenContract());
    embedded.run(['run', await embedded.input('late', late.slice(1))], 'REBUILD_REQUIRED');
    embedded.run(['rebuild', TOPIC]);
    const { orders = [] } = await assertSameRows(aws, embedded);
    assert.ok(orders.some((row) => row.customer_name === '***'));
    assert.equal((await (await execute()).end()).status, 'SUCCEEDED');
  });

  test('RAW rows expire between deliveries: the batch reads past that, and a rebuild keeps their rows or is refused', async () => {
    const [first = '', second = ''] = [late[0], late[1]];
    await send([first]);
    await drainQueue(false);
    await stream.flush();
    await expireRaw();
    await assertBalanced(true);
    // The second message came before. Its RAW row has expired, but RAW's history still has it.
    const key: string = JSON.parse(second).payload.order_id;
    const [explanation] = await both('explain', '--key', key, '--topic', TOPIC);
    assert.ok(explanation.receptions.length > 0, JSON.stringify(explanation));
    await send([second]);
    await drainQueue(false);
    await stream.flush();
    const batch = await (await execute()).end();
    assert.equal(JSON.parse(batch.output ?? '{}').result, 'Processed', batch.cause);
    const { gone, outcomes } = (await deployment.store.checkpoint(TOPIC)).totals;
    assert.ok(gone.expired > 0 && gone.expired < outcomes.rawRows);
    await assertBalanced();
    embedded.run(['run', await embedded.input('last', [first, second])]);
    await assertSameRows(aws, embedded);
    const deep = await deepBalance();
    assert.deepEqual([deep.status, deep.differing, deep.differing_errors], ['partial', 0, 0], deep.reason);
    assert.equal((await (await execute({ kind: 'rebuild' })).end()).error, 'RAW_EXPIRED');
    const { [TOPIC]: before } = await awsRows(aws);
    const kept = await (await execute({ kind: 'rebuild', keep_unreachable: true })).end();
    assert.equal(JSON.parse(kept.output ?? '{}').result, 'Processed', kept.cause);
    const { [TOPIC]: after } = await awsRows(aws);
    assert.deepEqual(comparable(after), comparable(before));
    assert.ok(after?.some((row) => row._batch_id?.startsWith('carried:')));
    await assertBalanced();
    const again = await deepBalance();
    assert.deepEqual(
      [again.status, again.differing, again.differing_errors],
      ['partial', 0, 0],
      again.reason,
    );
  });
});

function exampleContract(): Promise<string> {
  return readFile(join(ROOT, 'examples/workspace/topics/orders.odcs.yaml'), 'utf8');
}

/** A contract that accepts orders without items. */
async function mendedContract(): Promise<string> {
  return (await exampleContract()).replace('minimum: 1', 'minimum: 0');
}

/** A contract with an incompatible type of a column, and with more of a name masked. */
async function brokenContract(): Promise<string> {
  return (await mendedContract())
    .replace(
      '- name: delivery_date\n        logicalType: date',
      '- name: delivery_date\n        logicalType: string',
    )
    .replace('value: hash', 'value: redact');
}

/** The examples' messages that SQS accepts, among them bad ones. */
async function sample(): Promise<readonly string[]> {
  const bytes = await readFile(join(ROOT, 'examples/messages/orders.ndjson'));
  const lines = bytes
    .toString('latin1')
    .split('\n')
    .map((line) => Buffer.from(line, 'latin1'));
  const sqsText = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]+$/u;
  const texts = lines.flatMap((line) => {
    const body = line.toString('utf8');
    return Buffer.from(body).equals(line) && sqsText.test(body) ? [body] : [];
  });
  const bad = texts.filter((body) => !isJson(body));
  return [...bad, ...texts.filter(isJson)].slice(0, MESSAGES + LATE);
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function recordOf({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }: Message) {
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes as unknown as SQSEvent['Records'][number]['attributes'],
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: QUEUE_ARN,
    awsRegion: 'eu-central-1',
  };
}
