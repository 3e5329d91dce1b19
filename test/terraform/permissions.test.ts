import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type Bundle, buildLambdas } from '../../lambda/build.ts';
import { actionsCalled } from './calls.ts';
import { statements } from './rules.ts';
import { deployed, type Resource, ROOT } from './terraform.ts';

/** In a file that the function has, but on a way that it never goes. Everything else that its code names it may do. */
const NEVER: Readonly<Record<string, readonly string[]>> = {
  // Lost tables and orphans are the semantic job's to remove.
  water_balance: ['s3:DeleteObject'],
  // It reads tables and judges; RAW tables are made by water_balance.
  freshness_sla: [
    's3:DeleteObject',
    's3:PutObject',
    'glue:CreateTable',
    'glue:UpdateTable',
    'dynamodb:Scan',
    'secretsmanager:GetSecretValue',
  ],
  // Replays are a person's, by `lean-ops dlq replay --target aws`.
  sqs_processor: ['dynamodb:Scan'],
};

/** What AWS does with a function's role by itself: logs, traces, keys, polling an event source. */
const BY_AWS =
  /^(logs|xray|kms):|^sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes|ChangeMessageVisibility)$|^sns:Publish$/;

suite('what functions may do', () => {
  let scratch = '';
  let bundles: readonly Bundle[] = [];
  let dev: readonly Resource[] = [];
  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'lean-ops-calls-'));
    bundles = await buildLambdas(join(ROOT, 'topics'), join(scratch, 'dist'));
    dev = await deployed('dev', join(ROOT, 'topics'));
  });
  after(async () => rm(scratch, { recursive: true, force: true }));

  const allowed = (name: string): ReadonlySet<string> => {
    const role = dev.find(({ address }) =>
      address.endsWith(`.module.function["${name}"].aws_iam_role_policy.this`),
    );
    return new Set(statements(role?.values.policy).flatMap(({ Action }) => Action));
  };

  test('a role allows every call that its function makes', () => {
    for (const { name, metafile } of bundles) {
      const may = allowed(name);
      const missing = [...actionsCalled(metafile)].filter(
        (action) => !may.has(action) && !NEVER[name]?.includes(action),
      );
      assert.deepEqual(missing, [], name);
    }
  });

  test('and nothing that its function never calls', () => {
    for (const { name, metafile } of bundles) {
      const calls = actionsCalled(metafile);
      const idle = [...allowed(name)].filter((action) => !calls.has(action) && !BY_AWS.test(action));
      assert.deepEqual(idle, [], name);
    }
  });
});
