import assert from 'node:assert/strict';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { type AlertCheck, checkAlerts } from '../../../src/embedded/alerts/check.ts';
import { underLease } from '../../../src/embedded/workspace/held-lease.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import { currentSnapshot } from '../../../src/iceberg/metadata.ts';
import { readMetadata } from '../../../src/iceberg/table.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';

/** A contract with a latency of one hour and a critical data element. */
const CONTRACT = wrappedContract([ID, '{ name: amount, logicalType: integer, criticalDataElement: true }'], {
  serviceLevels: ['{ property: freshness, value: 1, unit: h }'],
});
const MINUTE = 60_000_000n;
const SECRET = { LEAN_OPS_WEBHOOK_SECRET: 'a secret of enough characters' };
/** An address without a server. */
const NOBODY = 'http://127.0.0.1:9/hook';

interface World {
  readonly bench: Workbench;
  readonly lines: string[];
  readonly put: (id: string, amount: string) => Promise<void>;
  readonly check: (environment?: Readonly<Record<string, string>>) => Promise<AlertCheck>;
  readonly fileNotices: () => Promise<readonly string[]>;
}

async function withWorld(alerts: string, task: (world: World) => Promise<void>): Promise<void> {
  const bench = await workbench(CONTRACT);
  const { root } = bench.temporary;
  await writeFile(join(root, 'lean-ops.yaml'), `version: 1\nalerts: ${alerts}\n`);
  const lines: string[] = [];
  const world: World = {
    bench,
    lines,
    put: (id, amount) =>
      bench.putRaw([{ id, time: bench.temporary.now, payload: `{"id":"${id}","amount":${amount}}` }]),
    check: (environment = {}) =>
      checkAlerts(
        bench.workspace,
        { topics: ['things'], drift: ['things'], work: [], signal: new AbortController().signal },
        { environment, writeLine: (line) => lines.push(line) },
      ),
    fileNotices: async () =>
      (await readFile(join(root, 'alerts.ndjson'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => {
          const { event, code } = JSON.parse(line);
          return `${event} ${code}`;
        }),
  };
  try {
    await task(world);
  } finally {
    await bench.close();
  }
}

const codes = ({ open }: AlertCheck): readonly string[] => open.map(({ finding }) => finding.code);

suite('checking for problems', () => {
  test('a healthy topic raises no alert', async () => {
    await withWorld('{}', async ({ bench, lines, put, check }) => {
      assert.deepEqual(codes(await check()), []);
      await put('a', '1');
      await bench.run();
      assert.deepEqual(codes(await check()), []);
      assert.deepEqual(lines, []);
    });
  });

  test('late, silent and cleared are each sent once to each target', async () => {
    await withWorld('{file: alerts.ndjson}', async ({ bench, lines, put, check, fileNotices }) => {
      await put('a', '1');
      bench.temporary.now += 61n * MINUTE;
      assert.deepEqual(codes(await check()), ['PIPELINE_LATE']);
      await check();
      await bench.run();
      assert.deepEqual(codes(await check()), ['UPSTREAM_SILENT']);
      await put('b', '2');
      await bench.run();
      assert.deepEqual(codes(await check()), []);
      const told = ['raised PIPELINE_LATE', 'raised UPSTREAM_SILENT', 'recovered UPSTREAM_SILENT'];
      assert.deepEqual(await fileNotices(), told);
      assert.equal(lines.length, 3);
      assert.deepEqual(await bench.workspace.store.alerts(), []);
    });
  });

  test('drift of a critical data element is open until a day passes without it', async () => {
    await withWorld('{}', async ({ bench, lines, put, check }) => {
      await put('a', '"many"');
      await bench.run();
      const found = await check();
      assert.deepEqual(codes(found), ['CDE_DRIFT']);
      assert.match(lines.join(), /amount/);
      assert.doesNotMatch(lines.join(), /many/);
      bench.temporary.now += 25n * 60n * MINUTE;
      await put('b', '2');
      await bench.run();
      assert.deepEqual(codes(await check()), []);
    });
  });

  test('a table with too many snapshots needs maintenance', async () => {
    await withWorld('{snapshots: 2}', async ({ bench, put, check }) => {
      for (const id of ['a', 'b']) await put(id, '1');
      await bench.run();
      assert.deepEqual(codes(await check()), []);
      await put('c', '1');
      await bench.run();
      assert.deepEqual(codes(await check()), ['MAINTENANCE_OVERDUE']);
    });
  });

  test('a halted topic is an alert until a person resumes it', async () => {
    await withWorld('{}', async ({ bench, lines, put, check }) => {
      await put('a', '1');
      await bench.run();
      const { store, clock } = bench.workspace;
      await underLease(bench.workspace, { topic: 'things', work: 'semantic' }, (lease) =>
        store.haltTopic(lease, { work: 'semantic', bad: 9, of: 10, share: 0.5, at: clock() }),
      );
      assert.deepEqual(codes(await check()), ['TOPIC_HALTED']);
      assert.match(lines.join(), /critical things: TOPIC_HALTED: .*9 of 10.*topic resume things/);
      await store.resumeTopic('things', false);
      assert.deepEqual(codes(await check()), []);
    });
  });

  test('missing metadata is unknown, and reported', async () => {
    await withWorld('{}', async ({ bench, put, check }) => {
      await put('a', '1');
      await bench.run();
      const { semantic } = await bench.workspace.store.ledgerView('things');
      const metadata = await readMetadata(localFiles, semantic ?? assert.fail('no table'));
      await unlink(currentSnapshot(metadata)?.['manifest-list'] ?? assert.fail('no snapshot'));
      assert.deepEqual(codes(await check()), ['BALANCE_UNKNOWN', 'FRESHNESS_UNKNOWN']);
    });
  });
});

suite('notification targets that fail', () => {
  test('a failing webhook does not affect other targets and is retried later', {
    timeout: 60_000,
  }, async () => {
    await withWorld(`{webhook: "${NOBODY}"}`, async ({ bench, lines, put, check }) => {
      await put('a', '1');
      bench.temporary.now += 61n * MINUTE;
      const first = await check(SECRET);
      assert.deepEqual(codes(first), ['PIPELINE_LATE']);
      assert.deepEqual(
        first.failures.map(({ code }) => code),
        ['ALERT_NOT_DELIVERED'],
      );
      assert.deepEqual(Object.keys(first.delivered), ['stderr']);
      await bench.run();
      await put('b', '1');
      await bench.run();
      const { failures } = await check(SECRET);
      assert.equal(failures.length, 1);
      assert.equal(lines.length, 2, 'standard error heard of both');
      const [kept] = await bench.workspace.store.alerts();
      assert.equal(kept?.told.webhook, null, 'the webhook was not notified yet');
      assert.notEqual(kept?.recoveredAt, null);
    });
  });

  test('without a secret, or with a readable or short one, nothing is sent', async () => {
    await withWorld(`{webhook: "${NOBODY}", stderr: false}`, async ({ bench, put, check }) => {
      await put('a', '1');
      bench.temporary.now += 61n * MINUTE;
      const detail = async (environment = {}) => (await check(environment)).failures[0]?.details.detail;
      assert.equal(await detail(), 'no secret is set');
      const file = bench.workspace.paths.webhookSecret;
      await writeFile(file, SECRET.LEAN_OPS_WEBHOOK_SECRET, { mode: 0o644 });
      assert.match((await detail()) ?? '', /others can read/);
      assert.match((await detail({ LEAN_OPS_WEBHOOK_SECRET: 'short' })) ?? '', /fewer than 16 characters/);
    });
  });

  test('a file that cannot be written is reported', async () => {
    await withWorld('{file: nowhere/alerts.ndjson}', async ({ bench, lines, put, check }) => {
      await put('a', '1');
      bench.temporary.now += 61n * MINUTE;
      const { failures } = await check();
      assert.equal(failures[0]?.code, 'ALERT_NOT_DELIVERED');
      assert.equal(failures[0]?.details.detail, 'ENOENT');
      assert.equal(lines.length, 1);
    });
  });
});
