import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { invariant } from '../../src/errors/error.ts';
import { until } from '../support/until.ts';
import type { EmulatedAws } from './proxy.ts';
import { createStateTables } from './state-tables.ts';

/** The resources of Terraform, created on emulated AWS. */
export interface Infrastructure {
  /** The folder of the contracts, as beside each function's code. */
  readonly contracts: string;
  /** The environment variables of every function. */
  readonly environment: Readonly<Record<string, string>>;
  readonly queueUrl: (topic: string) => string;
  readonly run: (input: object) => Promise<Execution>;
  /** The notifications since the last call. */
  readonly alerts: () => Promise<
    readonly { readonly event: string; readonly code: string; readonly topic: string }[]
  >;
  readonly remove: () => Promise<void>;
}

export interface Execution {
  readonly arn: string;
  /** Waits for the execution's end. */
  readonly end: () => Promise<DescribeExecutionCommandOutput>;
}

export const PREFIX = 'lean-ops-test';
const DATABASES = 'lean_ops_test';
/** A step of an execution may run a real Spark job. */
const EXECUTION_DEADLINE_MS = 600_000;
const ACCOUNT = '123456789012';
export const MASKING_KEY = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';
/** Executions wait in real time; the pauses of the definition are for AWS. */
const PAUSES: readonly (readonly [RegExp, string])[] = [
  [/"IntervalSeconds": \d+/g, '"IntervalSeconds": 1'],
  [/"BackoffRate": \d+/g, '"BackoffRate": 1'],
  [/"Seconds": \d+/g, '"Seconds": 1'],
];

export async function deploy(
  aws: EmulatedAws,
  contracts: Readonly<Record<string, string>>,
): Promise<Infrastructure> {
  const { settings } = aws;
  const root = await mkdtemp(join(tmpdir(), 'lean-ops-aws-'));
  await mkdir(join(root, 'contracts'));
  for (const [topic, text] of Object.entries(contracts))
    await writeFile(join(root, 'contracts', `${topic}.odcs.yaml`), text);
  const buckets = await createBuckets(new S3Client(settings));
  await createStateTables(new DynamoDBClient(settings), PREFIX);
  const glue = new GlueClient(settings);
  for (const namespace of ['raw', 'semantic'])
    await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: `${DATABASES}_${namespace}` } }));
  const sqs = new SQSClient(settings);
  const queue = async (name: string): Promise<string> => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    invariant(QueueUrl !== undefined, 'SQS gives the address of a new queue');
    return QueueUrl;
  };
  const queues = new Map<string, string>();
  for (const topic of Object.keys(contracts)) queues.set(topic, await queue(`${PREFIX}-${topic}-queue`));
  const secrets = new SecretsManagerClient(settings);
  await secrets.send(new CreateSecretCommand({ Name: `${PREFIX}/masking-key`, SecretString: MASKING_KEY }));
  const alerts = await alertsTopic(settings, sqs, await queue(`${PREFIX}-people`));
  const machine = await createMachine(new SFNClient(settings));
  return {
    contracts: join(root, 'contracts'),
    environment: {
      ...buckets,
      POWERTOOLS_SERVICE_NAME: 'water_balance',
      POWERTOOLS_METRICS_NAMESPACE: 'LeanOps',
      LEAN_OPS_ENV: 'test',
      LEAN_OPS_PREFIX: PREFIX,
      LEAN_OPS_FIREHOSE_STREAM: `${PREFIX}-raw`,
      LEAN_OPS_DLQ_URL: await queue(`${PREFIX}-dlq`),
      LEAN_OPS_ALERTS_TOPIC_ARN: alerts.arn,
      LEAN_OPS_MASKING_SECRET: `${PREFIX}/masking-key`,
      LEAN_OPS_GLUE_DATABASE_PREFIX: DATABASES,
    },
    queueUrl: (topic) => queues.get(topic) ?? '',
    run: machine,
    alerts: alerts.receive,
    remove: () => rm(root, { recursive: true }),
  };
}

async function createBuckets(s3: S3Client): Promise<Readonly<Record<string, string>>> {
  const names = {
    LEAN_OPS_WAREHOUSE_BUCKET: `${PREFIX}-warehouse-${ACCOUNT}`,
    LEAN_OPS_DEAD_LETTERS_BUCKET: `${PREFIX}-dead-letters-${ACCOUNT}`,
    LEAN_OPS_ARTIFACTS_BUCKET: `${PREFIX}-artifacts-${ACCOUNT}`,
    LEAN_OPS_FIREHOSE_ERRORS_BUCKET: `${PREFIX}-firehose-errors-${ACCOUNT}`,
  };
  for (const Bucket of Object.values(names)) {
    const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
    await s3.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  }
  return names;
}

/** A queue instead of people subscribes. */
async function alertsTopic(settings: EmulatedAws['settings'], sqs: SQSClient, QueueUrl: string) {
  const sns = new SNSClient(settings);
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `${PREFIX}-alerts` }));
  invariant(TopicArn !== undefined, 'SNS gives the ARN of a new topic');
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: Attributes?.QueueArn,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  const receive = async () => {
    const all: { event: string; code: string; topic: string }[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 3600 }),
      );
      if (Messages.length === 0) return all;
      for (const { Body = '' } of Messages) {
        const { event, code, topic } = JSON.parse(Body);
        all.push({ event, code, topic });
      }
    }
  };
  return { arn: TopicArn, receive };
}

/** The state machine's definition, with the values that Terraform fills in. */
export async function definition(): Promise<string> {
  const file = join(import.meta.dirname, '..', '..', 'modules', 'semantic', 'state_machine.asl.json');
  const values: Readonly<Record<string, string>> = {
    water_balance_arn: `arn:aws:lambda:eu-central-1:${ACCOUNT}:function:${PREFIX}-water-balance`,
    glue_job_name: `${PREFIX}-semantic`,
    lease_seconds: '900',
  };
  return (await readFile(file, 'utf8')).replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    invariant(value !== undefined, `Terraform hands ${name} over`);
    return value;
  });
}

async function createMachine(sfn: SFNClient): Promise<Infrastructure['run']> {
  const paced = PAUSES.reduce((text, [from, to]) => text.replaceAll(from, to), await definition());
  const { stateMachineArn } = await sfn.send(
    new CreateStateMachineCommand({
      name: `${PREFIX}-semantic`,
      definition: paced,
      roleArn: `arn:aws:iam::${ACCOUNT}:role/machine`,
    }),
  );
  return async (input) => {
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), name: randomUUID() }),
    );
    invariant(executionArn !== undefined, 'Step Functions gives the ARN of an execution');
    const end = async (): Promise<DescribeExecutionCommandOutput> => {
      let execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      await until(
        `the execution ends: ${JSON.stringify(input)}`,
        async () => {
          execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
          return execution.status !== 'RUNNING';
        },
        { deadlineMs: EXECUTION_DEADLINE_MS },
      );
      return execution;
    };
    return { arn: executionArn, end };
  };
}

/** Lets the topic's lease expire. */
export async function expireLease(aws: EmulatedAws): Promise<void> {
  await new DynamoDBClient(aws.settings).send(
    new UpdateItemCommand({
      TableName: `${PREFIX}-locks`,
      Key: { topic_name: { S: 'orders#semantic' } },
      UpdateExpression: 'SET expires_at = :past',
      ExpressionAttributeValues: { ':past': { N: '1' } },
    }),
  );
}
