import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Env, Run } from './cli-process.ts';
import { type CliHome, openCliHome, TOPIC, takeAll } from './two-places.ts';

type Document = Readonly<Record<string, unknown>>;
/** `--target aws` answers as the embedded home does, on the same tables and state. */
suite('the command line on AWS', { timeout: 300_000 }, () => {
  let cli: CliHome;

  before(async () => {
    cli = await openCliHome();
  });
  after(() => cli?.stop());

  const document = ({ status, stdout, stderr }: Run, expected = 0) => {
    assert.equal(status, expected, stderr);
    return JSON.parse(stdout);
  };
  const ask = async (...argv: readonly string[]) => document(await cli.onAws([...argv, '--json', '--quiet']));
  /** Both homes on the same question, as documents. */
  const both = async (...argv: readonly string[]) => {
    const question = [...argv, '--json', '--quiet'];
    const [onAws, embedded] = await Promise.all([cli.onAws(question), cli.embedded(...question)]);
    assert.equal(onAws.status, embedded.status, onAws.stderr);
    return { onAws: JSON.parse(onAws.stdout), embedded: JSON.parse(embedded.stdout) };
  };
  const without = (from: Document, ...names: readonly string[]): Document =>
    Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)));
  /** A failure for people: code, what to do, no stack trace; and nothing on standard output. */
  const refused = async (argv: readonly string[], env: Env, code: string, exit: number, said: RegExp) => {
    const { status, stdout, stderr } = await cli.onAws(['--quiet', ...argv], env);
    assert.equal(status, exit, stderr);
    assert.equal(stdout, '');
    assert.ok(stderr.startsWith(`${code} while `), stderr);
    assert.match(stderr, said);
    assert.match(stderr, /^ {2}remedy {2}\S/m);
    assert.doesNotMatch(stderr, /^\s+at /m);
  };

  test('errors: the same rows, in words and as a document', async () => {
    for (const argv of [[], [TOPIC, '--code', 'CDE_MISSING'], ['--redriven'], ['--limit', '2']]) {
      const { onAws, embedded } = await both('errors', ...argv);
      assert.ok(embedded.errors.length > 0);
      assert.deepEqual(onAws, embedded, argv.join(' '));
    }
    const [onAws, embedded] = [await cli.onAws(['errors']), await cli.embedded('errors')];
    assert.equal(onAws.stdout, embedded.stdout);
    assert.match(onAws.stderr, /reading .* in \d+ files? from S3/);
  });

  test('errors: a limit reads the newest files only', async () => {
    const { stderr } = await cli.onAws(['errors', '--limit', '1']);
    const all = await cli.onAws(['errors']);
    const files = (text: string): number =>
      [...text.matchAll(/in (\d+) files? from S3/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    assert.ok(files(stderr) < files(all.stderr), `${stderr}${all.stderr}`);
    assert.match(stderr, /only the first 1 of orders/);
  });

  test('explain: the same receptions and fates, by key and by message', async () => {
    const fates = new Set<string>();
    const questions = ['ORD-000387', 'ORD-000260', 'ORD-000232', 'ORD-002019', 'ORD-002016'].map((key) => [
      '--key',
      key,
    ]);
    for (const question of [...questions, ['ORD-000232/paid', '--topic', TOPIC], ['ORD-003001/placed']]) {
      const { onAws, embedded } = await both('explain', ...question);
      assert.deepEqual(without(onAws, 'on_the_way'), embedded, question.join(' '));
      assert.deepEqual(onAws.on_the_way, [{ topic: TOPIC, in_queue: 0, undelivered: 0, records: [] }]);
      for (const { fate } of embedded.receptions) fates.add(fate);
    }
    const all = ['backlog', 'duplicate', 'inserted', 'rejected', 'stale', 'superseded', 'updated'];
    assert.deepEqual([...fates].toSorted(), all);
    const [onAws, embedded] = [
      await cli.onAws(['explain', '--key', 'ORD-000389']),
      await cli.embedded('explain', '--key', 'ORD-000389'),
    ];
    assert.equal(onAws.stdout, embedded.stdout);
    assert.match(onAws.stderr, /reading [\d.]+ KiB in \d+ files from S3/);
  });

  test('explain: tells what has not reached RAW, and that it is unknown where it can not be told', async () => {
    const nothing = await cli.onAws(['explain', 'nobody']);
    assert.equal(nothing.status, 1);
    assert.match(nothing.stdout, /^nothing is known of it/);
    await cli.sqs.send(new SendMessageCommand({ QueueUrl: cli.queueUrl, MessageBody: '{}' }));
    const record = { topic_name: TOPIC, message_id: 'nobody', source: 'a reception' };
    const rawData = Buffer.from(JSON.stringify(record)).toString('base64');
    const object = `s3://${cli.home.config.firehoseErrorsBucket}/firehose-errors/iceberg-failed/2026/one`;
    await cli.home.putObject(object, Buffer.from(`${JSON.stringify({ rawData })}\n`));
    const found = await cli.onAws(['explain', 'nobody']);
    assert.equal(found.status, 0);
    assert.match(found.stdout, /could not deliver reception a reception; it lies in s3:.*redeliver/);
    assert.match(found.stdout, /^orders: 1 message in the queue, which nobody can search$/m);
    assert.deepEqual((await ask('explain', 'nobody')).on_the_way, [
      {
        topic: TOPIC,
        in_queue: 1,
        undelivered: 1,
        records: [{ message_id: 'nobody', source: 'a reception', object }],
      },
    ]);
    await cli.home.putObject(object, Buffer.from('no record\n'));
    const unknown = await cli.onAws(['explain', 'ORD-000232/paid']);
    assert.equal(unknown.status, 0, unknown.stderr);
    assert.match(
      unknown.stdout,
      /unknown how many records that Firehose could not deliver: METADATA_INVALID_FILE/,
    );
    await cli.home.files.remove(object);
    assert.equal((await takeAll(cli.sqs, cli.queueUrl)).length, 1);
    // Told from what was taken: one reception that is nowhere yet is settling, and the books say so.
    assert.equal(document(await cli.onAws(['balance', '--json', '--quiet'])).status, 'settling');
  });

  test('what was read is gone from this machine', async () => {
    const temporary = join(cli.folder, 'temporary');
    await mkdir(temporary);
    for (const argv of [['errors'], ['explain', '--key', 'ORD-000389'], ['explain', 'nobody']])
      await cli.onAws(argv, { TMPDIR: temporary });
    const { status, stderr } = await cli.interrupted(['explain', 'nobody'], { TMPDIR: temporary });
    assert.equal(status, 3, stderr);
    assert.match(stderr, /^INTERRUPTED while reading/m);
    assert.deepEqual(
      (await readdir(temporary)).filter((name) => name.startsWith('lean-ops')),
      [],
    );
  });

  test('the tables derived anew from RAW, by the copies of their files', async () => {
    const { onAws, embedded } = await both('balance', TOPIC, '--deep');
    const [{ deep }] = embedded.topics;
    // Its rows are of the version before the redrive; test/aws/whole-way.test.ts compares.
    assert.match(deep.reason, /come from earlier contract versions/);
    assert.deepEqual(onAws.topics[0].deep, deep);
    const { stdout, stderr } = await cli.onAws(['balance', TOPIC, '--deep']);
    assert.match(stdout, /rows derived anew from RAW: (equal|partial)/);
    assert.match(stderr, /reading .* in \d+ files? from S3/);
  });

  test('status, balance and freshness: the same figures', async () => {
    const status = await both('status');
    assert.equal(status.onAws.environment, 'test');
    // One more was sent than the embedded home has (above).
    const [onAws, embedded] = [status.onAws.topics[0], status.embedded.topics[0]];
    const own = ['received', 'balance'];
    assert.deepEqual(without(onAws, ...own), without(embedded, ...own));
    assert.deepEqual([onAws.received, onAws.balance], [embedded.received + 1, 'settling']);
    const balance = await both('balance');
    const equations = (topics: { equations: Document[] }[]) => topics[0]?.equations.slice(1);
    assert.deepEqual(equations(balance.onAws.topics), equations(balance.embedded.topics));
    const freshness = await both('freshness', TOPIC);
    const still = (topics: Document[]) =>
      without(topics[0] ?? {}, 'measured_at', 'reason', 'newest_event_age', 'oldest_unprocessed_age');
    assert.deepEqual(still(freshness.onAws.topics), still(freshness.embedded.topics));
    assert.equal(freshness.onAws.topics[0].state, 'UPSTREAM_SILENT');
    for (const command of ['status', 'balance', 'freshness'])
      assert.match((await cli.onAws([command])).stdout, /orders/, command);
  });

  test('dlq list and show: the same letters, with the exact body', async () => {
    for (const argv of [
      [],
      ['--status', 'all'],
      ['--code', 'NOT_AN_OBJECT'],
      ['--message-id', 'ORD-003001/placed'],
    ]) {
      const { onAws, embedded } = await both('dlq', 'list', TOPIC, ...argv);
      assert.ok(embedded.dead_letters.length > 0);
      assert.deepEqual(onAws, embedded, argv.join(' '));
    }
    const { dead_letters: letters } = (await both('dlq', 'list', '--status', 'all')).embedded;
    for (const { id } of letters) {
      const { onAws, embedded } = await both('dlq', 'show', id, '--reveal');
      assert.deepEqual(onAws, embedded);
    }
    const [{ id }] = letters;
    assert.equal(
      (await cli.onAws(['dlq', 'show', id])).stdout,
      (await cli.embedded('dlq', 'show', id)).stdout,
    );
  });

  test('dlq replay and discard: nothing unasked, one damaged letter hurts no other', async () => {
    const { dead_letters: open } = await ask('dlq', 'list');
    const ids: string[] = open.map(({ id }: { id: string }) => id);
    const [first = '', second = '', third = '', fourth = ''] = ids;
    assert.equal(ids.length, 4);
    await refused(['dlq', 'replay', first], {}, 'USAGE', 2, /needs --yes/);
    await refused(['dlq', 'discard'], {}, 'USAGE', 2, /say which/);
    assert.equal((await ask('dlq', 'replay', '--all', '--dry-run')).would_replay[0].dead_letters, 4);
    const body = `s3://${cli.home.config.deadLettersBucket}/dead-letters/${TOPIC}/${first}`;
    const bytes = await cli.home.files.read(body);
    await cli.home.files.remove(body);
    await refused(['dlq', 'show', first, '--reveal'], {}, 'DEAD_LETTER_DAMAGED', 3, /is missing/);
    const replayed = document(
      await cli.onAws(['dlq', 'replay', first, second, '--yes', '--json', '--quiet']),
      3,
    );
    assert.deepEqual(replayed.replay, [{ topic: TOPIC, replayed: 1, not_open: 0, damaged: 1 }]);
    assert.equal(replayed.errors[0].error.code, 'DEAD_LETTER_DAMAGED');
    await cli.home.putObject(body, bytes);
    const [sent, ...others] = await takeAll(cli.sqs, cli.queueUrl);
    assert.equal(others.length, 0);
    assert.equal(sent?.MessageAttributes?.lean_ops_replay?.StringValue, second);
    const repaired = join(cli.folder, 'repaired.json');
    await writeFile(repaired, '{"messageId":"m"}\n');
    await refused(
      ['dlq', 'replay', third, '--with', 'nowhere.json', '--yes'],
      {},
      'SOURCE_MISSING',
      2,
      /nowhere.json/,
    );
    assert.equal((await cli.onAws(['dlq', 'replay', third, '--with', repaired, '--yes'])).status, 0);
    assert.deepEqual(
      (await takeAll(cli.sqs, cli.queueUrl)).map(({ Body }) => Body),
      ['{"messageId":"m"}'],
    );
    assert.match((await cli.onAws(['dlq', 'show', third])).stdout, /^status +replayed$/m);
    const discarded = await ask('dlq', 'discard', fourth, '--reason', 'a test', '--yes');
    assert.deepEqual(discarded, { discarded: 1 });
    assert.equal((await ask('dlq', 'show', fourth)).reason, 'a test');
    assert.deepEqual(
      (await ask('dlq', 'list')).dead_letters.map(({ id }: { id: string }) => id),
      [first],
    );
  });

  test('topic resume', async () => {
    await refused(['topic', 'resume', TOPIC], {}, 'NOT_FOUND', 2, /it is not halted/);
    const { store, clock } = cli.home;
    const scope = { topic: TOPIC, work: 'semantic' } as const;
    const answer = await store.acquireLease(scope, 'a test', 60_000_000n, clock());
    assert.ok(answer.kind === 'acquired');
    await store.haltTopic(answer.lease, { work: 'semantic', at: clock(), bad: 90, of: 100, share: 0.5 });
    await store.releaseLease(answer.lease);
    const halted = await cli.onAws(['status']);
    assert.equal(halted.status, 1);
    assert.match(halted.stdout, /orders is halted: 90 of 100 rows were rejected/);
    const resumed = await ask('topic', 'resume', TOPIC, '--accept-next');
    assert.deepEqual([resumed.resumed, resumed.accept_next], [true, true]);
    assert.equal((await store.checkpoint(TOPIC)).accepted, 'semantic');
  });

  test('profile and region, as the AWS CLI takes them', async () => {
    const { onAws } = cli;
    assert.equal(
      (await onAws(['dlq', 'list'], { AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-central-1' })).status,
      0,
    );
    assert.equal(
      (await onAws(['dlq', 'list', '--region', 'eu-central-1'], { AWS_REGION: undefined })).status,
      0,
    );
    await mkdir(join(cli.folder, '.aws'));
    await writeFile(join(cli.folder, '.aws/config'), '[profile team]\nregion = eu-central-1\n');
    await writeFile(
      join(cli.folder, '.aws/credentials'),
      '[team]\naws_access_key_id = test\naws_secret_access_key = test\n',
    );
    const bare = { AWS_REGION: undefined, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    assert.equal((await onAws(['errors', '--profile', 'team'], bare)).status, 0);
    assert.equal((await onAws(['errors'], { ...bare, AWS_PROFILE: 'team' })).status, 0);
    await refused(['errors', '--profile', 'nobody'], bare, 'AWS_REFUSED', 2, /--profile/);
  });

  test('wrong use: what is wrong and what to do, and no stack trace', async () => {
    await refused(['errors', 'nothing'], {}, 'TOPIC_UNKNOWN', 2, /no topic nothing/);
    await refused(['explain'], {}, 'USAGE', 2, /MESSAGE_ID or --key/);
    await refused(['explain', 'x', '--topic', 'nothing'], {}, 'TOPIC_UNKNOWN', 2, /no topic nothing/);
    await refused(['dlq', 'show', 'x'], {}, 'NOT_FOUND', 2, /none with the id x/);
    await refused(['ingest', TOPIC], {}, 'USAGE', 2, /--target aws goes with/);
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
    cli.configuration.LEAN_OPS_GLUE_DATABASE_PREFIX = 'lean_ops_other';
    await refused(['errors'], {}, 'AWS_REFUSED', 2, /listing the tables of lean_ops_other/);
    delete cli.configuration.LEAN_OPS_GLUE_DATABASE_PREFIX;
    cli.configuration.LEAN_OPS_PREFIX = 'lean-ops-other';
    await refused(['dlq', 'list'], {}, 'AWS_REFUSED', 2, /ResourceNotFoundException/);
    delete cli.configuration.LEAN_OPS_PREFIX;
    cli.configuration.LEAN_OPS_FIREHOSE_ERRORS_BUCKET = 'not-ours';
    assert.equal(document(await cli.onAws(['balance', '--json', '--quiet']), 1).status, 'unknown');
    delete cli.configuration.LEAN_OPS_FIREHOSE_ERRORS_BUCKET;
    cli.configuration.LEAN_OPS_WAREHOUSE_BUCKET = '';
    await refused(['status'], {}, 'CONFIG_INVALID', 2, /LEAN_OPS_WAREHOUSE_BUCKET/);
    delete cli.configuration.LEAN_OPS_WAREHOUSE_BUCKET;
  });

  test('a service that is down, and files that are gone', async () => {
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
      cli.down.add(service);
      await refused(argv, {}, 'AWS_UNAVAILABLE', 3, /down by the test/);
      cli.down.delete(service);
    }
    const files = await cli.home.files.list(`${cli.home.paths.warehouse}/raw/${TOPIC}/data`);
    const [file] = files;
    assert.ok(file !== undefined);
    const bytes = await cli.home.files.read(file.location);
    await cli.home.putObject(file.location, bytes.subarray(1));
    await refused(['explain', '--key', 'ORD-000389'], {}, 'DATA_FILE_CORRUPT', 3, /the manifest says/);
    await cli.home.files.remove(file.location);
    await refused(['explain', '--key', 'ORD-000389'], {}, 'DATA_FILE_CORRUPT', 3, /the object is missing/);
    await cli.home.putObject(file.location, bytes);
    assert.equal((await cli.onAws(['explain', '--key', 'ORD-000389'])).status, 0);
  });
});
