import { LeanOpsError } from '../../errors/error.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Names and addresses of what Terraform made. The functions get them as environment variables. */
export interface AwsConfig {
  /** dev, prod, … */
  readonly env: string;
  /** `lean-ops-{env}`: names of tables, queues and functions start with it. */
  readonly prefix: string;
  readonly warehouseBucket: string;
  readonly deadLettersBucket: string;
  readonly artifactsBucket: string;
  readonly firehoseErrorsBucket: string;
  readonly firehoseStream: string;
  readonly dlqUrl: string;
  readonly alertsTopicArn: string;
  /** Name or ARN of the secret that holds the masking key. */
  readonly maskingSecret: string;
  /** `lean_ops_{env}`: Glue databases are `{prefix}_raw` and `{prefix}_semantic`. */
  readonly glueDatabasePrefix: string;
}

/** The variables that every function needs. Terraform sets them. */
const VARIABLES: Readonly<Record<keyof AwsConfig, string>> = {
  env: 'LEAN_OPS_ENV',
  prefix: 'LEAN_OPS_PREFIX',
  warehouseBucket: 'LEAN_OPS_WAREHOUSE_BUCKET',
  deadLettersBucket: 'LEAN_OPS_DEAD_LETTERS_BUCKET',
  artifactsBucket: 'LEAN_OPS_ARTIFACTS_BUCKET',
  firehoseErrorsBucket: 'LEAN_OPS_FIREHOSE_ERRORS_BUCKET',
  firehoseStream: 'LEAN_OPS_FIREHOSE_STREAM',
  dlqUrl: 'LEAN_OPS_DLQ_URL',
  alertsTopicArn: 'LEAN_OPS_ALERTS_TOPIC_ARN',
  maskingSecret: 'LEAN_OPS_MASKING_SECRET',
  glueDatabasePrefix: 'LEAN_OPS_GLUE_DATABASE_PREFIX',
};

/** Throws CONFIG_INVALID with every variable that is missing or empty. */
export function awsConfigFrom(environment: Environment): AwsConfig {
  const missing = Object.values(VARIABLES).filter((name) => (environment[name] ?? '') === '');
  if (missing.length > 0) {
    throw new LeanOpsError('CONFIG_INVALID', {
      operation: 'reading the environment',
      detail: `not set: ${missing.join(', ')}`,
      remedy: 'Deploy with Terraform, which sets all of them.',
    });
  }
  const entries = Object.entries(VARIABLES).map(([key, name]) => [key, environment[name]]);
  return Object.freeze(Object.fromEntries(entries));
}

/** The Glue database of a namespace (`raw`, `semantic`). */
export function glueDatabase(
  { glueDatabasePrefix }: Pick<AwsConfig, 'glueDatabasePrefix'>,
  namespace: string,
): string {
  return `${glueDatabasePrefix}_${namespace}`;
}
