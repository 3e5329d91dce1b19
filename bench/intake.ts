import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSRecord } from 'aws-lambda';
import { s3Files } from '../src/aws/deployment/s3-files.ts';
import { type IntakeFunction, intake } from '../src/aws/intake/intake-function.ts';
import { compare, type Measured } from './measure.ts';
import { orderMessage, randomFrom } from './messages.ts';
import { ordersTopic } from './scan.ts';

const SEED = 7;
const BATCH = 100;
/** At least ten times the rate of plain Python. */
const TARGET = 0.1;
const QUEUE = 'arn:aws:sqs:eu-central-1:123456789012:lean-ops-bench-orders-queue';

/**
 * Batches of SQS messages through the intake function, with immediate answers to the SDK's calls, against
 * plain Python. Needs LEAN_OPS_PYTHON; without it the row is reported as left out.
 */
export async function intakeRows(messages: number, rounds: number): Promise<readonly Measured[]> {
  const python = process.env.LEAN_OPS_PYTHON;
  if (python === undefined) {
    process.stderr.write('intake: left out, for LEAN_OPS_PYTHON names no Python\n');
    return [];
  }
  const records = recordsOf(messages);
  const folder = await mkdtemp(join(tmpdir(), 'lean-ops-bench-'));
  const file = join(folder, 'records.ndjson');
  await writeFile(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const child = spawn(python, [join(import.meta.dirname, 'intake_yardstick.py'), file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  try {
    const row = await compare(
      {
        name: `${messages} SQS messages through the intake function, plain Python`,
        target: TARGET,
        atMost: true,
        ours: async () => expect(await takeAll(records), messages),
        yardstick: async () => {
          child.stdin.write('\n');
          expect(Number((await answers.next()).value), messages);
        },
      },
      rounds,
    );
    return [row];
  } finally {
    child.stdin.end();
    await once(child, 'exit');
    await rm(folder, { recursive: true });
  }
}

async function takeAll(records: readonly SQSRecord[]): Promise<number> {
  let taken = 0;
  const deployment = deploymentOf((count) => {
    taken += count;
  });
  for (let at = 0; at < records.length; at += BATCH) {
    const event = { Records: records.slice(at, at + BATCH) };
    const { batchItemFailures } = await intake(deployment, event, CONTEXT);
    taken -= batchItemFailures.length;
  }
  return taken;
}

function deploymentOf(put: (records: number) => void): IntakeFunction {
  const firehose = new FirehoseClient({});
  firehose.send = async ({ input }: { input: { Records?: readonly unknown[] } }) => {
    put(input.Records?.length ?? 0);
    return { FailedPutCount: 0, RequestResponses: [] };
  };
  const unasked = async (): Promise<never> => {
    throw new Error('no message of the bench is a dead letter');
  };
  return {
    firehose,
    s3: new S3Client({}),
    sqs: new SQSClient({}),
    store: { storeDeadLetters: unasked, latestContract: unasked, deadLetter: unasked },
    topics: new Map([['orders', ordersTopic()]]),
    prefix: 'lean-ops-bench',
    stream: 'lean-ops-bench-raw',
    files: s3Files(new S3Client({})),
    bucket: 'none',
    errorsBucket: 'none',
    dlqUrl: 'none',
    maxFutureMicros: BigInt(Number.MAX_SAFE_INTEGER),
    clock: () => BigInt(Date.now()) * 1000n,
    countIntake: async () => undefined,
    reports: {
      batch: () => undefined,
      drained: () => undefined,
      redelivered: () => undefined,
      uncounted: () => undefined,
    },
  };
}

function recordsOf(messages: number): readonly SQSRecord[] {
  const random = randomFrom(SEED);
  return Array.from({ length: messages }, (_, index) => ({
    messageId: `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`,
    receiptHandle: 'handle',
    body: orderMessage(index, messages, random),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1700000000000',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '1700000000001',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: QUEUE,
    awsRegion: 'eu-central-1',
  }));
}

const CONTEXT: Context = {
  awsRequestId: 'bench',
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'bench',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:bench',
  memoryLimitInMB: '512',
  logGroupName: 'bench',
  logStreamName: 'bench',
  getRemainingTimeInMillis: () => 30_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};

function expect(taken: number, messages: number): void {
  if (taken !== messages) throw new Error(`${taken} of ${messages} messages were taken`);
}
