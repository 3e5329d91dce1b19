import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { AwsDeployment } from '../../aws/deployment/aws-deployment.ts';
import type { ClientSettings } from '../../aws/deployment/client-settings.ts';
import { type AwsConfig, awsConfigFrom } from '../../aws/deployment/config.ts';
import { openDeployment } from '../../aws/deployment/open-deployment.ts';
import { awsError } from '../../errors/aws-error.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { registeredTopic } from '../../pipeline/contracts/registered-topic.ts';
import { RAW_NAMESPACE } from '../../raw/table.ts';
import type { Context } from '../command/command.ts';

/** Where `--target aws` leads; profile and region as the AWS CLI takes them. */
export interface AwsTarget {
  readonly env: string;
  readonly profile: string | undefined;
  readonly region: string | undefined;
}

/** An environment on AWS, opened with the user's own credentials. */
export interface OpenedTarget {
  readonly deployment: AwsDeployment;
  readonly settings: ClientSettings;
}

/** Opens it by the configuration that is deployed: the function's own, so that nothing has to be told twice. */
export async function openTarget(target: AwsTarget, context: Context): Promise<OpenedTarget> {
  const { profile } = target;
  const region = target.region ?? regionOf(context.env);
  const settings = {
    ...(profile === undefined ? {} : { profile }),
    ...(region === undefined ? {} : { region }),
  };
  const config = await deployedConfig(target, settings);
  const instrument = <T extends object>(client: T): T => client;
  const deployment = openDeployment({ config, settings, topics: `${context.workspace}/topics`, instrument });
  return { settings, deployment: { ...deployment, ...deployedTopics(deployment) } };
}

/** What is deployed counts, not what lies in the folder that somebody calls from: RAW tables are made with the queues. */
function deployedTopics(deployment: AwsDeployment): Pick<AwsDeployment, 'topicNames' | 'contract'> {
  return {
    topicNames: async () => {
      const tables = await deployment.catalog.tables();
      const raw = tables.filter(({ namespace }) => namespace === RAW_NAMESPACE);
      return raw.map(({ name }) => name).sort();
    },
    // A topic that no batch has processed is not registered yet.
    contract: async (name) => {
      const latest = await deployment.store.latestContract(name);
      if (latest === null) return deployment.contract(name);
      const where = `version ${latest.version} of the registry`;
      return { topic: registeredTopic(latest), file: where, text: latest.text };
    },
  };
}

/** As the AWS CLI; of the two variables the SDK reads the first only. */
function regionOf(env: Context['env']): string | undefined {
  return env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined;
}

async function deployedConfig({ env }: AwsTarget, settings: ClientSettings): Promise<AwsConfig> {
  const FunctionName = `lean-ops-${env}-water-balance`;
  const operation = `reading the configuration of ${FunctionName}`;
  try {
    const client = new LambdaClient(settings);
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return awsConfigFrom(Environment?.Variables ?? {});
  } catch (cause) {
    if (cause instanceof LeanOpsError) throw cause;
    throw explained(operation, cause, env);
  }
}

/** The two things that go wrong first, with the way out. */
function explained(operation: string, cause: unknown, env: string): LeanOpsError {
  const known = awsError(operation, cause);
  const name = cause instanceof Error ? cause.name : '';
  const detail = known.details.detail;
  if (name === 'ResourceNotFoundException') {
    const remedy = `Is ${env} deployed in this account and region? See --env, --profile and --region.`;
    return new LeanOpsError('NOT_FOUND', { operation, detail, remedy, cause });
  }
  if (/Credentials|Token|Signature|Region/i.test(`${name} ${detail}`)) {
    const remedy =
      'Sign in (`aws sso login`) or name a profile and region: --profile, --region, AWS_PROFILE, AWS_REGION.';
    return new LeanOpsError('AWS_REFUSED', { operation, detail, remedy, cause });
  }
  return known;
}
