import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Place } from '../../src/pipeline/place.ts';
import type { Env, Run } from './cli-process.ts';
import { comparable, type Shown, shownBy } from './place-differences.ts';
import { openTwoPlaces, TOPIC, type TwoPlaces, takeAll } from './two-places.ts';

/** A command line, split at spaces. Its first words are the command's name. */
type Case = readonly [name: string, ...rest: readonly string[]];

const KEYS = ['ORD-000387', 'ORD-000260', 'ORD-000232', 'ORD-002019', 'ORD-002016', 'ORD-000389'];
const QUESTIONS: readonly Case[] = [
  ['status'],
  ['balance'],
  ['balance', TOPIC, '--deep'],
  ['freshness', TOPIC],
  ['errors'],
  ['errors', TOPIC, '--code', 'CDE_MISSING'],
  ['errors', '--redriven'],
  ['errors', '--limit', '2'],
  ...KEYS.map((key): Case => ['explain', '--key', key]),
  ['explain', 'ORD-000232/paid', '--topic', TOPIC],
  ['explain', 'ORD-003001/placed'],
  ['explain', 'nobody'],
  ['dlq list', TOPIC],
  ['dlq list', TOPIC, '--status', 'all'],
  ['dlq list', '--code', 'NOT_AN_OBJECT'],
  ['dlq list', '--message-id', 'ORD-003001/placed', '--limit', '1'],
  ['dlq replay', '--all', '--dry-run'],
  ['dlq discard', '--all', '--dry-run'],
];
const MISTAKES: readonly (readonly [Case, code: string])[] = [
  [['errors', 'nothing'], 'TOPIC_UNKNOWN'],
  [['status', 'nothing'], 'TOPIC_UNKNOWN'],
  [['errors', '--limit', 'x'], 'USAGE'],
  [['explain'], 'USAGE'],
  [['explain', 'x', '--topic', 'nothing'], 'TOPIC_UNKNOWN'],
  [['dlq list', '--since', 'once'], 'USAGE'],
  [['dlq show', 'x'], 'NOT_FOUND'],
  [['dlq replay', '--all'], 'USAGE'],
  [['dlq replay', '--yes'], 'USAGE'],
  [['dlq replay', '--all', '--yes', '--with', 'nowhere.json'], 'USAGE'],
  [['dlq discard', 'x', '--yes'], 'NOT_FOUND'],
  [['dlq discard', '--all', '--yes', '--reason', 'two\nlines'], 'USAGE'],
  [['topic resume', TOPIC], 'NOT_FOUND'],
];

/** Presses Ctrl-C before the command begins: as soon as the process handles the signal. */
const PRESS =
  "process.on('newListener', (name) => name === 'SIGINT' && queueMicrotask(() => process.emit(name)))";
const INTERRUPTED: Env = {
  NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(PRESS)}`,
};

async function halt({ store }: Pick<Place, 'store'>, at: bigint): Promise<void> {
  const scope = { topic: TOPIC, work: 'semantic' } as const;
  const answer = await store.acquireLease(scope, 'a test', 60_000_000n, at);
  assert.ok(answer.kind === 'acquired');
  await store.haltTopic(answer.lease, { work: 'semantic', at, bad: 90, of: 100, share: 0.5 });
  await store.releaseLease(answer.lease);
}

/** Each command has one body. Embedded and on AWS it shows the same on the same tables and state. */
suite('the commands in both places', () => {
  let two: TwoPlaces;

  before(async () => {
    two = await openTwoPlaces();
  });
  after(() => two?.stop());

  const document = ({ status, stdout, stderr }: Run, expected = 0) => {
    assert.equal(status, expected, stderr);
    return JSON.parse(stdout);
  };
  const ask = async (...argv: readonly string[]) => document(await two.onAws([...argv, '--json', '--quiet']));
  /** Runs a command in both places and asserts that they show the same; returns what the embedded place shows. */
  const both = async ([name, ...rest]: Case, env: Env = {}): Promise<Shown> => {
    const argv = [...name.split(' '), ...rest, '--json'];
    const [onAws, embedded] = await Promise.all([two.onAws(argv, env), two.embedded(argv, env)]);
    const shown = shownBy(embedded);
    assert.deepEqual(comparable(name, shownBy(onAws)), comparable(name, shown), argv.join(' '));
    return shown;
  };
  const openLetters = async (): Promise<readonly string[]> =>
    (await ask('dlq', 'list')).dead_letters.map(({ id }: { id: string }) => id);
  /** A failure for people: code, what to do, no stack trace; and nothing on standard output. */
  const refused = async (argv: readonly string[], env: Env, code: string, exit: number, said: RegExp) => {
    const { status, stdout, stderr } = await two.onAws(['--quiet', ...argv], env);
    assert.equal(status, exit, stderr);
    assert.equal(stdout, '');
    assert.ok(stderr.startsWith(`${code} while `), stderr);
    assert.match(stderr, said);
    assert.match(stderr, /^ {2}remedy {2}\S/m);
    assert.doesNotMatch(stderr, /^\s+at /m);
  };

  test('questions get the same answers', async () => {
    const fates = new Set<string>();
    for (const question of QUESTIONS) {
      const { json, words } = await both(question);
      assert.ok(words.length > 0, question.join(' '));
      for (const { fate } of (json as { receptions?: { fate: string }[] }).receptions ?? []) fates.add(fate);
    }
    const all = ['backlog', 'duplicate', 'inserted', 'rejected', 'stale', 'superseded', 'updated'];
    assert.deepEqual([...fates].toSorted(), all);
  });

  test('dead letters are shown with the same bodies, however large', async () => {
    const letters = (await both(['dlq list', '--status', 'all'])).json as { dead_letters: { id: string }[] };
    const shown: { body_base64: string; body_bytes: number; body_truncated: boolean }[] = [];
    await both(['dlq show', letters.dead_letters[0]?.id ?? '']);
    for (const { id } of letters.dead_letters) {
      shown.push((await both(['dlq show', id, '--reveal'])).json as (typeof shown)[number]);
    }
    for (const { body_base64: base64, body_bytes: size, body_truncated: isTruncated } of shown) {
      assert.equal(Buffer.from(base64, 'base64').length, Math.min(size, 64 * 1024));
      assert.equal(isTruncated, size > 64 * 1024);
    }
    assert.ok(shown.some(({ body_bytes: size }) => size > 64 * 1024));
    assert.ok(shown.some(({ body_bytes: size }) => size > 4096 && size <= 64 * 1024));
  });

  test('mistakes get the same errors', async () => {
    for (const [mistake, code] of MISTAKES) {
      const { json, exit, words } = await both(mistake);
      assert.equal((json as { error: { code: string } }).error.code, code, mistake.join(' '));
      assert.equal(exit, 2, words);
    }
    const [id = ''] = await openLetters();
    const missing = join(two.folder, 'nowhere.json');
    const { json } = await both(['dlq replay', id, '--yes', '--with', missing]);
    assert.equal((json as { error: { code: string } }).error.code, 'SOURCE_MISSING');
  });

  test('Ctrl-C: a command that needs an engine or changes state stops, and exits with 3', async () => {
    const open = await openLetters();
    const [id = ''] = open;
    const answers: readonly Case[] = [['status'], ['balance'], ['freshness'], ['dlq list'], ['dlq show', id]];
    for (const answer of answers)
      assert.notEqual((await both(answer, INTERRUPTED)).exit, 3, answer.join(' '));
    const stopped: readonly Case[] = [
      ['errors'],
      ['explain', '--key', 'ORD-000387'],
      ['balance', '--deep'],
      ['dlq replay', '--all', '--yes'],
    ];
    for (const each of stopped) {
      const { exit, json } = await both(each, INTERRUPTED);
      assert.deepEqual([exit, (json as { error: { code: string } }).error.code], [3, 'INTERRUPTED']);
    }
    const discarded = await both(['dlq discard', '--all', '--yes'], INTERRUPTED);
    assert.deepEqual([discarded.exit, discarded.json], [3, { discarded: 0 }]);
    assert.deepEqual(await openLetters(), open);
  });

  test('a halted topic is shown, and resumed', async () => {
    const at = two.deployment.clock();
    await halt(two.deployment, at);
    await two.withWorkspace((workspace) => halt(workspace, at));
    const { exit, words } = await both(['status']);
    assert.equal(exit, 1);
    assert.match(words, /orders is halted: 90 of 100 rows were rejected/);
    const onAws = (await two.onAws(['status'])).stdout;
    assert.match(onAws, /`lean-ops topic resume orders --target aws --env test`/);
    assert.equal((await both(['topic resume', TOPIC, '--accept-next'])).exit, 0);
    assert.equal((await two.deployment.store.checkpoint(TOPIC)).accepted, 'semantic');
  });

  test('a replay closes what was selected, a discard too, with its reason', async () => {
    const { dead_letters: letters } = await ask('dlq', 'list');
    const large: readonly { id: string }[] = letters.filter(
      ({ body_bytes: size }: { body_bytes: number }) => size > 4096,
    );
    const [first = '', second = ''] = large.map(({ id }) => id);
    const replayed = await both(['dlq replay', first, '--yes']);
    assert.equal(replayed.exit, 0, replayed.words);
    assert.equal((await takeAll(two.sqs, two.queueUrl)).length, 1);
    const discarded = await both(['dlq discard', second, first, '--reason', 'a test', '--yes']);
    assert.deepEqual([discarded.exit, discarded.json], [0, { discarded: 1 }]);
    assert.match(discarded.words, new RegExp(`^${first} is skipped: it is already replayed`, 'm'));
    assert.equal((await ask('dlq', 'show', second)).reason, 'a test');
    assert.match((await two.onAws(['dlq', 'show', first])).stdout, /^status +replayed$/m);
  });

  test('balance on AWS waits as long as the deployment is configured to', async () => {
    const status = async () => JSON.parse((await two.onAws(['balance', '--json', '--quiet'])).stdout).status;
    await two.sqs.send(new SendMessageCommand({ QueueUrl: two.queueUrl, MessageBody: '{}' }));
    assert.equal((await takeAll(two.sqs, two.queueUrl)).length, 1);
    // Terraform's default: 300 s of buffer, 3,600 s of retries, and 600 s for CloudWatch.
    two.configuration.LEAN_OPS_SETTLE_SECONDS = '4500';
    two.metrics.age(4_000);
    assert.equal(await status(), 'settling');
    two.configuration.LEAN_OPS_SETTLE_SECONDS = '3600';
    assert.equal(await status(), 'unbalanced');
    delete two.configuration.LEAN_OPS_SETTLE_SECONDS;
    two.metrics.age(-4_000);
  });

  test('errors: a limit reads the newest files only', async () => {
    const { stderr } = await two.onAws(['errors', '--limit', '1']);
    const all = await two.onAws(['errors']);
    const files = (text: string): number =>
      [...text.matchAll(/in (\d+) files? from S3/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    assert.ok(files(stderr) < files(all.stderr), `${stderr}${all.stderr}`);
    assert.match(stderr, /only the first 1 of orders/);
  });

  test('explain on AWS shows what has not reached RAW, and says if that is unknown', async () => {
    const nothing = await two.onAws(['explain', 'nobody']);
    assert.equal(nothing.status, 1);
    assert.match(nothing.stdout, /^not found: /);
    await two.sqs.send(new SendMessageCommand({ QueueUrl: two.queueUrl, MessageBody: '{}' }));
    const record = { topic_name: TOPIC, message_id: 'nobody', source: 'a reception' };
    const rawData = Buffer.from(JSON.stringify(record)).toString('base64');
    const object = `s3://${two.deployment.config.firehoseErrorsBucket}/firehose-errors/iceberg-failed/2026/one`;
    await two.deployment.putObject(object, Buffer.from(`${JSON.stringify({ rawData })}\n`));
    const found = await two.onAws(['explain', 'nobody']);
    assert.equal(found.status, 0);
    assert.match(found.stdout, /could not deliver reception a reception; it is in s3:.*redeliver/);
    assert.match(found.stdout, /^orders: 1 message in the queue, which cannot be searched$/m);
    assert.deepEqual((await ask('explain', 'nobody')).on_the_way, [
      {
        topic: TOPIC,
        in_queue: 1,
        undelivered: 1,
        records: [{ message_id: 'nobody', source: 'a reception', object }],
      },
    ]);
    await two.deployment.putObject(object, Buffer.from('no record\n'));
    const unknown = await two.onAws(['explain', 'ORD-000232/paid']);
    assert.equal(unknown.status, 0, unknown.stderr);
    assert.match(
      unknown.stdout,
      /unknown number of records that Firehose could not deliver: METADATA_INVALID_FILE/,
    );
    await two.deployment.files.remove(object);
    assert.equal((await takeAll(two.sqs, two.queueUrl)).length, 1);
    // A reception that is nowhere yet is settling.
    assert.equal(document(await two.onAws(['balance', '--json', '--quiet'])).status, 'settling');
  });

  test('copies of tables are deleted from this machine', async () => {
    const temporary = join(two.folder, 'temporary');
    await mkdir(temporary);
    for (const argv of [['errors'], ['explain', '--key', 'ORD-000389'], ['explain', 'nobody']])
      await two.onAws(argv, { TMPDIR: temporary });
    const { status, stderr } = await two.interrupted(['explain', 'nobody'], { TMPDIR: temporary });
    assert.equal(status, 3, stderr);
    assert.match(stderr, /^INTERRUPTED while reading/m);
    assert.deepEqual(
      (await readdir(temporary)).filter((name) => name.startsWith('lean-ops')),
      [],
    );
  });

  test('a replay on AWS sends to the queue, and a damaged letter does not block the others', async () => {
    const ids = await openLetters();
    const [first = '', second = '', third = ''] = ids;
    assert.equal(ids.length, 4);
    const body = `s3://${two.deployment.config.deadLettersBucket}/dead-letters/${TOPIC}/${first}`;
    const bytes = await two.deployment.files.read(body);
    await two.deployment.files.remove(body);
    await refused(['dlq', 'show', first, '--reveal'], {}, 'DEAD_LETTER_DAMAGED', 3, /is missing/);
    const replayed = document(
      await two.onAws(['dlq', 'replay', first, second, '--yes', '--json', '--quiet']),
      3,
    );
    assert.deepEqual(replayed.replay, [{ topic: TOPIC, replayed: 1, not_open: 0, damaged: 1 }]);
    assert.equal(replayed.errors[0].error.code, 'DEAD_LETTER_DAMAGED');
    await two.deployment.putObject(body, bytes);
    const [sent, ...others] = await takeAll(two.sqs, two.queueUrl);
    assert.equal(others.length, 0);
    assert.equal(sent?.MessageAttributes?.lean_ops_replay?.StringValue, second);
    const repaired = join(two.folder, 'repaired.json');
    await writeFile(repaired, '{"messageId":"m"}\n');
    assert.equal((await two.onAws(['dlq', 'replay', third, '--with', repaired, '--yes'])).status, 0);
    assert.deepEqual(
      (await takeAll(two.sqs, two.queueUrl)).map(({ Body }) => Body),
      ['{"messageId":"m"}'],
    );
    assert.match((await two.onAws(['dlq', 'show', third])).stdout, /^status +replayed$/m);
    assert.deepEqual(await openLetters(), [first, ids[3]]);
  });

  test('profile and region, as the AWS CLI takes them', async () => {
    const { onAws } = two;
    assert.equal(
      (await onAws(['dlq', 'list'], { AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-central-1' })).status,
      0,
    );
    assert.equal(
      (await onAws(['dlq', 'list', '--region', 'eu-central-1'], { AWS_REGION: undefined })).status,
      0,
    );
    await mkdir(join(two.folder, '.aws'));
    await writeFile(join(two.folder, '.aws/config'), '[profile team]\nregion = eu-central-1\n');
    await writeFile(
      join(two.folder, '.aws/credentials'),
      '[team]\naws_access_key_id = test\naws_secret_access_key = test\n',
    );
    const bare = { AWS_REGION: undefined, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    assert.equal((await onAws(['errors', '--profile', 'team'], bare)).status, 0);
    assert.equal((await onAws(['errors'], { ...bare, AWS_PROFILE: 'team' })).status, 0);
    await refused(['errors', '--profile', 'nobody'], bare, 'AWS_REFUSED', 2, /--profile/);
  });

  test('a command that does not work on AWS says what to do instead', async () => {
    await refused(['ingest', TOPIC], {}, 'USAGE', 2, /--target aws works with status, balance/);
    await refused(['semantic'], {}, 'USAGE', 2, /Start the state machine/);
  });

  test('a wrong account, region or sign-in', async () => {
    const unsigned = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    for (const command of ['status', 'errors', 'explain x', 'dlq list']) {
      const argv = command.split(' ');
      await refused(argv, { AWS_REGION: undefined }, 'AWS_REFUSED', 2, /--region/);
      await refused(argv, unsigned, 'AWS_REFUSED', 2, /aws sso login/);
    }
    await refused(
      ['errors', '--env', 'prod'],
      {},
      'NOT_FOUND',
      2,
      /Is prod deployed in this account and region/,
    );
    two.configuration.LEAN_OPS_GLUE_DATABASE_PREFIX = 'lean_ops_other';
    await refused(['errors'], {}, 'AWS_REFUSED', 2, /listing the tables of lean_ops_other/);
    delete two.configuration.LEAN_OPS_GLUE_DATABASE_PREFIX;
    two.configuration.LEAN_OPS_PREFIX = 'lean-ops-other';
    await refused(['dlq', 'list'], {}, 'AWS_REFUSED', 2, /ResourceNotFoundException/);
    delete two.configuration.LEAN_OPS_PREFIX;
    two.configuration.LEAN_OPS_FIREHOSE_ERRORS_BUCKET = 'not-ours';
    assert.equal(document(await two.onAws(['balance', '--json', '--quiet']), 1).status, 'unknown');
    delete two.configuration.LEAN_OPS_FIREHOSE_ERRORS_BUCKET;
    two.configuration.LEAN_OPS_WAREHOUSE_BUCKET = '';
    await refused(['status'], {}, 'CONFIG_INVALID', 2, /LEAN_OPS_WAREHOUSE_BUCKET/);
    delete two.configuration.LEAN_OPS_WAREHOUSE_BUCKET;
  });

  test('a service that is down, and missing files', async () => {
    await refused(
      ['status'],
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
      'AWS_UNAVAILABLE',
      3,
      /ECONNREFUSED/,
    );
    for (const [service, argv] of [
      ['DynamoDB', ['dlq', 'list']],
      ['DynamoDB', ['status']],
      ['AWSGlue', ['errors']],
      ['secretsmanager', ['explain', '--key', 'ORD-000389']],
    ] as const) {
      two.down.add(service);
      await refused(argv, {}, 'AWS_UNAVAILABLE', 3, /down by the test/);
      two.down.delete(service);
    }
    const files = await two.deployment.files.list(`${two.deployment.paths.warehouse}/raw/${TOPIC}/data`);
    const [file] = files;
    assert.ok(file !== undefined);
    const bytes = await two.deployment.files.read(file.location);
    await two.deployment.putObject(file.location, bytes.subarray(1));
    await refused(['explain', '--key', 'ORD-000389'], {}, 'DATA_FILE_CORRUPT', 3, /the manifest says/);
    await two.deployment.files.remove(file.location);
    await refused(['explain', '--key', 'ORD-000389'], {}, 'DATA_FILE_CORRUPT', 3, /the object is missing/);
    await two.deployment.putObject(file.location, bytes);
    assert.equal((await two.onAws(['explain', '--key', 'ORD-000389'])).status, 0);
  });
});
