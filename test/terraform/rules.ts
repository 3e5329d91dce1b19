import type { Resource } from './terraform.ts';

/**
 * Rules for a deployment. A rule returns the violations that it finds, each with the address of the resource.
 */
export type Rule = (resources: readonly Resource[]) => readonly string[];

type Values = Readonly<Record<string, unknown>>;

const DAY_SECONDS = 86_400;
const RETENTION_SECONDS = 14 * DAY_SECONDS;

export function ofType(resources: readonly Resource[], type: string): readonly Resource[] {
  return resources.filter((resource) => resource.type === type && !resource.address.includes('.data.'));
}

/** The blocks of that name; none if absent. */
export function blocks(values: Values, name: string): readonly Values[] {
  const found = values[name];
  return Array.isArray(found) ? found : [];
}

export const queuesOutliveTheirFunction: Rule = (resources) => {
  const timeouts = new Map(
    ofType(resources, 'aws_lambda_function').map(({ values }) => [values.arn, Number(values.timeout)]),
  );
  const queues = new Map(ofType(resources, 'aws_sqs_queue').map((queue) => [queue.values.arn, queue]));
  return ofType(resources, 'aws_lambda_event_source_mapping').flatMap(({ address, values }) => {
    const queue = queues.get(values.event_source_arn);
    const timeout = timeouts.get(values.function_name);
    const needed = 6 * (timeout ?? Number.NaN) + Number(values.maximum_batching_window_in_seconds);
    return Number(queue?.values.visibility_timeout_seconds) >= needed
      ? []
      : [`${address}: visibility below 6 × timeout + window`];
  });
};

export const queuesKeepFourteenDays: Rule = (resources) =>
  ofType(resources, 'aws_sqs_queue')
    .filter(({ values }) => values.message_retention_seconds !== RETENTION_SECONDS)
    .map(({ address }) => `${address}: retention is not 14 days`);

export const queuesEndInTheCentralQueue: Rule = (resources) => {
  const sources = new Set(
    ofType(resources, 'aws_lambda_event_source_mapping').map(({ values }) => values.event_source_arn),
  );
  return ofType(resources, 'aws_sqs_queue')
    .filter(({ values }) => sources.has(values.arn))
    .filter(({ values }) => {
      const redrive = JSON.parse(String(values.redrive_policy || '{}'));
      return !(redrive.maxReceiveCount >= 5 && String(redrive.deadLetterTargetArn).endsWith('-dlq'));
    })
    .map(({ address }) => `${address}: no redrive of at least 5 receptions to the central queue`);
};

export const sourcesLoseNothing: Rule = (resources) =>
  ofType(resources, 'aws_lambda_event_source_mapping').flatMap(({ address, values }) => {
    const concurrency = Number(blocks(values, 'scaling_config')[0]?.maximum_concurrency);
    const types = values.function_response_types;
    return [
      ...(blocks(values, 'filter_criteria').length > 0 ? [`${address}: a filter deletes what it drops`] : []),
      ...(Array.isArray(types) && types.includes('ReportBatchItemFailures')
        ? []
        : [`${address}: one failure repeats the whole batch`]),
      ...(concurrency >= 2 && concurrency <= 1000 ? [] : [`${address}: MaximumConcurrency ${concurrency}`]),
    ];
  });

/** Type → the path of its key. */
const KEYS: Readonly<Record<string, (values: Values) => unknown>> = {
  aws_sqs_queue: (values) => values.kms_master_key_id,
  aws_sns_topic: (values) => values.kms_master_key_id,
  aws_dynamodb_table: (values) => blocks(values, 'server_side_encryption')[0]?.kms_key_arn,
  aws_cloudwatch_log_group: (values) => values.kms_key_id,
  aws_lambda_function: (values) => values.kms_key_arn,
  aws_secretsmanager_secret: (values) => values.kms_key_id,
  aws_scheduler_schedule: (values) => values.kms_key_arn,
  aws_kinesis_firehose_delivery_stream: (values) => blocks(values, 'server_side_encryption')[0]?.key_arn,
  aws_s3_bucket_server_side_encryption_configuration: (values) =>
    blocks(blocks(values, 'rule')[0] ?? {}, 'apply_server_side_encryption_by_default')[0]?.kms_master_key_id,
};

export const everythingIsEncrypted: Rule = (resources) =>
  resources
    .filter(({ type, address }) => Object.hasOwn(KEYS, type) && !address.includes('.data.'))
    .filter(({ type, values }) => !/:key\//.test(String(KEYS[type]?.(values))))
    .map(({ address }) => `${address}: not encrypted with the key`);

export const bucketsAreClosed: Rule = (resources) =>
  ofType(resources, 'aws_s3_bucket').flatMap(({ address, values }) => {
    const of = (type: string): Values | undefined =>
      ofType(resources, type).find((other) => other.values.bucket === values.bucket)?.values;
    const access = of('aws_s3_bucket_public_access_block') ?? {};
    const versioning = blocks(of('aws_s3_bucket_versioning') ?? {}, 'versioning_configuration')[0];
    const open = [
      'block_public_acls',
      'block_public_policy',
      'ignore_public_acls',
      'restrict_public_buckets',
    ].filter((name) => access[name] !== true);
    return [
      ...open.map((name) => `${address}: ${name} is off`),
      ...(versioning?.status === 'Enabled' ? [] : [`${address}: no versioning`]),
      ...(of('aws_s3_bucket_server_side_encryption_configuration') === undefined
        ? [`${address}: no encryption`]
        : []),
      ...(of('aws_s3_bucket_lifecycle_configuration') === undefined ? [`${address}: no lifecycle`] : []),
    ];
  });

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

export function statements(policy: unknown): readonly Statement[] {
  const { Statement: found } = JSON.parse(String(policy));
  return Array.isArray(found) ? found : [found];
}

/** Queues, topics and buckets: the type of the policy, and the attribute that links it to the resource. */
const GUARDED: readonly (readonly [string, string, string])[] = [
  ['aws_sqs_queue', 'aws_sqs_queue_policy', 'url:queue_url'],
  ['aws_sns_topic', 'aws_sns_topic_policy', 'arn:arn'],
  ['aws_s3_bucket', 'aws_s3_bucket_policy', 'bucket:bucket'],
];

export const onlyTls: Rule = (resources) =>
  GUARDED.flatMap(([type, policyType, link]) => {
    const [own = '', others = ''] = link.split(':');
    const guarded = new Set(
      ofType(resources, policyType)
        .filter(({ values }) =>
          statements(values.policy).some(
            (statement) =>
              statement.Effect === 'Deny' &&
              JSON.stringify(statement.Principal).includes('"*"') &&
              statement.Condition?.Bool?.['aws:SecureTransport'] === 'false',
          ),
        )
        .map(({ values }) => values[others]),
    );
    return ofType(resources, type)
      .filter(({ values }) => !guarded.has(values[own]))
      .map(({ address }) => `${address}: may be used without TLS`);
  });

/** Actions that AWS does not restrict to resources. */
const WITHOUT_RESOURCE =
  /^(xray:.*|cloudwatch:GetMetricData|logs:(.*LogDeliver(y|ies)|DescribeLogGroups|.*ResourcePolic(y|ies)))$/;

export const rolesAreNarrow: Rule = (resources) =>
  ofType(resources, 'aws_iam_role_policy').flatMap(({ address, values }) =>
    statements(values.policy).flatMap((statement) => {
      const actions = list(statement.Action);
      const wide = list(statement.Resource).filter((resource) =>
        /^\*$|:\*:\*$|^arn:[^/]*:\*$/.test(resource),
      );
      const allowed = (resource: string): boolean =>
        resource === '*'
          ? actions.every((action) => WITHOUT_RESOURCE.test(action))
          : /:log-group:[^*]+:\*$/.test(resource);
      return [
        ...wide
          .filter((resource) => !allowed(resource))
          .map((resource) => `${address}: ${statement.Sid} on ${resource}`),
        ...actions.filter((action) => action.includes('*')).map((action) => `${address}: ${action}`),
        ...(statement.Effect === 'Allow' ? [] : [`${address}: ${statement.Effect} in a role`]),
      ];
    }),
  );

/**
 * Functions make RAW tables and remove files from them. Only Firehose adds rows, and only the job changes
 * semantic tables.
 */
export const functionsChangeRawByMetadata: Rule = (resources) =>
  ofType(resources, 'aws_iam_role_policy')
    .filter(({ address }) => address.includes('.module.function['))
    .flatMap(({ address, values }) =>
      statements(values.policy).flatMap((statement) => {
        const actions = list(statement.Action);
        const changes = (action: string, allowed: RegExp): readonly string[] =>
          actions.includes(action)
            ? list(statement.Resource).filter((resource) => !allowed.test(resource))
            : [];
        return [
          ...changes('s3:PutObject', /^(?!.*-warehouse-)|-warehouse-[^/]*\/raw\/\*\/metadata\/\*$/),
          ...changes('s3:DeleteObject', /^(?!.*-warehouse-)/),
          ...changes('glue:UpdateTable', /:catalog$|:database\/[^/*]*_raw$|:table\/[^/*]*_raw\/\*$/),
        ].map((resource) => `${address}: changes ${resource}`);
      }),
    );

export const servicesSayForWhom: Rule = (resources) =>
  ofType(resources, 'aws_iam_role').flatMap(({ address, values }) =>
    statements(values.assume_role_policy)
      .filter((statement) => !JSON.stringify(statement.Principal).includes('lambda.amazonaws.com'))
      .filter((statement) => {
        const conditions = Object.assign({}, ...Object.values(statement.Condition ?? {}));
        return conditions['aws:SourceAccount'] === undefined || conditions['aws:SourceArn'] === undefined;
      })
      .map(() => `${address}: a service may assume it for any account`),
  );

export const alarmsActAndSilenceCounts: Rule = (resources) => {
  const topics = new Set(ofType(resources, 'aws_sns_topic').map(({ values }) => values.arn));
  return ofType(resources, 'aws_cloudwatch_metric_alarm').flatMap(({ address, values }) => {
    const acts = (name: string): boolean => {
      const actions = values[name];
      return Array.isArray(actions) && actions.length > 0 && actions.every((action) => topics.has(action));
    };
    // Lean-Ops' own checks emit at every run, and schedules always start. Missing data of these is an alarm.
    const speaksAlways = values.namespace === 'LeanOps' || values.metric_name === 'ExecutionsStarted';
    return [
      ...(acts('alarm_actions') ? [] : [`${address}: no action`]),
      ...(acts('ok_actions') ? [] : [`${address}: no notification of the end`]),
      ...(values.actions_enabled === false ? [`${address}: actions are off`] : []),
      ...(speaksAlways && values.treat_missing_data !== 'breaching'
        ? [`${address}: missing data counts as healthy`]
        : []),
      ...(String(values.alarm_description).length >= 20 ? [] : [`${address}: no useful description`]),
    ];
  });
};

export const tablesAreSafe =
  (protectedFromDeletion: boolean): Rule =>
  (resources) =>
    ofType(resources, 'aws_dynamodb_table').flatMap(({ address, values }) => [
      ...(values.billing_mode === 'PAY_PER_REQUEST' ? [] : [`${address}: not on demand`]),
      ...(blocks(values, 'point_in_time_recovery')[0]?.enabled === true ? [] : [`${address}: no recovery`]),
      ...(blocks(values, 'ttl')[0]?.attribute_name === 'expires_at_s' &&
      blocks(values, 'ttl')[0]?.enabled === true
        ? []
        : [`${address}: no TTL on expires_at_s`]),
      ...(values.deletion_protection_enabled === protectedFromDeletion
        ? []
        : [`${address}: deletion protection`]),
    ]);

export const functionsAreReady: Rule = (resources) => {
  const groups = new Map(
    ofType(resources, 'aws_cloudwatch_log_group').map(({ values }) => [
      values.name,
      values.retention_in_days,
    ]),
  );
  return ofType(resources, 'aws_lambda_function').flatMap(({ address, values }) => [
    ...(values.runtime === 'nodejs24.x' ? [] : [`${address}: runtime`]),
    ...(JSON.stringify(values.architectures) === '["arm64"]' ? [] : [`${address}: not arm64`]),
    ...(blocks(values, 'tracing_config')[0]?.mode === 'Active' ? [] : [`${address}: no traces`]),
    ...(Number(groups.get(`/aws/lambda/${values.function_name}`)) > 0
      ? []
      : [`${address}: logs never expire`]),
    ...(typeof values.source_code_hash === 'string' ? [] : [`${address}: new code is not noticed`]),
  ]);
};

/** AWS's limits on the length of names: type → the argument and its longest. */
const NAME_LIMITS: Readonly<Record<string, readonly [string, number]>> = {
  aws_sqs_queue: ['name', 80],
  aws_sns_topic: ['name', 256],
  aws_s3_bucket: ['bucket', 63],
  aws_lambda_function: ['function_name', 64],
  aws_iam_role: ['name', 64],
  aws_iam_role_policy: ['name', 128],
  aws_dynamodb_table: ['name', 255],
  aws_scheduler_schedule: ['name', 64],
  aws_scheduler_schedule_group: ['name', 64],
  aws_kinesis_firehose_delivery_stream: ['name', 64],
  aws_sfn_state_machine: ['name', 80],
  aws_glue_job: ['name', 255],
  aws_glue_catalog_database: ['name', 255],
  aws_cloudwatch_event_rule: ['name', 64],
  aws_cloudwatch_metric_alarm: ['alarm_name', 255],
  aws_cloudwatch_log_group: ['name', 512],
  aws_secretsmanager_secret: ['name', 512],
};
const ROLE_POLICIES_CHARACTERS = 10_240;

export const namesAndPoliciesFit: Rule = (resources) => [
  ...resources.flatMap(({ address, type, values }) => {
    const [argument, longest] = NAME_LIMITS[type] ?? ['', 0];
    const name = values[argument];
    return argument !== '' && !address.includes('.data.') && String(name).length > longest
      ? [`${address}: ${name} has over ${longest} characters`]
      : [];
  }),
  ...ofType(resources, 'aws_iam_role_policy')
    .filter(({ values }) => String(values.policy).replaceAll(/\s/g, '').length > ROLE_POLICIES_CHARACTERS)
    .map(({ address }) => `${address}: the policy is too long for a role`),
];
