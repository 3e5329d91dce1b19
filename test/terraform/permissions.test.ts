import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type Bundle, buildLambdas } from '../../lambda/build.ts';
import { actionsCalled } from './calls.ts';
import { statements } from './rules.ts';
import { deployed, type Resource, ROOT } from './terraform.ts';

/** Calls in a bundle that the function never reaches. It may make all other calls that its code contains. */
const NEVER: Readonly<Record<string, readonly string[]>> = {
  // The semantic job removes lost tables and orphans.
  water_balance: ['s3:DeleteObject'],
  // It reads and checks tables. water_balance makes RAW tables.
  freshness_sla: [
    's3:DeleteObject',
    's3:PutObject',
    'glue:CreateTable',
    'glue:UpdateTable',
    'dynamodb:Scan',
    'secretsmanager:GetSecretValue',
  ],
  // A person replays, with `lean-ops dlq replay --target aws`.
  sqs_processor: ['dynamodb:Scan'],
};

/** What AWS itself does with a function's role: logs, traces, keys, polling an event source. */
const BY_AWS =
  /^(logs|xray|kms):|^sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes|ChangeMessageVisibility)$|^sns:Publish$/;

suite('permissions of functions', () => {
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

  test('a role allows no call that its function never makes', () => {
    for (const { name, metafile } of bundles) {
      const calls = actionsCalled(metafile);
      const idle = [...allowed(name)].filter((action) => !calls.has(action) && !BY_AWS.test(action));
      assert.deepEqual(idle, [], name);
    }
  });
});
