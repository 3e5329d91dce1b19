import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { AwsDeployment } from '../../aws/deployment/aws-deployment.ts';
import type { ClientSettings } from '../../aws/deployment/client-settings.ts';
import { awsConfigFrom } from '../../aws/deployment/config.ts';
import { openDeployment } from '../../aws/deployment/open-deployment.ts';
import { settleSeconds } from '../../aws/figures/settle-seconds.ts';
import { awsError } from '../../errors/aws-error.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { registeredTopic } from '../../pipeline/contracts/registered-topic.ts';
import { RAW_NAMESPACE } from '../../raw/table.ts';
import type { Context } from '../command/command.ts';
import type { AwsTarget } from '../command/target.ts';

/** An environment on AWS, opened with the user's own credentials. */
export interface OpenedDeployment {
  readonly deployment: AwsDeployment;
  readonly settings: ClientSettings;
  /** The deployed value: how long a reception may be between the queue and RAW, in seconds. */
  readonly settleSeconds: number;
}

/** Opens the environment by the deployed configuration of its water balance function, so that users configure nothing. */
export async function openAwsDeployment(target: AwsTarget, context: Context): Promise<OpenedDeployment> {
  const { profile } = target;
  const region = target.region ?? regionOf(context.env);
  const settings = {
    ...(profile === undefined ? {} : { profile }),
    ...(region === undefined ? {} : { region }),
  };
  const environment = await deployedEnvironment(target, settings);
  const config = awsConfigFrom(environment);
  const instrument = <T extends object>(client: T): T => client;
  const deployment = openDeployment({ config, settings, topics: `${context.workspace}/topics`, instrument });
  return {
    settings,
    settleSeconds: settleSeconds(environment),
    deployment: { ...deployment, ...deployedTopics(deployment) },
  };
}

/** The deployed topics, not those in the folder from which the user calls. Terraform creates a RAW table for each queue. */
function deployedTopics(deployment: AwsDeployment): Pick<AwsDeployment, 'topicNames' | 'contract'> {
  return {
    topicNames: async () => {
      const tables = await deployment.catalog.tables();
      const raw = tables.filter(({ namespace }) => namespace === RAW_NAMESPACE);
      return raw.map(({ name }) => name).sort();
    },
    // The registry does not know a topic before its first batch.
    contract: async (name) => {
      const latest = await deployment.store.latestContract(name);
      if (latest === null) return deployment.contract(name);
      const where = `version ${latest.version} of the registry`;
      return { topic: registeredTopic(latest), file: where, text: latest.text };
    },
  };
}

/** As the AWS CLI does it; the SDK reads only the first of the two variables. */
function regionOf(env: Context['env']): string | undefined {
  return env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined;
}

async function deployedEnvironment(
  { env }: AwsTarget,
  settings: ClientSettings,
): Promise<Readonly<Record<string, string>>> {
  const FunctionName = `lean-ops-${env}-water-balance`;
  const operation = `reading the configuration of ${FunctionName}`;
  try {
    const client = new LambdaClient(settings);
    const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return Environment?.Variables ?? {};
  } catch (cause) {
    throw explained(operation, cause, env);
  }
}

/** The two most frequent problems get a remedy of their own. */
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
      'Sign in (`aws sso login`), or name a profile and region: --profile, --region, AWS_PROFILE, AWS_REGION.';
    return new LeanOpsError('AWS_REFUSED', { operation, detail, remedy, cause });
  }
  return known;
}
