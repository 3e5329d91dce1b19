import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { s3Files } from '../../../src/aws/deployment/s3-files.ts';
import { NOTICE_ATTRIBUTE } from '../../../src/aws/intake/dead-letter-sink.ts';
import type { IntakeFunction } from '../../../src/aws/intake/intake-function.ts';
import { invariant, LeanOpsError } from '../../../src/errors/error.ts';
import { type DynamoStore, openDynamoStore } from '../../../src/state/dynamodb/store.ts';
import { topicOf } from '../../raw/harness.ts';
import { FirehoseModel, serveFirehose } from '../firehose-model.ts';
import { type ClientSettings, startMoto } from '../moto.ts';
import { createStateTables } from '../state-tables.ts';

export const PREFIX = 'lean-ops-test';
export const BUCKET = 'dead-letters';
export const ERRORS_BUCKET = 'firehose-errors';
export const QUEUE_ARN = `arn:aws:sqs:eu-central-1:123456789012:${PREFIX}-things-queue`;

/** What happens to a call of an SDK client. Calls are numbered from 0, in the order in which they begin. */
export type Fault = 'none' | 'server error' | 'forbidden' | 'not sent' | 'answer lost';

export interface World {
  readonly deployment: IntakeFunction;
  readonly stream: FirehoseModel;
  /** All rows that the stream delivered, parsed. */
  readonly rows: readonly Record<string, unknown>[];
  readonly settings: ClientSettings;
  readonly clients: { readonly sqs: SQSClient; readonly s3: S3Client; readonly dynamo: DynamoDBClient };
  readonly store: DynamoStore;
  /** Codes of the reports. */
  readonly codes: string[];
  /** Decides the fate of the next calls. */
  setFaults(faults: (call: number) => Fault): void;
  /** All calls of that client fail; null: none. */
  failService(client: string | null): void;
  /** Which records the stream refuses, by their data. */
  throttle(refuses: (data: string) => boolean): void;
  /** Whether RAW accepts no rows: then the stream writes its records to the error prefix. */
  breakTable(isBroken: boolean): void;
  /** Writes the records that the model could not deliver to the error bucket, as one object. Returns its location. */
  layDownUndelivered(name: string): Promise<string>;
  bodyOf(deadLetterId: string): Promise<string>;
  /** Takes all notices out of the central queue. */
  takeNotices(): Promise<readonly Message[]>;
  stop(): Promise<void>;
}

/** Real clients on emulated AWS, with faults between them. The stream is the model, without a transformation. */
export async function openWorld(): Promise<World> {
  const moto = await startMoto();
  const rows: Record<string, unknown>[] = [];
  let refuses: (data: string) => boolean = () => false;
  let isBroken = false;
  const take = (delivered: readonly string[]): void => {
    invariant(!isBroken, 'RAW takes rows');
    rows.push(...delivered.map((row) => JSON.parse(row)));
  };
  const stream = modelOf(take, (data) => refuses(data));
  const served = await serveFirehose(stream);
  const settings = { ...moto.settings, maxAttempts: 1 };
  const clients = {
    sqs: new SQSClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
    dynamo: new DynamoDBClient(settings),
    firehose: new FirehoseClient({ ...settings, endpoint: served.endpoint }),
  };
  const dlqUrl = await prepare(clients);
  const store = openDynamoStore({ client: clients.dynamo, prefix: PREFIX, isOwnerDead: async () => false });
  const codes: string[] = [];
  const faulty = withFaults(Object.values(clients));
  return {
    stream,
    rows,
    settings: moto.settings,
    clients,
    store,
    codes,
    ...faulty,
    throttle: (decide) => {
      refuses = decide;
    },
    breakTable: (isNow) => {
      isBroken = isNow;
    },
    layDownUndelivered: async (name) => {
      const Key = `firehose-errors/iceberg-failed/2024/01/01/${name}`;
      const lines = stream.undelivered.splice(0).map((record) => `${JSON.stringify(record)}\n`);
      await clients.s3.send(new PutObjectCommand({ Bucket: ERRORS_BUCKET, Key, Body: lines.join('') }));
      return `s3://${ERRORS_BUCKET}/${Key}`;
    },
    deployment: intakeOf(clients, store, dlqUrl, codes),
    bodyOf: async (id) => {
      const Key = `dead-letters/things/${id}`;
      const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
      return (await Body?.transformToString()) ?? '';
    },
    takeNotices: () => takeNotices(clients.sqs, dlqUrl),
    stop: async () => {
      for (const client of Object.values(clients)) client.destroy();
      await served.close();
      await moto.stop();
    },
  };
}

/** The stream without a transformation. */
function modelOf(take: (rows: readonly string[]) => void, refuses: (data: string) => boolean): FirehoseModel {
  const otfMetadata = {
    destinationDatabaseName: 'raw',
    destinationTableName: 'things',
    operation: 'insert',
  } as const;
  return new FirehoseModel(
    async ({ records }) => ({
      records: records.map(({ recordId, data }) => ({
        recordId,
        data,
        result: 'Ok',
        metadata: { otfMetadata },
      })),
    }),
    async (_database, _table, delivered) => take(delivered),
    { refuses: (_record, data) => refuses(data.toString()) },
  );
}

interface Clients {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly dynamo: DynamoDBClient;
  readonly firehose: FirehoseClient;
}

/** Creates Terraform's resources. Returns the central queue's URL. */
async function prepare({ s3, sqs, dynamo }: Clients): Promise<string> {
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  for (const Bucket of [BUCKET, ERRORS_BUCKET]) {
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  }
  await createStateTables(dynamo, PREFIX);
  await sqs.send(new CreateQueueCommand({ QueueName: `${PREFIX}-things-queue` }));
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `${PREFIX}-dlq` }));
  return QueueUrl;
}

function intakeOf(clients: Clients, store: DynamoStore, dlqUrl: string, codes: string[]): IntakeFunction {
  return {
    ...clients,
    topics: new Map([['things', { ...topicOf(), topic: 'things' }]]),
    prefix: PREFIX,
    store,
    stream: `${PREFIX}-raw`,
    files: s3Files(clients.s3),
    bucket: BUCKET,
    errorsBucket: ERRORS_BUCKET,
    dlqUrl,
    maxFutureMicros: 86_400_000_000n,
    clock: () => BigInt(Date.now()) * 1000n,
    countIntake: (topic, counts, at, caller) => store.countIntake(topic, counts, at, caller),
    reports: {
      batch: (_topic, outcome) => codes.push(...outcome.codes),
      drained: () => undefined,
      redelivered: () => undefined,
      uncounted: (_topic, error) => codes.push(error instanceof LeanOpsError ? error.code : 'unknown'),
    },
  };
}

/** The part of a client that sends HTTP requests. */
interface AnyClient {
  readonly config: { readonly requestHandler: { handle(request: never, options?: never): Promise<unknown> } };
}

function withFaults(clients: readonly AnyClient[]) {
  let faults: (call: number) => Fault = () => 'none';
  let calls = 0;
  let down: string | null = null;
  const around = async <T>(client: string, next: () => Promise<T>): Promise<T> => {
    const fault = client === down ? 'server error' : faults(calls++);
    if (fault === 'server error') throw failure('InternalServerError', 500);
    if (fault === 'forbidden') throw failure('AccessDeniedException', 403);
    if (fault === 'not sent') throw failure('TimeoutError', null);
    const answer = await next();
    if (fault === 'answer lost') throw failure('TimeoutError', null);
    return answer;
  };
  for (const client of clients) {
    const { name } = client.constructor;
    const { requestHandler } = client.config;
    const handle = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = (request, options) => around(name, () => handle(request, options));
  }
  return {
    setFaults: (decide: (call: number) => Fault) => {
      faults = decide;
      calls = 0;
    },
    failService: (client: string | null) => {
      down = client;
    },
  };
}

function failure(name: string, httpStatusCode: number | null): Error {
  const $metadata = httpStatusCode === null ? {} : { httpStatusCode };
  return Object.assign(new Error(`a test's ${name}`), { name, $metadata });
}

async function takeNotices(sqs: SQSClient, QueueUrl: string): Promise<readonly Message[]> {
  const notices: Message[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: [NOTICE_ATTRIBUTE],
      }),
    );
    if (Messages.length === 0) return notices;
    for (const { ReceiptHandle } of Messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    notices.push(...Messages);
  }
}

/** A message as Lambda passes it. */
export function sqsRecord(messageId: string, body: string, receiveCount = 1): SQSRecord {
  return {
    messageId,
    receiptHandle: messageId,
    body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: '1700000000000',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '1700000000001',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: QUEUE_ARN,
    awsRegion: 'eu-central-1',
  };
}

export function sqsEvent(records: readonly SQSRecord[]): SQSEvent {
  return { Records: [...records] };
}
