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
import { invariant } from '../../src/errors/error.ts';
import { type Env, functionConfiguration, leanOps, onTarget, type Run, userOf } from './cli-process.ts';
import { glueVersions } from './glue.ts';
import { deploy, type Infrastructure, MASKING_KEY } from './infrastructure.ts';
import { moveToAws } from './moved-workspace.ts';
import { type Amendment, type EmulatedAws, jsonAnswer, startEmulatedAws } from './proxy.ts';
import { queueMetrics } from './queue-metrics.ts';

const ROOT = join(import.meta.dirname, '..', '..');
export const TOPIC = 'orders';
/** Lines of the example that each run takes; every fate is among them. */
const RUNS = [range(0, 120), range(700, 820), [...range(1300, 1380), 279, 1044, 1678]] as const;
/** Received only. */
const WAITING = range(1880, 1900);

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** One environment on emulated AWS and one embedded workspace that hold the same, and the command line before both. */
export interface CliHome {
  readonly home: AwsDeployment;
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly folder: string;
  /** The command line as a process of its own, `--target aws --env test` added; `env` goes over what a user has set. */
  readonly onAws: (argv: readonly string[], env?: Env) => Promise<Run>;
  /** As `onAws`, but interrupted as by Ctrl-C while it reads files of tables. */
  readonly interrupted: (argv: readonly string[], env?: Env) => Promise<Run>;
  readonly embedded: (...argv: readonly string[]) => Promise<Run>;
  /** Services whose calls fail (`DynamoDB`, `AWSGlue` …), by the beginning of x-amz-target. */
  readonly down: Set<string>;
  /** Over what the function's configuration says. */
  readonly configuration: Record<string, string>;
  readonly stop: () => Promise<void>;
}

export async function openCliHome(): Promise<CliHome> {
  const folder = await mkdtemp(join(tmpdir(), 'lean-ops-cli-aws-'));
  const workspace = join(folder, 'workspace');
  const embedded = (...argv: readonly string[]): Promise<Run> =>
    leanOps([...argv, '--workspace', workspace], folder, {
      ...process.env,
      LEAN_OPS_MASKING_KEY: MASKING_KEY,
    });
  const contract = await fillWorkspace(workspace, embedded);
  const down = new Set<string>();
  const configuration: Record<string, string> = {};
  let deployment: Infrastructure | undefined;
  const hold: Hold = { started: null };
  const amendments = [
    holding(hold),
    failing(down),
    functionConfiguration(() => ({ ...deployment?.environment, ...configuration })),
    queueMetrics().amendment,
    glueVersions(),
  ];
  const aws = await startEmulatedAws(amendments);
  deployment = await deploy(aws, { [TOPIC]: contract });
  const { environment, contracts } = deployment;
  const config = awsConfigFrom(environment);
  const home = openDeployment({
    config,
    settings: aws.settings,
    topics: contracts,
    instrument: (client) => client,
  });
  await move(aws, home, workspace, folder);
  const sqs = new SQSClient(aws.settings);
  const queueUrl = deployment.queueUrl(TOPIC);
  await sendAll(sqs, queueUrl, await receptions(embedded));
  const elsewhere = join(folder, 'elsewhere');
  await mkdir(elsewhere);
  return {
    home,
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
      await deployment?.remove();
      await rm(folder, { recursive: true });
    },
  };
}

/** Three batches with every fate, a redrive under a second version, dead letters of each status, rows that wait. */
async function fillWorkspace(workspace: string, embedded: CliHome['embedded']): Promise<string> {
  const file = join(workspace, 'topics', `${TOPIC}.odcs.yaml`);
  await mkdir(join(workspace, 'topics'), { recursive: true });
  const contract = await readFile(join(ROOT, 'examples/workspace/topics/orders.odcs.yaml'), 'utf8');
  await writeFile(join(workspace, 'lean-ops.yaml'), 'version: 1\nalerts:\n  stderr: false\n');
  await writeFile(file, contract);
  const must = async (...argv: readonly string[]): Promise<void> => {
    const { status, stderr } = await embedded(...argv);
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
  const mended = contract.replace('minimum: 1', 'minimum: 0');
  await writeFile(file, mended);
  await must('errors', 'redrive', TOPIC, '--code', 'BELOW_MINIMUM');
  await must('dlq', 'discard', '--code', 'DUPLICATE_KEY', '--reason', 'a test', '--yes');
  await must('dlq', 'replay', '--code', 'PUBLISH_TIME_IN_FUTURE', '--yes');
  return mended;
}

async function move(aws: EmulatedAws, home: AwsDeployment, root: string, folder: string): Promise<void> {
  const workspace = await openWorkspace(root, { clock: home.clock, environment: {} });
  const tempDirectory = join(folder, 'spill');
  const engine = await openEngine({ memoryLimit: '256MiB', threads: 1, tempDirectory });
  const dynamo = new DynamoDBClient(aws.settings);
  try {
    await moveToAws({ workspace, deployment: home, dynamo, engine, folder }, TOPIC);
  } finally {
    engine.close();
    await workspace.close();
  }
}

/** How many messages the queue would have seen. */
async function receptions(embedded: CliHome['embedded']): Promise<number> {
  const { stdout } = await embedded('status', '--json', '--quiet');
  return JSON.parse(stdout).topics[0].received;
}

/** What CloudWatch counts; all of it has been taken. */
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

/** Gives the bodies and attributes of all that waits. */
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
  /** Called when a data file is asked for, which is not answered then; null: all is answered. */
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
