import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { suite, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { FAULT_POINTS, FAULT_VARIABLE } from '../../src/embedded/faults.ts';
import { wrappedContract } from '../support/wrapped-contract.ts';
import { type Bench, call, type Ended, openBench } from './harness.ts';

/** Part of every planted value. A mask may keep at most the last four characters of a value. */
const CANARY = 'kanarienvogel';
/** Files that may contain personal data unmasked: messages as they were received. */
const RAW_CLASS =
  /^(data\/warehouse\/raw\/|data\/dead-letters\/|data\/staging\/|data\/tmp\/|data\/lean-ops\.db|input\.ndjson$)/;

/**
 * One topic with each kind of masking, and with values that no mask covers: rejected, mistyped and unknown.
 */
const CONTRACT = wrappedContract(
  [
    '{ name: key, logicalType: string, primaryKey: true, classification: restricted }',
    '{ name: hashed, logicalType: string, criticalDataElement: true, classification: restricted, logicalTypeOptions: { maxLength: 40 } }',
    '{ name: redacted, logicalType: string, required: true, customProperties: [{ property: masking, value: redact }] }',
    `{ name: parted, logicalType: string, customProperties: [{ property: masking, value: 'partial:4' }], quality: [{ metric: invalidValues, mustBe: 0, arguments: { pattern: 'k.*' } }] }`,
    `{ name: emptied, logicalType: object, customProperties: [{ property: masking, value: 'null' }] }`,
  ],
  {
    topic: 'people',
    custom: ['{ property: envelope, value: bare }', '{ property: idempotencyKey, value: key }'],
    quality: ['{ metric: rowCount, mustBeGreaterThan: 1000 }'],
  },
);

const good = (key: string) => ({
  key: `${CANARY} ${key}`,
  hashed: `${CANARY} hash`,
  redacted: `${CANARY} redact`,
  parted: `${CANARY} part`,
  emptied: { inside: `${CANARY} null` },
});
const MESSAGES = [
  good('1'),
  good('2'),
  { ...good('3'), hashed: null },
  { ...good('4'), hashed: CANARY.repeat(10) },
  { ...good('5'), redacted: [CANARY] },
  { ...good('6'), parted: `x ${CANARY}` },
  { ...good('7'), emptied: CANARY },
  { ...good('8'), nickname: CANARY, [`${CANARY} name`]: CANARY, unknown: { [`${CANARY} k`]: CANARY } },
  { ...good('9'), key: { [CANARY]: 1 } },
].map((message) => JSON.stringify(message));
const BROKEN = [
  MESSAGES[0]?.slice(0, -10),
  `{"key":"${CANARY} dup","hashed":"${CANARY}","hashed":"${CANARY}"}`,
  `${`{"${CANARY}":`.repeat(70)}1${'}'.repeat(70)}`,
  `"${CANARY}"`,
];

function workspaceOf(bench: Bench, name: string): string {
  const root = bench.workspace(name, []);
  writeFileSync(join(root, 'lean-ops.yaml'), 'version: 1\nengine:\n  memory_limit: 512MiB\n  threads: 1\n');
  writeFileSync(join(root, 'topics/people.odcs.yaml'), CONTRACT);
  writeFileSync(join(root, 'input.ndjson'), `${[...MESSAGES, ...BROKEN].join('\n')}\n`);
  return root;
}

/**
 * Searches every file below the folder as text, Parquet by its rows. Fails with the files that contain the
 * canary.
 */
async function filesWithCanary(root: string): Promise<readonly string[]> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const found: string[] = [];
  for (const file of files) {
    const bytes = readFileSync(file).toString('latin1');
    // A killed COPY leaves a file without footer. No reader can read it, but a search can.
    const whole = file.endsWith('.parquet') && bytes.endsWith('PAR1');
    const rows = whole
      ? (await connection.runAndReadAll(`SELECT t::VARCHAR FROM read_parquet('${file}') t`))
          .getRows()
          .join('\n')
      : '';
    if (`${bytes}${rows}`.includes(CANARY)) found.push(relative(root, file));
  }
  connection.closeSync();
  instance.closeSync();
  return found;
}

function assertSilent({ stdout, stderr }: Ended, what: string): void {
  const at = `${stdout}${stderr}`.indexOf(CANARY);
  assert.equal(at, -1, `${what}: ${`${stdout}${stderr}`.slice(Math.max(0, at - 200), at + 50)}`);
}

async function assertOnlyRawClass(root: string, what: string): Promise<void> {
  const found = await filesWithCanary(root);
  assert.ok(found.length > 0, `${what}: the canary was planted`);
  assert.deepEqual(
    found.filter((file) => !RAW_CLASS.test(file)),
    [],
    what,
  );
}

/** A run that fails prints no personal data and leaves it only in files that may contain it. */
suite('personal data in a run that fails', () => {
  test('killed during ingest and batch, then finished: only RAW-class files contain it', async () => {
    const bench = openBench();
    try {
      const root = workspaceOf(bench, 'killed');
      const points = FAULT_POINTS.filter((point) =>
        /^(ingest:after-(staged|parquet)|semantic:(after-resolved|after-files|after-prepared))$/.test(point),
      );
      for (const point of points) {
        const ended = await call(root, ['run', `people=${join(root, 'input.ndjson')}`], {
          [FAULT_VARIABLE]: point,
        });
        assert.equal(ended.signal, 'SIGKILL', `${point}: ${ended.stderr}`);
        assertSilent(ended, point);
        await assertOnlyRawClass(root, point);
      }
      const finished = await call(root, ['run', `people=${join(root, 'input.ndjson')}`, '--json']);
      assert.equal(finished.status, 1, finished.stderr);
      assert.equal(JSON.parse(finished.stdout).balance.status, 'balanced');
      for (const argv of [
        ['errors'],
        ['drift', '--all'],
        ['status'],
        ['balance', '--deep'],
        ['query', 'SELECT * FROM semantic.people'],
      ])
        assertSilent(await call(root, [...argv, '--json']), argv.join(' '));
      assertSilent(finished, 'the last run');
      await assertOnlyRawClass(root, 'at the end');
      cpSync(join(root, 'input.ndjson'), join(root, 'topics', 'planted.txt'));
      await assert.rejects(assertOnlyRawClass(root, 'the search itself'), /planted/);
    } finally {
      bench.remove();
    }
  });

  test('an uncaught exception at many instants: none of it is printed', async () => {
    const bench = openBench();
    try {
      const root = workspaceOf(bench, 'thrown');
      const hook = join(bench.folder, 'throw.mjs');
      let died = 0;
      for (const delay of [150, 300, 450, 600, 900]) {
        writeFileSync(
          hook,
          `setTimeout(() => { throw new Error('thrown by the test'); }, ${delay}).unref();`,
        );
        const ended = await call(root, ['run', `people=${join(root, 'input.ndjson')}`], {
          NODE_OPTIONS: `--import ${hook}`,
        });
        if (/thrown by the test/.test(ended.stderr)) died += 1;
        assertSilent(ended, `after ${delay} ms`);
        await assertOnlyRawClass(root, `after ${delay} ms`);
      }
      assert.ok(died > 0, 'some run died of it');
    } finally {
      bench.remove();
    }
  });
});
