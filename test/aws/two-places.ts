import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteMessageCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { AwsDeployment } from '../../src/aws/deployment/aws-deployment.ts';
import { awsConfigFrom } from '../../src/aws/deployment/config.ts';
import { openDeployment } from '../../src/aws/deployment/open-deployment.ts';
import { openEngine } from '../../src/duckdb/engine/engine.ts';
import { openWorkspace } from '../../src/embedded/workspace/open.ts';
import type { Workspace } from '../../src/embedded/workspace/workspace.ts';
import { invariant } from '../../src/errors/error.ts';
import { type Env, functionConfiguration, leanOps, onTarget, type Run, userOf } from './cli-process.ts';
import { glueVersions } from './glue.ts';
import { deploy, type Infrastructure, MASKING_KEY } from './infrastructure.ts';
import { moveToAws } from './moved-workspace.ts';
import { type Amendment, type EmulatedAws, jsonAnswer, startEmulatedAws } from './proxy.ts';
import { type QueueMetrics, queueMetrics } from './queue-metrics.ts';

const ROOT = join(import.meta.dirname, '..', '..');
export const TOPIC = 'orders';
/** Lines of the example that each run takes; together they show every fate. */
const RUNS = [range(0, 120), range(700, 820), [...range(1300, 1380), 279, 1044, 1678]] as const;
/** Received only. */
const WAITING = range(1880, 1900);
/** Bytes of dead letters: one that a terminal may show, and one of which it may show the beginning. */
const LARGE = [10_000, 100_000] as const;

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** A deployment on emulated AWS and an embedded workspace that hold the same, with the command line for both. */
export interface TwoPlaces {
  readonly deployment: AwsDeployment;
  /** Lends the embedded workspace. */
  readonly withWorkspace: <T>(task: (workspace: Workspace) => Promise<T>) => Promise<T>;
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly folder: string;
  /** The command line as a process, with `--target aws --env test`; `env` overrides the user's variables. */
  readonly onAws: (argv: readonly string[], env?: Env) => Promise<Run>;
  /** As `onAws`, but Ctrl-C is pressed while it reads files of tables. */
  readonly interrupted: (argv: readonly string[], env?: Env) => Promise<Run>;
  /** The command line as a process, with `--workspace`; `env` as for `onAws`. */
  readonly embedded: (argv: readonly string[], env?: Env) => Promise<Run>;
  readonly metrics: QueueMetrics;
  /** Services whose calls fail (`DynamoDB`, `AWSGlue` …), by the start of x-amz-target. */
  readonly down: Set<string>;
  /** Overrides variables of the function's configuration. */
  readonly configuration: Record<string, string>;
  readonly stop: () => Promise<void>;
}

export async function openTwoPlaces(): Promise<TwoPlaces> {
  const folder = await mkdtemp(join(tmpdir(), 'lean-ops-cli-aws-'));
  const workspace = join(folder, 'workspace');
  const embedded: TwoPlaces['embedded'] = (argv, env = {}) =>
    leanOps([...argv, '--workspace', workspace], folder, {
      ...process.env,
      LEAN_OPS_MASKING_KEY: MASKING_KEY,
      ...env,
    });
  const contract = await fillWorkspace(workspace, embedded);
  const down = new Set<string>();
  const configuration: Record<string, string> = {};
  let deployed: Infrastructure | undefined;
  const hold: Hold = { started: null };
  const metrics = queueMetrics();
  const amendments = [
    holding(hold),
    failing(down),
    functionConfiguration(() => ({ ...deployed?.environment, ...configuration })),
    metrics.amendment,
    glueVersions(),
  ];
  const aws = await startEmulatedAws(amendments);
  deployed = await deploy(aws, { [TOPIC]: contract });
  const { environment, contracts } = deployed;
  const config = awsConfigFrom(environment);
  const deployment = openDeployment({
    config,
    settings: aws.settings,
    topics: contracts,
    instrument: (client) => client,
  });
  await move(aws, deployment, workspace, folder);
  const sqs = new SQSClient(aws.settings);
  const queueUrl = deployed.queueUrl(TOPIC);
  await sendAll(sqs, queueUrl, await receptions(embedded));
  const elsewhere = join(folder, 'elsewhere');
  await mkdir(elsewhere);
  return {
    deployment,
    metrics,
    withWorkspace: (task) => lent(workspace, deployment, task),
    sqs,
    queueUrl,
    folder,
    down,
    configuration,
    embedded,
    onAws: (argv, env = {}) => leanOps(onTarget(argv), elsewhere, { ...userOf(aws, folder), ...env }),
    interrupted: async (argv, env = {}) => {
      const started = new Promise<void>((resolve) => {
        hold.started = resolve;
      });
      const run = leanOps(onTarget(argv), elsewhere, { ...userOf(aws, folder), ...env }, started);
      return run.finally(() => {
        hold.started = null;
      });
    },
    stop: async () => {
      await aws.stop();
      await deployed?.remove();
      await rm(folder, { recursive: true });
    },
  };
}

async function lent<T>(
  folder: string,
  { clock }: AwsDeployment,
  task: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const opened = await openWorkspace(folder, { clock, environment: {} });
  try {
    return await task(opened);
  } finally {
    await opened.close();
  }
}

/** Three batches with every fate, a redrive under a second version, dead letters of each status, and pending rows. */
async function fillWorkspace(workspace: string, embedded: TwoPlaces['embedded']): Promise<string> {
  const file = join(workspace, 'topics', `${TOPIC}.odcs.yaml`);
  await mkdir(join(workspace, 'topics'), { recursive: true });
  const contract = await readFile(join(ROOT, 'examples/workspace/topics/orders.odcs.yaml'), 'utf8');
  await writeFile(join(workspace, 'lean-ops.yaml'), 'version: 1\nalerts:\n  stderr: false\n');
  await writeFile(file, contract);
  const must = async (...argv: readonly string[]): Promise<void> => {
    const { status, stderr } = await embedded(argv);
    invariant(status === 0, `lean-ops ${argv.join(' ')} ends well: ${stderr}`);
  };
  const bytes = await readFile(join(ROOT, 'examples/messages/orders.ndjson'));
  const lines = bytes.toString('latin1').split('\n');
  const input = async (name: string, chosen: readonly number[]): Promise<string> => {
    const path = join(workspace, `${name}.ndjson`);
    await writeFile(path, chosen.map((line) => `${lines[line]}\n`).join(''), 'latin1');
    return path;
  };
  for (const [run, chosen] of RUNS.entries())
    await must('run', `${TOPIC}=${await input(`run-${run}`, chosen)}`);
  await must('ingest', TOPIC, await input('waiting', WAITING));
  const large = join(workspace, 'large.ndjson');
  await writeFile(large, LARGE.map((size) => `{"broken${'x'.repeat(size)}\n`).join(''));
  await must('ingest', TOPIC, large);
  const repaired = contract.replace('minimum: 1', 'minimum: 0');
  await writeFile(file, repaired);
  await must('errors', 'redrive', TOPIC, '--code', 'BELOW_MINIMUM');
  await must('dlq', 'discard', '--code', 'DUPLICATE_KEY', '--reason', 'a test', '--yes');
  await must('dlq', 'replay', '--code', 'PUBLISH_TIME_IN_FUTURE', '--yes');
  return repaired;
}

async function move(
  aws: EmulatedAws,
  deployment: AwsDeployment,
  root: string,
  folder: string,
): Promise<void> {
  const workspace = await openWorkspace(root, { clock: deployment.clock, environment: {} });
  const tempDirectory = join(folder, 'spill');
  const engine = await openEngine({ memoryLimit: '256MiB', threads: 1, tempDirectory });
  const dynamo = new DynamoDBClient(aws.settings);
  try {
    await moveToAws({ workspace, deployment, dynamo, engine, folder }, TOPIC);
  } finally {
    engine.close();
    await workspace.close();
  }
}

/** How many messages the queue would have received. */
async function receptions(embedded: TwoPlaces['embedded']): Promise<number> {
  const { stdout } = await embedded(['status', '--json', '--quiet']);
  return JSON.parse(stdout).topics[0].received;
}

/** Sends so many messages for CloudWatch to count, and empties the queue. */
async function sendAll(sqs: SQSClient, QueueUrl: string, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 10) {
    const Entries = Array.from({ length: Math.min(10, count - sent) }, (_, at) => ({
      Id: String(at),
      MessageBody: '{}',
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
  await sqs.send(new PurgeQueueCommand({ QueueUrl }));
}

/** Takes all messages out of the queue. */
export async function takeAll(sqs: SQSClient, QueueUrl: string) {
  const taken = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) return taken;
    for (const { ReceiptHandle } of Messages)
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    taken.push(...Messages);
  }
}

interface Hold {
  /** Called when a data file is requested, which then gets no answer; null: every request is answered. */
  started: (() => void) | null;
}

function holding(hold: Hold): Amendment {
  return async ({ method, path }) => {
    if (hold.started === null || method !== 'GET' || !path.includes('.parquet')) return null;
    hold.started();
    return new Promise(() => undefined);
  };
}

function failing(down: ReadonlySet<string>): Amendment {
  return async ({ target }) => {
    if (![...down].some((service) => target.startsWith(service))) return null;
    return jsonAnswer(503, { __type: 'ServiceUnavailable', message: 'down by the test' });
  };
}
