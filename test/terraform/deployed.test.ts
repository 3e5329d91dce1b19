import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import validateStateMachine from 'asl-validator';
import { awsConfigFrom } from '../../src/aws/deployment/config.ts';
import { EXPIRES_AT, STATE_TABLES, stateTableName } from '../../src/state/dynamodb/tables.ts';
import {
  alarmsActAndSilenceCounts,
  blocks,
  bucketsAreClosed,
  everythingIsEncrypted,
  functionsAreReady,
  functionsChangeRawByMetadata,
  namesAndPoliciesFit,
  ofType,
  onlyTls,
  queuesEndInTheCentralQueue,
  queuesKeepFourteenDays,
  queuesOutliveTheirFunction,
  type Rule,
  rolesAreNarrow,
  servicesSayForWhom,
  sourcesLoseNothing,
  statements,
  tablesAreSafe,
} from './rules.ts';
import { deployed, type Resource, ROOT } from './terraform.ts';

const TOPICS = join(ROOT, 'topics');

const RULES: Readonly<Record<string, Rule>> = {
  queuesOutliveTheirFunction,
  queuesKeepFourteenDays,
  queuesEndInTheCentralQueue,
  sourcesLoseNothing,
  everythingIsEncrypted,
  bucketsAreClosed,
  onlyTls,
  rolesAreNarrow,
  servicesSayForWhom,
  alarmsActAndSilenceCounts,
  functionsAreReady,
  functionsChangeRawByMetadata,
  namesAndPoliciesFit,
};

/** Rule → a change to one resource of a type that the rule must report. */
const BREACHES: readonly (readonly [Rule, string, Readonly<Record<string, unknown>>])[] = [
  [queuesOutliveTheirFunction, 'aws_sqs_queue', { visibility_timeout_seconds: 184 }],
  [queuesOutliveTheirFunction, 'aws_lambda_function', { timeout: 31 }],
  [queuesKeepFourteenDays, 'aws_sqs_queue', { message_retention_seconds: 345_600 }],
  [queuesEndInTheCentralQueue, 'aws_sqs_queue', { redrive_policy: '' }],
  [
    sourcesLoseNothing,
    'aws_lambda_event_source_mapping',
    { filter_criteria: [{ filter: [{ pattern: '{}' }] }] },
  ],
  [sourcesLoseNothing, 'aws_lambda_event_source_mapping', { function_response_types: null }],
  [sourcesLoseNothing, 'aws_lambda_event_source_mapping', { scaling_config: [{ maximum_concurrency: 1 }] }],
  [everythingIsEncrypted, 'aws_sqs_queue', { kms_master_key_id: null }],
  [everythingIsEncrypted, 'aws_sns_topic', { kms_master_key_id: 'alias/aws/sns' }],
  [everythingIsEncrypted, 'aws_dynamodb_table', { server_side_encryption: [] }],
  [everythingIsEncrypted, 'aws_cloudwatch_log_group', { kms_key_id: null }],
  [everythingIsEncrypted, 'aws_kinesis_firehose_delivery_stream', { server_side_encryption: [] }],
  [everythingIsEncrypted, 'aws_s3_bucket_server_side_encryption_configuration', { rule: [] }],
  [bucketsAreClosed, 'aws_s3_bucket_public_access_block', { block_public_policy: false }],
  [bucketsAreClosed, 'aws_s3_bucket_versioning', { versioning_configuration: [{ status: 'Suspended' }] }],
  [onlyTls, 'aws_sqs_queue_policy', { policy: '{"Statement":[]}' }],
  [onlyTls, 'aws_s3_bucket_policy', { policy: '{"Statement":[]}' }],
  [onlyTls, 'aws_sns_topic_policy', { policy: '{"Statement":[]}' }],
  [rolesAreNarrow, 'aws_iam_role_policy', { policy: policyOf('s3:GetObject', '*') }],
  [rolesAreNarrow, 'aws_iam_role_policy', { policy: policyOf('s3:*', 'arn:aws:s3:::b/x') }],
  [
    rolesAreNarrow,
    'aws_iam_role_policy',
    { policy: policyOf('sqs:SendMessage', 'arn:aws:sqs:eu-central-1:123456789012:*') },
  ],
  ...[
    policyOf('s3:PutObject', 'arn:aws:s3:::lean-ops-dev-warehouse-123456789012/raw/*'),
    policyOf('s3:DeleteObject', 'arn:aws:s3:::lean-ops-dev-warehouse-123456789012/raw/*/metadata/*'),
    policyOf('glue:UpdateTable', 'arn:aws:glue:eu-central-1:123456789012:table/lean_ops_dev_semantic/*'),
  ].map((policy) => [functionsChangeRawByMetadata, 'aws_iam_role_policy', { policy }] as const),
  [
    servicesSayForWhom,
    'aws_iam_role',
    {
      assume_role_policy: JSON.stringify({
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'glue.amazonaws.com' } },
        ],
      }),
    },
  ],
  [alarmsActAndSilenceCounts, 'aws_cloudwatch_metric_alarm', { alarm_actions: [] }],
  [
    alarmsActAndSilenceCounts,
    'aws_cloudwatch_metric_alarm',
    { namespace: 'LeanOps', treat_missing_data: 'missing' },
  ],
  [functionsAreReady, 'aws_lambda_function', { runtime: 'nodejs20.x' }],
  [functionsAreReady, 'aws_cloudwatch_log_group', { retention_in_days: 0 }],
  [namesAndPoliciesFit, 'aws_scheduler_schedule', { name: 'x'.repeat(65) }],
  [tablesAreSafe(false), 'aws_dynamodb_table', { point_in_time_recovery: [] }],
  [tablesAreSafe(false), 'aws_dynamodb_table', { ttl: [] }],
];

suite('a deployment', () => {
  let dev: readonly Resource[] = [];
  let prod: readonly Resource[] = [];
  before(async () => {
    dev = await deployed('dev', TOPICS);
    prod = await deployed('prod', TOPICS);
  });

  for (const [name, rule] of Object.entries(RULES)) {
    test(`${name}, in dev and in prod`, () => {
      assert.deepEqual([...rule(dev), ...rule(prod)], []);
    });
  }

  test('tables are on demand, recoverable, with TTL, and in prod protected from deletion', () => {
    assert.deepEqual([...tablesAreSafe(false)(dev), ...tablesAreSafe(true)(prod)], []);
  });

  test('the state tables are those that the store reads and writes', () => {
    const made = ofType(dev, 'aws_dynamodb_table').map(({ values }) => ({
      name: values.name,
      keys: [values.hash_key, values.range_key],
      attributes: blocks(values, 'attribute'),
      expiresAt: blocks(values, 'ttl')[0]?.attribute_name,
      indexes: [...blocks(values, 'global_secondary_index'), ...blocks(values, 'local_secondary_index')],
    }));
    const ids = [
      'checkpoints',
      'compaction_tracking',
      'counters',
      'error_tracker',
      'locks',
      'topic_registry',
    ] as const;
    assert.deepEqual(Object.keys(STATE_TABLES).sort(), [...ids]);
    const meant = ids.map((id) => {
      const { hash, range } = STATE_TABLES[id];
      const attributes = range === null ? [hash] : [hash, range];
      return {
        name: stateTableName('lean-ops-dev', id),
        keys: [hash.name, range?.name ?? null],
        attributes: attributes.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
        expiresAt: EXPIRES_AT,
        indexes: [],
      };
    });
    assert.deepEqual(made, meant);
  });

  test('each rule reports a resource that breaks it', () => {
    for (const [rule, type, breach] of BREACHES) {
      const mute = ofType(dev, type).every(
        (victim) => rule(dev.map((each) => (each === victim ? changed(each, breach) : each))).length === 0,
      );
      assert.equal(mute, false, `${type} ${JSON.stringify(breach)}`);
    }
  });

  test('functions get every variable that they require', () => {
    const functions = ofType(dev, 'aws_lambda_function');
    assert.equal(functions.length, 4);
    for (const { values } of functions) {
      const variables = blocks(values, 'environment')[0]?.variables;
      assert.ok(isVariables(variables));
      const config = awsConfigFrom(variables);
      assert.equal(config.prefix, 'lean-ops-dev');
      assert.equal(
        variables.POWERTOOLS_SERVICE_NAME?.replaceAll('_', '-'),
        String(values.function_name).replace('lean-ops-dev-', ''),
      );
    }
  });

  test('Firehose writes RAW and error files, and nothing else', () => {
    const role = dev.find(({ address }) => address === 'module.ingestion.aws_iam_role_policy.firehose');
    const writes = statements(role?.values.policy).filter(({ Action }) =>
      JSON.stringify(Action).includes('s3:PutObject'),
    );
    assert.deepEqual(writes.map(({ Resource: resource }) => resource).sort(), [
      'arn:aws:s3:::lean-ops-dev-firehose-errors-123456789012/firehose-errors/*',
      'arn:aws:s3:::lean-ops-dev-warehouse-123456789012/raw/*',
    ]);
  });

  test('the stream appends, routes by the transform, retries, and stores failures', () => {
    const [stream] = ofType(dev, 'aws_kinesis_firehose_delivery_stream');
    const [iceberg = {}] = blocks(stream?.values ?? {}, 'iceberg_configuration');
    assert.equal(iceberg.append_only, true);
    assert.ok(Number(iceberg.retry_duration) >= 300);
    assert.deepEqual(blocks(iceberg, 'destination_table_configuration'), []);
    assert.match(String(blocks(iceberg, 's3_configuration')[0]?.error_output_prefix), /^firehose-errors\//);
    assert.equal(blocks(iceberg, 'processing_configuration')[0]?.enabled, true);
  });

  test('the semantic job: Glue 5.1, no bookmarks, no table optimizer', () => {
    const [job] = ofType(dev, 'aws_glue_job');
    assert.equal(job?.values.glue_version, '5.1');
    const options = job?.values.default_arguments;
    assert.ok(isVariables(options));
    assert.equal(options['--job-bookmark-option'], 'job-bookmark-disable');
    assert.equal(options['--datalake-formats'], 'iceberg');
    const scripts = readdirSync(join(ROOT, 'modules', 'semantic')).filter((file) => file.endsWith('.py'));
    const uploaded = ofType(dev, 'aws_s3_object').map(({ values }) => `s3://${values.bucket}/${values.key}`);
    const folder = 's3://lean-ops-dev-artifacts-123456789012/glue-scripts';
    assert.deepEqual(uploaded.toSorted(), scripts.map((file) => `${folder}/${file}`).toSorted());
    const run = [
      blocks(job?.values ?? {}, 'command')[0]?.script_location,
      ...(options['--extra-py-files']?.split(',') ?? []),
    ];
    assert.deepEqual(run.toSorted(), uploaded.toSorted());
    assert.equal(run[0], `${folder}/semantic_job.py`);
    assert.deepEqual(ofType(dev, 'aws_glue_catalog_table_optimizer'), []);
  });

  test('the state machine is valid Amazon States Language and refers to deployed resources', () => {
    const [machine] = ofType(dev, 'aws_sfn_state_machine');
    const definition = String(machine?.values.definition);
    assert.doesNotMatch(definition, /\$\{/);
    const { isValid, errorsText } = validateStateMachine(JSON.parse(definition));
    assert.ok(isValid, errorsText());
    // With a customer's key its events would lack the input, and the cleanup would not know the topic.
    assert.deepEqual(blocks(machine?.values ?? {}, 'encryption_configuration'), []);
    const arns = new Set(resourceArns(dev));
    const named = definition.match(/arn:aws:(?!states:::)[^"\s']+/g) ?? [];
    assert.ok(named.length > 0);
    assert.deepEqual(
      named.filter((arn) => !arns.has(arn)),
      [],
    );
    assert.match(definition, new RegExp(`"JobName": *"${ofType(dev, 'aws_glue_job')[0]?.values.name}"`));
  });

  test('each symptom has an alarm', () => {
    const metrics = new Set(
      ofType(dev, 'aws_cloudwatch_metric_alarm').map(
        ({ values }) => `${values.namespace} ${values.metric_name}`,
      ),
    );
    for (const metric of [
      'AWS/SQS ApproximateAgeOfOldestMessage',
      'AWS/SQS ApproximateNumberOfMessagesVisible',
      'AWS/Lambda Errors',
      'AWS/Lambda Throttles',
      'AWS/Firehose DeliveryToIceberg.DataFreshness',
      'AWS/Firehose DeliveryToIceberg.FailedRowCount',
      'AWS/States ExecutionsFailed',
      'AWS/States ExecutionsTimedOut',
      'AWS/States ExecutionsStarted',
      'LeanOps ResidualMessages',
      'LeanOps BalanceUnknown',
      'LeanOps PipelineLate',
    ]) {
      assert.ok(metrics.has(metric), metric);
    }
    const age = ofType(dev, 'aws_cloudwatch_metric_alarm').find(
      ({ values }) => values.metric_name === 'DeliveryToIceberg.DataFreshness',
    );
    assert.equal(age?.values.threshold, 3600);
  });

  test('one more contract adds a fixed number of resources', async () => {
    const topics = await mkdtemp(join(tmpdir(), 'lean-ops-topics-'));
    for (const file of await readdir(TOPICS)) await copyFile(join(TOPICS, file), join(topics, file));
    const added = 'a_topic_with_the_longest_name_that_a_queue_can_have_in_dev___';
    await writeFile(join(topics, `${added}.odcs.yaml`), `schema:\n  - name: ${added}\n`);
    const more = await deployed('dev', topics);
    const known = new Set(dev.map(({ address }) => address));
    const managed = more.filter(({ address }) => !known.has(address) && !address.includes('.data.'));
    assert.deepEqual(managed.map(({ address }) => address.replace(added, 'TOPIC')).sort(), [
      'module.ingestion.aws_lambda_event_source_mapping.topic["TOPIC"]',
      'module.ingestion.aws_sqs_queue.topic["TOPIC"]',
      'module.ingestion.aws_sqs_queue_policy.topic["TOPIC"]',
      'module.quality.aws_cloudwatch_metric_alarm.this["TOPIC-balance-unknown"]',
      'module.quality.aws_cloudwatch_metric_alarm.this["TOPIC-freshness-unknown"]',
      'module.quality.aws_cloudwatch_metric_alarm.this["TOPIC-late"]',
      'module.quality.aws_cloudwatch_metric_alarm.this["TOPIC-queue-age"]',
      'module.quality.aws_cloudwatch_metric_alarm.this["TOPIC-residual"]',
      'module.quality.aws_scheduler_schedule.check["freshness_sla/TOPIC"]',
      'module.quality.aws_scheduler_schedule.check["water_balance/TOPIC"]',
      'module.semantic.aws_scheduler_schedule.maintenance["TOPIC"]',
      'module.semantic.aws_scheduler_schedule.topic["TOPIC"]',
    ]);
    for (const rule of Object.values(RULES)) assert.deepEqual(rule(more), []);
  });
});

function resourceArns(resources: readonly Resource[]): readonly unknown[] {
  return resources.map(({ values }) => values.arn);
}

function policyOf(action: string, resource: string): string {
  return JSON.stringify({ Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] });
}

function changed(resource: Resource, values: Readonly<Record<string, unknown>>): Resource {
  return { ...resource, values: { ...resource.values, ...values } };
}

function isVariables(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && value !== null;
}
