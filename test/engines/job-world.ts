import assert from 'node:assert/strict';
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { SparkPlanDocument } from '../../src/aws/spark/plan.ts';
import type { Intent } from '../../src/semantic/intent.ts';
import { type Moto, startMoto } from '../aws/moto.ts';
import { TwoPlaces } from './conformance/two-places.ts';
import { sameRows } from './same-rows.ts';

const BUCKET = 'artifacts';
const LOCKS = 'lean-ops-t-locks';
const CHECKPOINTS = 'lean-ops-t-checkpoints';
const SECRET = 'lean-ops-t/masking-key';
const OWNER = 'execution-1';

interface Ended {
  /** null after success. */
  readonly error: string | null;
  readonly outcome: Readonly<Record<string, unknown>>;
}

/** A test's change of the plan before the job reads it. */
type PlanChange = (plan: SparkPlanDocument) => object;

/** Both engines, and the AWS services that the job calls, emulated: DynamoDB, S3 and Secrets Manager. */
export interface JobWorld {
  readonly places: TwoPlaces;
  readonly moto: Moto;
  /** Does what the state machine does before it starts the job. */
  readonly granted: (topic: string, intent: Intent, lease?: object) => Promise<void>;
  /** The state machine's arguments. The plan is at their location. */
  readonly args: (topic: string, intent: Intent, change?: PlanChange) => Promise<readonly string[]>;
  readonly run: (topic: string, intent: Intent, change?: PlanChange) => Promise<Ended>;
  /** Microseconds. */
  readonly leaseExpiry: (topic: string) => Promise<bigint>;
  /** Compares Spark's tables with DuckDB's. */
  readonly same: (topic: string) => Promise<void>;
  /** The number of snapshots of a table of Spark. */
  readonly snapshots: (table: string) => Promise<number>;
  readonly close: () => Promise<void>;
}

export async function openJobWorld(): Promise<JobWorld> {
  const [places, moto] = await Promise.all([TwoPlaces.open(), startMoto()]);
  const dynamodb = new DynamoDBClient(moto.settings);
  const s3 = new S3Client({ ...moto.settings, forcePathStyle: true });
  await prepare(places, moto, dynamodb, s3);
  let token = 0;

  const put = (table: string, item: Readonly<Record<string, unknown>>) =>
    dynamodb.send(new PutItemCommand({ TableName: table, Item: marshall(item) }));
  const args: JobWorld['args'] = async (topic, intent, change = (plan) => plan) => {
    const plan = change(await places.plan(topic, intent));
    const Key = `plans/${intent.batchId}.json`;
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: JSON.stringify(plan) }));
    const values = {
      topic,
      batch_id: intent.batchId,
      plan_uri: `s3://${BUCKET}/${Key}`,
      outcome_uri: `s3://${BUCKET}/outcomes/${intent.batchId}.json`,
      locks_table: LOCKS,
      checkpoints_table: CHECKPOINTS,
      lease_owner: OWNER,
      fencing_token: String(token),
      masking_secret: SECRET,
      JOB_NAME: 'as Glue adds it',
    };
    return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
  };
  const outcome = async (intent: Intent) => {
    const Key = `outcomes/${intent.batchId}.json`;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    return JSON.parse((await Body?.transformToString()) ?? '');
  };

  return {
    places,
    moto,
    granted: async (topic, intent, lease = {}) => {
      token += 1;
      const expires_at = (BigInt(Date.now()) + 60_000n) * 1_000n;
      const granted = { owner: OWNER, fencing_token: token, expires_at, ...lease };
      await put(LOCKS, { topic_name: `${topic}#semantic`, ...granted });
      await put(CHECKPOINTS, { topic_name: topic, intent: { batch_id: intent.batchId } });
    },
    args,
    run: async (topic, intent, change) => {
      const error = await places.spark.main(await args(topic, intent, change));
      return { error, outcome: error === null ? await outcome(intent) : {} };
    },
    leaseExpiry: async (topic) => {
      const Key = marshall({ topic_name: `${topic}#semantic` });
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: LOCKS, Key }));
      return BigInt(unmarshall(Item ?? {}).expires_at);
    },
    same: async (topic) => {
      const [duckdb, spark] = [await places.duckdbTables(topic), await places.sparkTables(topic)];
      for (const table of ['semantic', 'errors', 'drift'] as const)
        sameRows(spark[table], duckdb[table], table);
    },
    snapshots: async (table) =>
      (await places.spark.sql(`SELECT snapshot_id FROM lean_ops.spark.${table}.snapshots`)).length,
    close: async () => {
      await places.close();
      await moto.stop();
    },
  };
}

async function prepare(places: TwoPlaces, moto: Moto, dynamodb: DynamoDBClient, s3: S3Client): Promise<void> {
  for (const table of [LOCKS, CHECKPOINTS]) {
    await dynamodb.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'topic_name', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'topic_name', AttributeType: 'S' }],
      }),
    );
  }
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration }));
  const key = await places.workspace.maskingKey();
  assert.ok(key !== null);
  await new SecretsManagerClient(moto.settings).send(
    new CreateSecretCommand({ Name: SECRET, SecretString: Buffer.from(key.bytes).toString('hex') }),
  );
  await places.spark.aws(moto.settings);
}
