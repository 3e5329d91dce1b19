import assert from 'node:assert/strict';
import { openRuntime } from '../../lambda/runtime.ts';
import { makeHandler } from '../../lambda/water_balance/make-handler.ts';
import type { AwsDeployment } from '../../src/aws/deployment/aws-deployment.ts';
import { awsConfigFrom } from '../../src/aws/deployment/config.ts';
import { openDeployment } from '../../src/aws/deployment/open-deployment.ts';
import { contractText, ORDER_ID } from '../contract/sample.ts';
import { glueJobs, glueVersions, type JobEnd, type JobRunner } from './glue.ts';
import { deploy, type Execution, type Infrastructure, PREFIX } from './infrastructure.ts';
import { type Fault, type LambdaHandler, lambdaFunctions, withContext } from './lambda-functions.ts';
import { commitBatch } from './metadata-job.ts';
import { type EmulatedAws, startEmulatedAws } from './proxy.ts';

export const DONE: JobEnd = { state: 'SUCCEEDED' };

export interface Ended {
  readonly status: string | undefined;
  readonly error: string | undefined;
  readonly result?: string;
  readonly batch_id?: string;
  readonly [more: string]: unknown;
}

/** The state machine on emulated AWS, with the real control function and one topic `orders`. The test decides about jobs. */
export class MachineWorld {
  readonly aws: EmulatedAws;
  readonly infrastructure: Infrastructure;
  readonly deployment: AwsDeployment;
  readonly handler: LambdaHandler;
  /** What the job does. */
  job: JobRunner;
  /** Faults of the function, by action, each met once. */
  faults: { readonly action: string; readonly fault: Fault }[] = [];
  /** Arguments of the job runs so far. */
  started: Readonly<Record<string, string>>[] = [];
  private begins: string[] = [];

  private constructor(aws: EmulatedAws, infrastructure: Infrastructure) {
    this.aws = aws;
    this.infrastructure = infrastructure;
    const runtime = openRuntime(infrastructure.environment, infrastructure.contracts);
    this.handler = withContext(makeHandler(runtime, aws.settings));
    this.deployment = openDeployment({
      config: awsConfigFrom(infrastructure.environment),
      settings: aws.settings,
      topics: infrastructure.contracts,
      instrument: (client) => client,
    });
    this.job = this.wellDone;
  }

  static async open(contract = contractText(ORDER_ID)): Promise<MachineWorld> {
    const opened: MachineWorld[] = [];
    const world = (): MachineWorld => {
      const [only] = opened;
      assert.ok(only !== undefined, 'the world is open');
      return only;
    };
    const handlers = new Map<string, LambdaHandler>([
      [`${PREFIX}-water-balance`, (event) => world().handler(event)],
    ]);
    const amendments = [
      lambdaFunctions(handlers, (_name, event) => world().meet(event)),
      glueJobs((args) => world().run(args)),
      glueVersions(),
    ];
    const aws = await startEmulatedAws(amendments);
    opened.push(new MachineWorld(aws, await deploy(aws, { orders: contract })));
    return world();
  }

  async close(): Promise<void> {
    await this.aws.stop();
    await this.infrastructure.remove();
  }

  /** Before each test. */
  async reset(): Promise<void> {
    this.job = this.wellDone;
    this.faults = [];
    this.started = [];
    this.begins = [];
    await this.infrastructure.alerts();
  }

  readonly wellDone: JobRunner = async (args) => {
    await commitBatch(this.deployment, args, { table: true, outcome: true });
    return DONE;
  };

  /** An execution to its end. */
  async outcomeOf(input: object = { topic: 'orders', kind: 'incremental' }): Promise<Ended> {
    const { status, output, error } = await (await this.infrastructure.run(input)).end();
    return { status, error, ...(JSON.parse(output ?? '{}') as object) };
  }

  async isFree(): Promise<boolean> {
    return (await this.deployment.store.leaseHolder({ topic: 'orders', work: 'semantic' })) === null;
  }

  /** The document that a run of the job was given. */
  async planOf(args: Readonly<Record<string, string>> | undefined) {
    return JSON.parse(
      Buffer.from(await this.deployment.files.read(args?.['--plan_uri'] ?? '')).toString('utf8'),
    );
  }

  /** How often an execution has asked for the lease, answers outstanding included. */
  asked({ arn }: Execution): number {
    return this.begins.filter((owner) => owner === arn).length;
  }

  private run(args: Readonly<Record<string, string>>): ReturnType<JobRunner> {
    this.started.push(args);
    return this.job(args);
  }

  private meet(event: unknown): Fault | null {
    const called = event as { readonly action?: string; readonly owner?: string };
    if (called.action === 'begin' && called.owner !== undefined) this.begins.push(called.owner);
    const at = this.faults.findIndex(({ action }) => called.action === action);
    return at < 0 ? null : (this.faults.splice(at, 1)[0]?.fault ?? null);
  }
}
